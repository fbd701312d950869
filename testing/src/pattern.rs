//! The content of records in tests.

/// Returns bytes that repeat late, so that a byte in a wrong place shows.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..len)
        .map(|i: usize| {
            (i ^ (i >> 8).wrapping_mul(31) ^ (i >> 16).wrapping_mul(17)).to_le_bytes()[0]
        })
        .collect()
}
