//! Counting with callgrind.
//!
//! This program runs itself under callgrind, once for all cases, and there measures one after the other. Instructions
//! are collected while [`measured_records`](crate::measure) runs, and what was collected is put out at each [`measured`](crate::measure).

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::callgrind_profile;
use crate::case::Case;
use crate::measure::RECORDS;

/// How this program is told that it runs under callgrind.
pub(crate) const UNDER_CALLGRIND: &str = "--under-callgrind";

/// Instructions, by the name of what they were measured of.
pub(crate) type Counts = BTreeMap<String, i64>;

/// What each record of a case takes besides its bare AEAD call.
pub(crate) fn count_all() -> Counts {
    let counts = count();
    Case::all()
        .into_iter()
        .map(|case| {
            let [writes, of] =
                [RECORDS, case.act.records()].map(|n| i64::try_from(n).expect("a small number"));
            let besides = counts[&case.to_string()] - counts[&case.bare().to_string()] * of;
            (case.to_string(), besides / (writes * of))
        })
        .collect()
}

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
    // The last part is what came after everything.
    assert_eq!(parts.len(), names.len() + 1, "not everything was put out");
    names
        .into_iter()
        .zip(parts)
        .map(|(name, count)| {
            assert!(count > 0, "nothing was collected of {name}");
            (name.into(), count)
        })
        .collect()
}
