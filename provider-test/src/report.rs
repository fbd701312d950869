//! The report of a run.

use std::fmt;

use rustls::CipherSuite;

use crate::check::Check;

/// The suites that were checked, and the findings.
///
/// `Display` groups the findings by suite and check, shows the first three of each group, and counts the rest.
/// [`findings`](Self::findings) returns all of them. The [crate](crate) explains the text.
#[derive(Clone, Debug)]
pub struct Report {
    provider: String,
    pub(crate) suites: Vec<CipherSuite>,
    pub(crate) cases: usize,
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(provider: String) -> Self {
        Self {
            provider,
            suites: Vec::new(),
            cases: 0,
            findings: Vec::new(),
        }
    }

    /// Returns whether every case passed.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }

    /// Returns all findings, suite by suite, in the order in which the cases ran.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the suites that were checked: those for which the provider has an algorithm.
    ///
    /// A missing suite is no finding. Compare this list with the suites that the provider should have.
    pub fn suites(&self) -> &[CipherSuite] {
        &self.suites
    }

    /// Returns the number of cases that were tried.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Panics with the report unless every case passed.
    ///
    /// # Panics
    ///
    /// With the text of the report, if there is a finding.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.passed(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            provider, cases, ..
        } = self;
        match self.findings.len() {
            0 => writeln!(f, "{provider}: passed {cases} cases")?,
            failed => writeln!(f, "{provider}: failed {failed} of {cases} cases")?,
        }
        let by_suite = |a: &Finding, b: &Finding| a.suite == b.suite;
        for findings in self.findings.chunk_by(by_suite) {
            match findings[0].suite {
                Some(suite) => writeln!(f, "{suite:?}")?,
                None => writeln!(f, "no suite")?,
            }
            let mut checks: Vec<_> = findings
                .iter()
                .map(|finding| finding.check)
                .collect();
            checks.sort_unstable();
            checks.dedup();
            for check in checks {
                let of_check: Vec<_> = findings
                    .iter()
                    .filter(|finding| finding.check == check)
                    .collect();
                show_group(f, check, &of_check)?;
            }
        }
        write!(f, "checked:")?;
        match &self.suites[..] {
            [] => f.write_str(" nothing"),
            suites => suites
                .iter()
                .try_for_each(|suite| write!(f, " {suite:?}")),
        }
    }
}

/// The number of findings that are shown per group.
const SHOWN: usize = 3;

fn show_group(f: &mut fmt::Formatter<'_>, check: Check, findings: &[&Finding]) -> fmt::Result {
    writeln!(f, "  {check}: {}", findings.len())?;
    for finding in findings.iter().take(SHOWN) {
        writeln!(f, "    {}", finding.case)?;
        writeln!(f, "      expected {}", finding.expected)?;
        writeln!(f, "      got      {}", finding.actual)?;
    }
    match findings.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "    and {more} more"),
    }
}

/// A case that failed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The suite of the case, or `None` if the finding is that the provider has no suite at all.
    pub suite: Option<CipherSuite>,
    /// The check that the case belongs to.
    pub check: Check,
    /// The record and the operation on it, or the method that was called.
    pub case: String,
    /// The expected result.
    pub expected: String,
    /// The actual result. If the provider panicked, it contains the panic's message.
    pub actual: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(suite) = self.suite {
            write!(f, "{suite:?}, ")?;
        }
        write!(
            f,
            "{}: {}: expected {}, got {}",
            self.check, self.case, self.expected, self.actual
        )
    }
}
