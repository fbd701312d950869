//! The page and the pictures of the report.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{assert_refused, measured, program, rustls_bench, text};

/// Returns results as of another build: those of rustls under another name, after `change`.
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
    fs::create_dir(path("docs")).expect("a directory");
    write(&path("docs/benchmarks.md"), &[]);
    let output = program(
        "--json results.json --multiplier 0.001 --threads 2 report --date 2026-01-31 --with other.json",
    )
    .current_dir(dir.path())
    .output()
    .expect("the program runs");
    let said = String::from_utf8(output.stdout).expect("text");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{stderr}");
    let first = stderr.lines().next();
    let expected = "this will overwrite docs/benchmarks.md; `--out DIR` writes elsewhere";
    assert_eq!(first, Some(expected), "{stderr}");
    let json = fs::read(path("results.json")).expect("it was written");
    let rows: Vec<Value> = serde_json::from_slice(&json).expect("an array");
    let read = |name: &str| {
        assert!(said.contains(name), "{said}");
        fs::read_to_string(path("docs").join(name)).expect("it was written")
    };

    let cpu = text(&rows[0], "cpu");
    check_page(&read("benchmarks.md"), cpu);
    for name in ["throughput.svg", "overhead.svg"] {
        check_picture(&read(name), cpu);
    }
    assert!(read("throughput.svg").contains("\n16 B\n"));
    assert_renders_the_same(dir.path());
    // The JSON has only the results of this build.
    assert!(
        rows.iter()
            .all(|row| row["lib"] != "openssl")
    );
}

fn check_page(page: &str, cpu: &str) {
    for expected in [
        "# Benchmarks\n",
        "2026-01-31",
        "`rustls-bench --json",
        "## In short\n",
        "### TLS13_AES_128_GCM_SHA256 by aws-lc-rs\n",
        "### TLS13_AES_128_GCM_SHA256 by ring\n",
        "### TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 by aws-lc-rs\n",
        "|  | send 16&nbsp;B | send 64&nbsp;B | send 256&nbsp;B |",
        "\n| raw, ns | ",
        "\n| direct-streamed | ",
        "\n| openssl |",
        "<details><summary>By the 10th percentiles</summary>",
        // On results of the other build.
        " † |",
        "† With many page faults",
        "## Threads\n",
        "## Handshakes\n",
        "## Idle connections\n",
    ] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    let widest = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.matches(" | ").count() + 1)
        .max();
    assert_eq!(widest, Some(10), "{page}");
    assert!(page.contains(cpu));
}

fn check_picture(picture: &str, cpu: &str) {
    assert!(picture.starts_with("<svg"), "{picture}");
    for expected in [
        "role=\"img\">\n<title>",
        "</title>\n<desc>",
        cpu,
        "2026-01-31",
        "\ndirect\n",
        "\nrustls-0.23\n",
        "\nopenssl\n",
    ] {
        assert!(picture.contains(expected), "{expected} in {picture}");
    }
}

/// Asserts that the results that the report saved in `dir` render to the same page and pictures.
fn assert_renders_the_same(dir: &Path) {
    let output = program("report --from docs/benchmarks.json --out again")
        .current_dir(dir)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    for name in ["benchmarks.md", "throughput.svg", "overhead.svg"] {
        let read = |from: &str| fs::read(dir.join(from).join(name)).expect("it was written");
        assert!(read("docs") == read("again"), "{name}");
    }
}

#[test]
fn unusable_results_are_refused_before_any_work() {
    let dir = TempDir::new().expect("a directory");
    let path = |name| dir.path().join(name);
    fs::write(path("text"), "some text").expect("a file");
    let cpu = |row: &mut Value| row["cpu"] = json!("another");
    write(&path("cpu"), &other_results(cpu));
    let lib = |row: &mut Value| row["lib"] = json!("direct");
    write(&path("nothing"), &other_results(lib));
    for (name, expected) in [
        ("missing", "No such file"),
        ("text", "not a file that `--json` wrote"),
        ("cpu", "the results come from 'another'"),
        ("nothing", "no results of another library"),
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
    let saved = format!("report --from {}", path("text").display());
    assert_refused(&saved, "not a file that `report` saved");
    assert!(!path("docs").exists());
}
