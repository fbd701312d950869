//! The program as somebody types it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

fn rustls_bench(args: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rustls-bench"))
        .args(args.split_whitespace())
        .env_remove("BENCH_MULTIPLIER")
        .output()
        .expect("the program runs")
}

fn suites(provider: &str) -> Vec<String> {
    let output = rustls_bench(&format!("--provider {provider} list-suites"));
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_status_2() {
    for (args, expected) in [
        ("bulk NOPE", "unknown cipher suite 'NOPE'"),
        ("bulk TLS13_AES_128_GCM_SHA256 some", "'some'"),
        ("bulk TLS13_AES_128_GCM_SHA256 0", "from 1 to 268435456"),
        ("bulk TLS13_AES_128_GCM_SHA256 -5", "from 1 to 268435456"),
        ("bulk TLS13_AES_128_GCM_SHA256 100 31", "from 32 to 16389"),
        (
            "bulk TLS13_AES_128_GCM_SHA256 100 16390",
            "from 32 to 16389",
        ),
        (
            "bulk TLS13_AES_128_GCM_SHA256 268435456 32",
            "9942054 records",
        ),
        ("--lib direct,nope bulk TLS13_AES_128_GCM_SHA256", "'nope'"),
        ("--provider nope list-suites", "'nope'"),
        ("--api nope list-suites", "'nope'"),
        ("--multiplier nope list-suites", "from 0.001 to 10000"),
        ("bulk", "<SUITE>"),
        ("", "no command"),
    ] {
        let output = rustls_bench(args);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{args}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{args}: {stderr}");
        assert!(stderr.starts_with("error: "), "{args}: {stderr}");
        assert!(stderr.contains(expected), "{args}: {stderr}");
        assert!(output.stdout.is_empty());
    }
}

/// Those that have to be compiled in, and whether they were.
const OPTIONAL: [(&str, bool); 4] = [
    ("rustls-0.24", cfg!(feature = "peer-rustls-0.24")),
    ("openssl", cfg!(feature = "peer-openssl")),
    ("boringssl", cfg!(feature = "peer-boringssl")),
    ("s2n", cfg!(feature = "peer-s2n")),
];

#[test]
fn a_library_that_was_not_compiled_in_is_known_by_name() {
    for (lib, _) in OPTIONAL
        .iter()
        .filter(|(_, is_there)| !is_there)
    {
        let output = rustls_bench(&format!("--lib direct,{lib} list-suites"));
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2));
        let expected = format!(
            "error: '{lib}' was not compiled in; build with `--features peer-{lib}` to have it\n"
        );
        assert_eq!(stderr, expected);
    }
}

#[test]
fn every_library_that_is_there_is_measured_with_every_suite() {
    let file = env::temp_dir().join(format!("rustls-bench-peers-{}.json", std::process::id()));
    let optional = OPTIONAL
        .iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(lib, _)| *lib);
    for lib in optional.chain(["rustls-0.23-buffered"]) {
        for suite in suites("aws-lc-rs") {
            // Two records to a write, both of them full.
            let output = rustls_bench(&format!(
                "--lib {lib} --multiplier 0.001 --json {} bulk {suite} 32768",
                file.display()
            ));
            let table = String::from_utf8(output.stdout).expect("text");
            assert!(output.status.success(), "{lib} {suite}: {table}");
            let json = fs::read(&file).expect("the file was written");
            let rows: Vec<Value> = serde_json::from_slice(&json).expect("an array");
            let [send, recv] = &rows[..] else {
                panic!("two rows for {lib}, not {rows:?}");
            };
            for (row, direction) in [(send, "send"), (recv, "recv")] {
                assert_eq!(text(row, "lib"), lib);
                assert_eq!(text(row, "direction"), direction);
                assert!(table.contains(&format!("{direction}  {lib}")), "{table}");
            }
            assert_eq!(send["plaintext"], Value::Null);
            // The pre-release has the ciphertext count where it is the content that is limited.
            assert_eq!(send["extra_tls_bytes"] == 0, lib != "rustls-0.24", "{send}");
            let place = match lib {
                "rustls-0.24" => "in the TLS buffer",
                "rustls-0.23-buffered" => "in the library's buffer",
                _ => "copied to the application's",
            };
            assert_eq!(text(recv, "plaintext"), place);
            assert!(table.contains(place), "{table}");
            let cryptography = match lib {
                "openssl" => "OpenSSL 3.6.",
                "boringssl" => "BoringSSL",
                "s2n" => "AWS-LC",
                _ => "aws-lc-rs",
            };
            assert!(text(recv, "cryptography").contains(cryptography), "{recv}");
        }
    }
    fs::remove_file(file).expect("the file is there");
}

#[test]
fn a_library_that_always_makes_the_largest_records_is_not_asked_for_others() {
    for (lib, is_there) in OPTIONAL {
        let output = rustls_bench(&format!(
            "--lib {lib} --multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 5000 1029"
        ));
        if lib == "rustls-0.24" {
            assert_eq!(output.status.success(), is_there);
        } else if is_there {
            let stderr = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(
                stderr.contains("always makes the largest records"),
                "{stderr}"
            );
        }
    }
}

#[test]
fn every_provider_has_three_suites_of_tls13_and_six_of_tls12() {
    for provider in ["aws-lc-rs", "ring"] {
        let suites = suites(provider);
        assert_eq!(suites.len(), 9);
        let tls13 = suites
            .iter()
            .filter(|suite| suite.starts_with("TLS13_"));
        assert_eq!(tls13.count(), 3);
    }
}

#[test]
fn bulk_prints_a_table_and_writes_the_same_as_json() {
    let file = env::temp_dir().join(format!("rustls-bench-{}.json", std::process::id()));
    for provider in ["aws-lc-rs", "ring"] {
        for suite in suites(provider) {
            let output = rustls_bench(&format!(
                "--api=unbuffered --provider {provider} --multiplier 0.001 --json {} bulk {suite} 5000 1029",
                file.display()
            ));
            let table = String::from_utf8(output.stdout).expect("text");
            assert!(output.status.success(), "{table}");
            let json = fs::read(&file).expect("the file was written");
            let rows: Vec<Value> = serde_json::from_slice(&json).expect("an array");
            check(&rows, provider, &suite);
            for row in &rows {
                let (lib, direction) = (text(row, "lib"), text(row, "direction"));
                let line = table
                    .lines()
                    .find(|line| line.starts_with(direction) && line.contains(lib));
                assert!(line.is_some(), "{lib} {direction} in {table}");
            }
        }
    }
    fs::remove_file(file).expect("the file is there");
}

#[test]
fn only_what_was_asked_for_is_shown() {
    let output = rustls_bench("--lib direct --multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 64");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.contains("send  direct"));
    assert!(!table.contains("rustls-0.23"));
    assert!(!table.contains("send  raw"));
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().expect("a text")
}

fn check(rows: &[Value], provider: &str, suite: &str) {
    let expected = BTreeSet::from([
        "allocations_per_record",
        "allocator",
        "api",
        "cryptography",
        "direction",
        "extra_tls_bytes",
        "lib",
        "max_fragment_size",
        "mb_per_s",
        "median_ns_per_write",
        "plaintext",
        "plaintext_size",
        "protocol",
        "provider",
        "ratio_to_raw",
        "samples",
        "suite",
        "threads",
    ]);
    let mut seen = BTreeSet::new();
    for row in rows {
        let keys: BTreeSet<_> = row
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys, expected);
        assert_eq!(text(row, "provider"), provider);
        assert_eq!(text(row, "suite"), suite);
        assert_eq!(row["plaintext_size"], 5000);
        assert_eq!(row["max_fragment_size"], 1029);
        assert_eq!(row["threads"], 1);
        assert!(row["samples"].as_u64() >= Some(3));
        for positive in ["median_ns_per_write", "mb_per_s", "ratio_to_raw"] {
            assert!(row[positive].as_f64() > Some(0.0), "{positive}");
        }
        if text(row, "lib") != "rustls-0.23" && cfg!(all(target_os = "linux", target_env = "gnu")) {
            assert_eq!(row["allocations_per_record"], 0.0);
        }
        seen.insert((text(row, "lib"), text(row, "direction")));
    }
    let expected = BTreeSet::from_iter(
        ["direct", "rustls-0.23", "raw"]
            .into_iter()
            .flat_map(|lib| [(lib, "send"), (lib, "recv")]),
    );
    assert_eq!(seen, expected);
}
