//! What is measured in one run.

use std::ops::RangeInclusive;

use testing::Setup;

use crate::direction::Direction;
use crate::provider::Provider;

/// What is measured in one run, with every library in it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) provider: Provider,
    pub(crate) suite: String,
    pub(crate) direction: Direction,
    pub(crate) plaintext_size: u32,
    pub(crate) max_fragment: Option<u16>,
    /// How many threads work at once, each with a connection.
    pub(crate) threads: RangeInclusive<usize>,
}

impl Job {
    /// By one thread, with records of the usual size.
    pub(crate) fn new(
        provider: Provider,
        suite: &str,
        direction: Direction,
        plaintext_size: u32,
    ) -> Self {
        Self {
            provider,
            suite: suite.into(),
            direction,
            plaintext_size,
            max_fragment: None,
            threads: 1..=1,
        }
    }

    pub(crate) fn setup(&self) -> Setup {
        let setup = self.provider.setup(&self.suite);
        match self.max_fragment {
            Some(size) => setup.with_max_fragment_size(size.into()),
            None => setup,
        }
    }
}
