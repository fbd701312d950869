//! Which lengths of content are tried.

use rustls_direct::record::MAX_CONTENT_LEN;

/// Every length up to four blocks of 64 bytes and one, and from there on those beside which an implementation changes
/// what it does: powers of two, what fits a network packet, the most.
pub(crate) fn sizes() -> impl Iterator<Item = usize> {
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

/// A few of them.
pub(crate) const FEW: [usize; 9] = [0, 1, 15, 16, 17, 100, 1000, 5000, MAX_CONTENT_LEN];
