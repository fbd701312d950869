//! The order of the checks.

use std::fmt;

use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};

use crate::check::Check;
use crate::reference::Keys;
use crate::report::{Finding, Report};
use crate::run::{Run, caught};
use crate::subject::Subject;
use crate::suite::{SUITES, Suite};
use crate::vector::Vector;
use crate::{allocation, claims, gathered, known_answers, numbers, opening, refusals, sealing};

/// Runs every check but [`Check::NoAllocation`]. See the [crate](crate).
pub fn check(provider: &dyn RecordProvider) -> Report {
    Kit::new(provider).run()
}

/// A provider, and the checks to run.
///
/// It adds what [`check`] cannot do, because it cannot count allocations:
///
/// ```
/// # use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER;
/// use rustls_direct_provider_test::Kit;
///
/// // Calls of the test's own global allocator on this thread.
/// let count = || 0;
/// let report = Kit::new(RECORD_PROVIDER)
///     .without_allocation(&count)
///     .run();
/// report.assert_passed();
/// ```
#[derive(Clone, Copy)]
pub struct Kit<'a> {
    provider: &'a dyn RecordProvider,
    count: Option<&'a dyn Fn() -> u64>,
}

impl<'a> Kit<'a> {
    /// Makes the kit that [`check`] runs.
    pub fn new(provider: &'a dyn RecordProvider) -> Self {
        Self {
            provider,
            count: None,
        }
    }

    /// Adds [`Check::NoAllocation`]: sealing or opening a record allocates nothing.
    ///
    /// `count` returns the allocations so far on this thread. Only the test program can count them: by a global
    /// allocator, or by its own `malloc` if the provider is a C library.
    pub fn without_allocation(self, count: &'a dyn Fn() -> u64) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// Runs the checks for each suite of the provider.
    pub fn run(&self) -> Report {
        let mut report = Report::new(format!("{:?}", self.provider));
        let vectors = Vector::all();
        for suite in &SUITES {
            report.cases += 1;
            match caught(|| Ok(self.provider.algorithm(suite.id))) {
                Ok(Some(algorithm)) => {
                    report.suites.push(suite.id);
                    self.run_suite(suite, algorithm, &vectors, &mut report);
                }
                Ok(None) => {}
                Err(panic) => report.findings.push(Finding {
                    suite: Some(suite.id),
                    check: Check::Suites,
                    case: format!("algorithm({:?})", suite.id),
                    expected: panic.expected,
                    actual: panic.actual,
                }),
            }
        }
        report.cases += 1;
        if report.suites.is_empty() {
            report.findings.push(Finding {
                suite: None,
                check: Check::Suites,
                case: "every suite".into(),
                expected: "an algorithm for one at least".into(),
                actual: "none".into(),
            });
        }
        report
    }

    fn run_suite(
        &self,
        suite: &'static Suite,
        algorithm: &'static dyn AeadAlgorithm,
        vectors: &[Vector],
        report: &mut Report,
    ) {
        let mut run = Run {
            subject: Subject::new(suite, algorithm, Keys::some(suite, 1)),
            report,
        };
        claims::check(&mut run);
        known_answers::check(&mut run, vectors);
        sealing::check(&mut run);
        gathered::check(&mut run);
        numbers::check(&mut run);
        opening::check(&mut run);
        refusals::check(&mut run);
        if let Some(count) = self.count {
            allocation::check(&mut run, count);
        }
    }
}

impl fmt::Debug for Kit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
