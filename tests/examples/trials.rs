//! One test for each version, if there is the tool that it needs.

use std::env;
use std::process::Command;

use libtest_mimic::Trial;

use crate::outcome::Result;

/// The name of a test, the versions that it is for, and what it does with one of them.
pub(crate) type Test = (
    &'static str,
    &'static [&'static str],
    fn(&'static str) -> Result<()>,
);

/// OpenSSL's options for versions.
pub(crate) const BOTH: &[&str] = &["-tls1_2", "-tls1_3"];
pub(crate) const TLS13: &[&str] = &["-tls1_3"];

/// `tests` that need a `tool`. Without one they fail if there is a variable `required`, and are ignored if not.
pub(crate) fn needing(tool: &str, version: &str, required: &str, tests: &[Test]) -> Vec<Trial> {
    let found = is_there(tool, version);
    let ignore = found.is_err() && env::var_os(required).is_none();
    let mut trials = Vec::new();
    for (name, versions, test) in tests.iter().copied() {
        for tls in versions {
            let found = found.clone();
            let run = move || {
                found?;
                test(tls).map_err(|err| err.to_string().into())
            };
            let trial = Trial::test(format!("{name}::{}", &tls[1..]), run);
            trials.push(trial.with_ignored_flag(ignore));
        }
    }
    trials
}

/// Whether there is a `tool` to run.
fn is_there(tool: &str, version: &str) -> std::result::Result<(), String> {
    match Command::new(tool).arg(version).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`{tool} {version}`: {}", output.status)),
        Err(err) => Err(format!("`{tool} {version}`: {err}")),
    }
}
