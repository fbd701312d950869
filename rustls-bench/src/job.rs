//! The jobs of `bulk`, `small`, `scaling` and `report`.

use std::ops::RangeInclusive;

use testing::Setup;

use crate::direction::Direction;
use crate::provider::Provider;

/// One transfer to measure, by every library in turn.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) provider: Provider,
    pub(crate) suite: String,
    pub(crate) direction: Direction,
    pub(crate) plaintext_size: u32,
    pub(crate) max_fragment: Option<u16>,
    /// The numbers of threads to measure. The threads work at once, each with its own connection.
    pub(crate) threads: RangeInclusive<usize>,
}

impl Job {
    /// Returns a job for one thread and for records of the default size.
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

    /// Returns the suite's setup, with the job's record size.
    pub(crate) fn setup(&self) -> Setup {
        let setup = self.provider.setup(&self.suite);
        match self.max_fragment {
            Some(size) => setup.with_max_fragment_size(size.into()),
            None => setup,
        }
    }
}
