//! The cryptography libraries that `raw` and rustls can use.

use clap::ValueEnum;
use testing::{Setup, setups};

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Provider {
    AwsLcRs,
    Ring,
}

impl Provider {
    fn setups(self) -> Vec<Setup> {
        setups()
            .into_iter()
            .filter(|setup| setup.library == self.name())
            .collect()
    }

    /// Returns the names of the provider's suites.
    pub(crate) fn suites(self) -> Vec<String> {
        self.setups()
            .iter()
            .map(|setup| format!("{:?}", setup.id()))
            .collect()
    }

    /// Returns the name of a suite as the provider spells it.
    ///
    /// # Errors
    /// A message with a similar name, or with the command that lists the names.
    pub(crate) fn suite(self, name: &str) -> Result<String, String> {
        let suites = self.suites();
        let same = suites
            .iter()
            .find(|suite| suite.eq_ignore_ascii_case(name));
        same.cloned().ok_or_else(|| {
            let hint = match similar(name, &suites) {
                Some(suite) => format!("did you mean '{suite}'?"),
                None => format!(
                    "`rustls-bench --provider {} list-suites` lists the known suites",
                    self.name()
                ),
            };
            format!("unknown cipher suite '{name}'; {hint}")
        })
    }

    /// Returns the setup of `suite`.
    ///
    /// # Panics
    /// If `suite` is not one of [`suites`](Self::suites).
    pub(crate) fn setup(self, suite: &str) -> Setup {
        self.setups()
            .into_iter()
            .find(|setup| format!("{:?}", setup.id()) == suite)
            .expect("the command line was checked")
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AwsLcRs => "aws-lc-rs",
            Self::Ring => "ring",
        }
    }
}

/// Returns the name of the TLS version of `setup`.
pub(crate) fn protocol(setup: &Setup) -> &'static str {
    match setup.is_tls13() {
        true => "TLSv1.3",
        false => "TLSv1.2",
    }
}

/// Returns the suite that `name` may be a misspelling of.
fn similar<'a>(name: &str, suites: &'a [String]) -> Option<&'a String> {
    /// Names that are less alike than this share little but their alphabet.
    const MIN_LIKENESS: f64 = 0.4;
    let name = name.to_ascii_uppercase();
    let likeness = |suite: &String| strsim::normalized_damerau_levenshtein(&name, suite);
    suites
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|suite| likeness(suite) >= MIN_LIKENESS)
}
