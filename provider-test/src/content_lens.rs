//! The lengths of content that are tried.

use rustls_direct::record::MAX_CONTENT_LEN;

/// Returns every length up to four blocks of 64 bytes and one byte, and lengths at which implementations may change
/// their method: around powers of two, those of network packets, and the maximum.
pub(crate) fn content_lens() -> impl Iterator<Item = usize> {
    let powers = (9..14).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
    let others = [
        300,
        1000,
        1350,
        1460,
        9000,
        MAX_CONTENT_LEN - 1,
        MAX_CONTENT_LEN,
    ];
    (0..=257).chain(powers).chain(others)
}

/// A few of these lengths.
pub(crate) const FEW_CONTENT_LENS: [usize; 9] =
    [0, 1, 15, 16, 17, 100, 1000, 5000, MAX_CONTENT_LEN];
