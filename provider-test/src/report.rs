//! What came out, for people and for tests.

use std::fmt;

use rustls::CipherSuite;

use crate::check::Check;

/// What a provider was asked for, and everything that was wrong.
///
/// `Display` groups the findings by suite and check, shows the first three of each group, and says how many more there
/// are. [`findings`](Self::findings) has all of them.
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

    /// Whether nothing was found.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }

    /// Everything that was found, suite by suite.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The suites that were checked: those of the kit's that the provider has.
    pub fn suites(&self) -> &[CipherSuite] {
        &self.suites
    }

    /// How many cases were tried.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// For the end of a test.
    ///
    /// # Panics
    ///
    /// With the whole report, if there is a finding.
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

/// How many findings of a group are shown.
const SHOWN: usize = 3;

fn show_group(f: &mut fmt::Formatter<'_>, check: Check, findings: &[&Finding]) -> fmt::Result {
    writeln!(f, "  {check}: {}", findings.len())?;
    for finding in findings.iter().take(SHOWN) {
        writeln!(f, "    {}", finding.case)?;
        writeln!(f, "      expected {}", finding.expected)?;
        writeln!(f, "      came     {}", finding.came)?;
    }
    match findings.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "    and {more} more"),
    }
}

/// One thing that was wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The suite, unless it is that there is none.
    pub suite: Option<CipherSuite>,
    /// What was looked into.
    pub check: Check,
    /// The record, and what was done with it.
    pub case: String,
    /// What should have come.
    pub expected: String,
    /// What came instead. If the provider has panicked, its message.
    pub came: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(suite) = self.suite {
            write!(f, "{suite:?}, ")?;
        }
        write!(
            f,
            "{}: {}: expected {}, came {}",
            self.check, self.case, self.expected, self.came
        )
    }
}
