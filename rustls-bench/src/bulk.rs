//! Sending and receiving much data, by all libraries in turn.

use std::ops::RangeInclusive;

use indicatif::ProgressBar;
use testing::Setup;

use crate::args::Args;
use crate::library::Lib;
use crate::measurement::{Direction, Measurement, size};
use crate::provider::Provider;
use crate::work::Work;

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

    /// The measurements of `libs`, in their order, for each number of threads.
    pub(crate) fn run(
        &self,
        libs: &[Lib],
        rounds: usize,
        progress: &ProgressBar,
    ) -> Vec<Measurement> {
        progress.set_message(format!(
            "{} {}, {}",
            self.direction.name(),
            size(self.plaintext_size),
            self.suite
        ));
        let setup = self.setup();
        let work = Work::new(&setup, self);
        work.check_that_raw_is_the_same();

        // Always there, because the others are compared to it.
        let mut measured = vec![Lib::Raw];
        for lib in libs {
            if !measured.contains(lib) {
                measured.push(*lib);
            }
        }
        let samples = work.measure(&measured, rounds, progress);
        let mut results = Vec::new();
        for threads in self.threads.clone() {
            let of = |lib| {
                let sampled = samples
                    .iter()
                    .find(|sampled| sampled.lib == lib && sampled.threads == threads);
                sampled.expect("it was measured")
            };
            results.extend(
                libs.iter()
                    .map(|lib| Measurement::new(self, &setup, of(*lib), of(Lib::Raw))),
            );
        }
        results
    }

    fn setup(&self) -> Setup {
        let setup = self.provider.setup(&self.suite);
        match self.max_fragment {
            Some(size) => setup.with_max_fragment_size(size.into()),
            None => setup,
        }
    }
}

/// Runs `jobs`, one after the other.
pub(crate) fn run(args: &Args, jobs: &[Job], progress: &ProgressBar) -> Vec<Measurement> {
    jobs.iter()
        .flat_map(|job| job.run(&args.libs, args.rounds(), progress))
        .collect()
}
