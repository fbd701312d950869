//! The cryptography that is under `raw` and rustls.

use clap::ValueEnum;
use rustls_direct_tests::{Setup, setups};

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

    pub(crate) fn setup(self, suite: &str) -> Result<Setup, String> {
        self.setups()
            .into_iter()
            .find(|setup| format!("{:?}", setup.id()) == suite)
            .ok_or_else(|| {
                format!(
                    "unknown cipher suite '{suite}'; `rustls-bench --provider {} list-suites` lists those there are",
                    self.name()
                )
            })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AwsLcRs => "aws-lc-rs",
            Self::Ring => "ring",
        }
    }
}
