//! Pseudorandom numbers from a seed.

/// Marsaglia, Xorshift RNGs.
#[derive(Clone, Debug)]
pub struct Xorshift(u64);

impl Xorshift {
    /// Starts at `seed`, which is not 0.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len)
            .map(|_| self.number().to_le_bytes()[0])
            .collect()
    }

    /// Returns a number less than `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("64 bits");
        usize::try_from(self.number() % end).expect("less than a usize")
    }

    /// Returns one of `choices`.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
