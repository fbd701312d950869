//! Counts instructions with callgrind.
//!
//! This program runs itself once under callgrind, and there measures all cases one after the other. Callgrind collects
//! instructions while `measured_records` runs, and dumps the collected number at each call of `measured`. Both
//! functions are in [`measure`](crate::measure).

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::callgrind_profile;
use crate::case::Case;
use crate::measure::RECORDS;

/// The argument that tells this program that it runs under callgrind.
pub(crate) const UNDER_CALLGRIND: &str = "--under-callgrind";

/// Numbers of instructions, by the name of the case or bare call.
pub(crate) type Counts = BTreeMap<String, i64>;

/// Returns the instructions per record of each case, without those of its bare AEAD call.
pub(crate) fn count_all() -> Counts {
    let counts = count();
    Case::all()
        .into_iter()
        .map(|case| {
            let [calls, records] = [RECORDS, case.operation.records()]
                .map(|n| i64::try_from(n).expect("a small number"));
            let besides = counts[&case.to_string()] - counts[&case.bare().to_string()] * records;
            (case.to_string(), besides / (calls * records))
        })
        .collect()
}

/// Runs this program under callgrind, and returns the instructions of all cases and bare calls.
fn count() -> Counts {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("profile");
    let output = Command::new("valgrind")
        .args([
            "--quiet",
            "--tool=callgrind",
            "--toggle-collect=instructions::measure::measured_records*",
            "--dump-before=instructions::measure::measured",
            "--combine-dumps=yes",
        ])
        .args(callgrind_profile::OPTIONS)
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().expect("this program"))
        .arg(UNDER_CALLGRIND)
        .stderr(Stdio::inherit())
        .output()
        .expect("valgrind runs: it has to be installed");
    assert!(output.status.success(), "a case has failed");

    let parts = callgrind_profile::parts(&fs::read_to_string(file).expect("a profile"));
    let names = String::from_utf8(output.stdout).expect("names");
    let names: Vec<_> = names.lines().collect();
    // The last part is what followed the last measurement.
    assert_eq!(parts.len(), names.len() + 1, "some counts are missing");
    names
        .into_iter()
        .zip(parts)
        .map(|(name, count)| {
            assert!(count > 0, "no instructions were collected for {name}");
            (name.into(), count)
        })
        .collect()
}
