//! Runs the program and reads what it writes.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::NamedTempFile;

pub(crate) fn program(args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rustls-bench"));
    command
        .args(args.split_whitespace())
        .env_remove("BENCH_MULTIPLIER")
        .env("COLUMNS", "80");
    command
}

pub(crate) fn rustls_bench(args: &str) -> Output {
    program(args)
        .output()
        .expect("the program runs")
}

pub(crate) fn suites(provider: &str) -> Vec<String> {
    let output = rustls_bench(&format!("--provider {provider} list-suites"));
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Runs a command that succeeds. Returns what it prints, and the objects that it writes as JSON.
pub(crate) fn measured(args: &str) -> (String, Vec<Value>) {
    let file = NamedTempFile::new().expect("a file");
    let output = rustls_bench(&format!("--json {} {args}", file.path().display()));
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{args}: {table}");
    // Without a terminal there is no progress bar.
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(!stderr.contains('%'), "{args}: {stderr}");
    let json = fs::read(file.path()).expect("the file was written");
    (table, serde_json::from_slice(&json).expect("an array"))
}

pub(crate) fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().expect("a text")
}

#[track_caller]
pub(crate) fn assert_refused(args: &str, expected: &str) {
    let output = rustls_bench(args);
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{args}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{args}: {stderr}");
    assert!(stderr.starts_with("error: "), "{args}: {stderr}");
    assert!(stderr.contains(expected), "{args}: {stderr}");
    assert!(output.stdout.is_empty(), "{args}");
}
