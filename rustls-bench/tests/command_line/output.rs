//! Where tables and results are written, and what happens when they cannot be.

use std::fs::{self, File};
use std::io;

use serde_json::Value;
use tempfile::NamedTempFile;

use crate::support::{program, rustls_bench};

const BULK: &str = "--multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 64";

#[test]
fn with_json_on_standard_output_the_tables_go_to_standard_error() {
    let output = rustls_bench(&format!("{BULK} --json -"));
    assert!(output.status.success());
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("nothing but JSON");
    assert_eq!(rows.len(), 9);
    let tables = String::from_utf8(output.stderr).expect("text");
    assert!(tables.contains("recv  direct"), "{tables}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let json = NamedTempFile::new().expect("a file");
    for args in [
        "--help",
        "bulk --help",
        "--version",
        "list-suites",
        &format!("{BULK} --json -"),
        &format!("{BULK} --json {}", json.path().display()),
    ] {
        let output = program(args)
            .stdout(File::create("/dev/full").expect("Linux has it"))
            .output()
            .expect("the program runs");
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{args}: {stderr}");
        let last = stderr.lines().last();
        let expected = "error: standard output: No space left on device (os error 28)";
        assert_eq!(last, Some(expected), "{args}: {stderr}");
    }
    // The results are written although the table is not.
    let rows: Vec<Value> =
        serde_json::from_slice(&fs::read(json.path()).expect("a file")).expect("an array");
    assert_eq!(rows.len(), 9);

    let output = rustls_bench(&format!("{BULK} --json /dev/full"));
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(
        stderr.lines().last(),
        Some("error: /dev/full: No space left on device (os error 28)")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_is_ignored() {
    for (args, status) in [(BULK, 0), ("bulk NOPE", 2)] {
        let output = program(args)
            .stderr(File::create("/dev/full").expect("Linux has it"))
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(status), "{args}");
    }
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    for args in ["--help", "list-suites", BULK, &format!("{BULK} --json -")] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = program(args)
            .stdout(writer)
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{args}: {output:?}");
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert!(!stderr.contains("error"), "{args}: {stderr}");
        assert!(!stderr.contains("panic"), "{args}: {stderr}");
    }
}
