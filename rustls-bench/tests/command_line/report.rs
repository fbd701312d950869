//! The page and the pictures.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{measured, rustls_bench, text};

/// What another build has measured: rustls's numbers, under another name.
fn other_results(change: impl Fn(&mut Value)) -> Vec<Value> {
    let (_, mut rows) =
        measured("--lib rustls-0.23 --multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 16384");
    for row in &mut rows {
        row["lib"] = json!("openssl");
        change(row);
    }
    rows
}

fn write(path: &Path, rows: &[Value]) {
    let json = serde_json::to_vec(rows).expect("JSON");
    fs::write(path, json).expect("a file");
}

#[test]
fn a_report_is_a_page_and_two_pictures() {
    let dir = TempDir::new().expect("a directory");
    let path = |name| dir.path().join(name);
    let page_faults = |row: &mut Value| row["page_faults_per_write"] = json!(4.5);
    write(&path("other.json"), &other_results(page_faults));
    let (said, rows) = measured(&format!(
        "--multiplier 0.001 --threads 2 report --date 2026-01-31 --out {} --with {}",
        path("docs").display(),
        path("other.json").display()
    ));
    let read = |name: &str| {
        assert!(said.contains(name), "{said}");
        fs::read_to_string(path("docs").join(name)).expect("it was written")
    };

    let page = read("benchmarks.md");
    for expected in [
        "# Benchmarks\n",
        "2026-01-31",
        "`rustls-bench --json",
        "## In short\n",
        "### TLS13_AES_128_GCM_SHA256 by aws-lc-rs\n",
        "### TLS13_AES_128_GCM_SHA256 by ring\n",
        "### TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 by aws-lc-rs\n",
        "| direct | direct-streamed | rustls-0.23 | openssl |",
        // Of what the other build has measured.
        " † |",
        "† With many page faults",
        "## Threads\n",
        "## Handshakes\n",
        "## Idle connections\n",
    ] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    let cpu = text(&rows[0], "cpu");
    assert!(page.contains(cpu));

    for name in ["throughput.svg", "overhead.svg"] {
        let picture = read(name);
        assert!(picture.starts_with("<svg"), "{picture}");
        for expected in [cpu, "2026-01-31", "direct", "rustls-0.23", "openssl"] {
            assert!(picture.contains(expected), "{expected} in {name}");
        }
    }
    // What was measured elsewhere is not handed on as measured here.
    assert!(
        rows.iter()
            .all(|row| row["lib"] != "openssl")
    );
}

#[test]
fn results_that_can_not_be_used_are_refused_before_any_work() {
    let dir = TempDir::new().expect("a directory");
    let path = |name| dir.path().join(name);
    fs::write(path("text"), "some text").expect("a file");
    let cpu = |row: &mut Value| row["cpu"] = json!("another");
    write(&path("cpu"), &other_results(cpu));
    let lib = |row: &mut Value| row["lib"] = json!("direct");
    write(&path("nothing"), &other_results(lib));
    for (name, expected) in [
        ("missing", "No such file"),
        ("text", "not what `--json` has written"),
        ("cpu", "it is from 'another'"),
        ("nothing", "nothing of another library"),
    ] {
        let output = rustls_bench(&format!(
            "report --out {} --with {}",
            path("docs").display(),
            path(name).display()
        ));
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains(name) && stderr.contains(expected),
            "{stderr}"
        );
    }
    assert!(!path("docs").exists());
}
