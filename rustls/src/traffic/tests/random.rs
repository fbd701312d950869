//! A random number generator for tests.

use alloc::vec;
use alloc::vec::Vec;

/// Marsaglia, Xorshift RNGs.
pub(super) struct Xorshift(u64);

impl Xorshift {
    /// A number from 0 up to, but not including, `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// As [`below`](Self::below), for a size.
    pub(super) fn len(&mut self, end: usize) -> usize {
        self.below(end.try_into().unwrap())
            .try_into()
            .unwrap()
    }

    /// Bytes other than zero, so that they are not mistaken for padding.
    pub(super) fn data(&mut self, len: usize) -> Vec<u8> {
        (0..len)
            .map(|_| 1 + self.below(255).to_le_bytes()[0])
            .collect()
    }

    /// Cuts `data` into pieces, some of which are empty.
    pub(super) fn cut<'a>(&mut self, mut data: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = vec![];
        while !data.is_empty() {
            let (piece, rest) = data.split_at(self.len(data.len() + 1));
            pieces.push(piece);
            data = rest;
        }
        pieces
    }
}

impl Xorshift {
    /// A generator for each seed. Seeds that are near each other give sequences that differ from the start.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}
