//! Runs the checks, suite by suite.

use std::fmt;

use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};

use crate::check::Check;
use crate::reference::Keys;
use crate::report::{Finding, Report};
use crate::run::{Run, caught};
use crate::subject::Subject;
use crate::suite::{SUITES, Suite};
use crate::vector::Vector;
use crate::{
    allocation, claims, gathered, known_answers, opening, refusals, sealing, sequence_numbers,
};

/// Runs every check except [`Check::NoAllocation`], for each suite of `provider`.
///
/// Nothing is printed, and findings cause no panic: call [`Report::assert_passed`]. The [crate](crate) says what is
/// checked.
pub fn check(provider: &dyn RecordProvider) -> Report {
    Kit::new(provider).run()
}

/// A provider, and the checks to run.
///
/// [`check`] is enough, except for [`Check::NoAllocation`]: only the test program itself can count allocations. A
/// global allocator counts those of Rust code:
///
/// ```
/// # use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER;
/// use std::alloc::{GlobalAlloc, Layout, System};
/// use std::cell::Cell;
///
/// use rustls_direct_provider_test::Kit;
///
/// struct CountingAllocator;
///
/// thread_local! {
///     static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
/// }
///
/// // SAFETY: `System` does all the work. `realloc` has its default, which calls `alloc`.
/// unsafe impl GlobalAlloc for CountingAllocator {
///     unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
///         ALLOCATIONS.set(ALLOCATIONS.get() + 1);
///         unsafe { System.alloc(layout) }
///     }
///
///     unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
///         unsafe { System.dealloc(pointer, layout) }
///     }
/// }
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator;
///
/// // In a test:
/// let count = || ALLOCATIONS.get();
/// let report = Kit::new(RECORD_PROVIDER)
///     .counting_allocations(&count)
///     .run();
/// report.assert_passed();
/// ```
#[derive(Clone, Copy)]
pub struct Kit<'a> {
    provider: &'a dyn RecordProvider,
    count: Option<&'a dyn Fn() -> u64>,
}

impl<'a> Kit<'a> {
    /// Makes a kit with every check except [`Check::NoAllocation`].
    pub fn new(provider: &'a dyn RecordProvider) -> Self {
        Self {
            provider,
            count: None,
        }
    }

    /// Adds [`Check::NoAllocation`], which calls `count` before and after each call that seals or opens a record.
    ///
    /// `count` returns the number of allocations on this thread so far. If the provider is a C library, a global
    /// allocator does not see its allocations, and the test program has to define `malloc` to count them.
    pub fn counting_allocations(self, count: &'a dyn Fn() -> u64) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// Runs the checks for each suite of the provider.
    ///
    /// Nothing is printed, and findings cause no panic: call [`Report::assert_passed`].
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
                expected: "an algorithm for at least one suite".into(),
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
            subject: Subject::new(suite, algorithm, Keys::numbered(suite, 1)),
            report,
        };
        claims::check(&mut run);
        known_answers::check(&mut run, vectors);
        sealing::check(&mut run);
        gathered::check(&mut run);
        sequence_numbers::check(&mut run);
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
