//! Makes a trial of each test and version.

use std::env;
use std::process::Command;

use libtest_mimic::Trial;

use crate::failure::Result;

/// The name of a test, the versions that it runs with, and the test of one version.
pub(crate) type Test = (
    &'static str,
    &'static [&'static str],
    fn(&'static str) -> Result<()>,
);

/// OpenSSL's options for versions.
pub(crate) const BOTH: &[&str] = &["-tls1_2", "-tls1_3"];
pub(crate) const TLS13: &[&str] = &["-tls1_3"];

/// Returns the trials of `tests`, which need `tool`. Without the tool, they fail if the variable `required` is set, and
/// are ignored otherwise.
pub(crate) fn trials_with_tool(
    tool: &str,
    version: &str,
    required: &str,
    tests: &[Test],
) -> Vec<Trial> {
    let found = find_tool(tool, version);
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

/// Checks that `tool` can be run.
fn find_tool(tool: &str, version: &str) -> std::result::Result<(), String> {
    match Command::new(tool).arg(version).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`{tool} {version}`: {}", output.status)),
        Err(err) => Err(format!("`{tool} {version}`: {err}")),
    }
}
