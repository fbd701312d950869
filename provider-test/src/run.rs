//! Runs cases, and collects the findings.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::check::Check;
use crate::difference::Difference;
use crate::report::{Finding, Report};
use crate::subject::Subject;

/// Runs the cases of one suite and adds the findings to a report.
pub(crate) struct Run<'a> {
    pub(crate) subject: Subject,
    pub(crate) report: &'a mut Report,
}

impl Run<'_> {
    pub(crate) fn is_tls13(&self) -> bool {
        self.subject.suite.is_tls13()
    }

    /// Runs one case, and adds a finding to the report if it fails or panics.
    pub(crate) fn case(
        &mut self,
        check: Check,
        case: fmt::Arguments<'_>,
        test: impl FnOnce(&Subject) -> Result<(), Difference>,
    ) {
        self.report.cases += 1;
        if let Err(Difference { expected, actual }) = caught(|| test(&self.subject)) {
            self.report.findings.push(Finding {
                suite: Some(self.subject.suite.id),
                check,
                case: format!("{case}"),
                expected,
                actual,
            });
        }
    }
}

/// Turns a panic into a difference.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Difference>) -> Result<T, Difference> {
    // State that the panic left inconsistent is dropped with `work`, or belongs to the provider.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => Err(Difference::new(
            "no panic",
            format_args!("a panic: {}", message(&*panic)),
        )),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref().cloned());
    text.unwrap_or_else(|| "without a message".to_string())
}
