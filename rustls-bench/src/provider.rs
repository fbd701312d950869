//! The cryptography that is under `raw` and rustls.

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

    /// The names of its suites.
    pub(crate) fn suites(self) -> Vec<String> {
        self.setups()
            .iter()
            .map(|setup| format!("{:?}", setup.id()))
            .collect()
    }

    /// The name of a suite as the provider spells it.
    pub(crate) fn suite(self, name: &str) -> Result<String, String> {
        let suites = self.suites();
        let same = suites
            .iter()
            .find(|suite| suite.eq_ignore_ascii_case(name));
        same.cloned().ok_or_else(|| {
            let hint = match similar(name, &suites) {
                Some(suite) => format!("did you mean '{suite}'?"),
                None => format!(
                    "`rustls-bench --provider {} list-suites` lists those there are",
                    self.name()
                ),
            };
            format!("unknown cipher suite '{name}'; {hint}")
        })
    }

    /// `suite` is one of `suites`.
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

pub(crate) fn protocol(setup: &Setup) -> &'static str {
    match setup.is_tls13() {
        true => "TLSv1.3",
        false => "TLSv1.2",
    }
}

/// The suite that `name` may be a wrong spelling of.
fn similar<'a>(name: &str, suites: &'a [String]) -> Option<&'a String> {
    /// Below this, names have little more in common than their alphabet.
    const LEAST: f64 = 0.4;
    let name = name.to_ascii_uppercase();
    let likeness = |suite: &String| strsim::normalized_damerau_levenshtein(&name, suite);
    suites
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|suite| likeness(suite) >= LEAST)
}
