//! The program as somebody types it.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::NamedTempFile;

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

/// What a command prints, and the objects that it writes as JSON.
fn measured(args: &str) -> (String, Vec<Value>) {
    let file = NamedTempFile::new().expect("a file");
    let output = rustls_bench(&format!("--json {} {args}", file.path().display()));
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{args}: {table}");
    // There is no bar where there is no terminal.
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(!stderr.contains('%'), "{args}: {stderr}");
    let json = fs::read(file.path()).expect("the file was written");
    (table, serde_json::from_slice(&json).expect("an array"))
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
        ("--threads 0 list-suites", "from 1 to 256"),
        ("bulk TLS13_AES_128_GCM_SHA256 --direction up", "'up'"),
        ("handshake NOPE", "unknown cipher suite 'NOPE'"),
        ("handshake-resume NOPE", "unknown cipher suite 'NOPE'"),
        ("handshake-ticket NOPE", "unknown cipher suite 'NOPE'"),
        ("memory NOPE", "unknown cipher suite 'NOPE'"),
        ("scaling NOPE", "unknown cipher suite 'NOPE'"),
        ("small NOPE", "unknown cipher suite 'NOPE'"),
        ("memory TLS13_AES_128_GCM_SHA256 0", "from 1 to 100000"),
        ("bulk", "<SUITE>"),
        ("handshake", "<SUITE>"),
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
    let optional = OPTIONAL
        .iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(lib, _)| *lib);
    for lib in optional.chain(["rustls-0.23-buffered"]) {
        for suite in suites("aws-lc-rs") {
            // Two records to a write, both of them full.
            let (table, rows) = measured(&format!(
                "--lib {lib} --multiplier 0.001 bulk {suite} 32768"
            ));
            let [send, recv, into] = &rows[..] else {
                panic!("three rows for {lib}, not {rows:?}");
            };
            for (row, direction) in [(send, "send"), (recv, "recv"), (into, "into")] {
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
    for provider in ["aws-lc-rs", "ring"] {
        for suite in suites(provider) {
            let (table, rows) = measured(&format!(
                "--api=unbuffered --provider {provider} --multiplier 0.001 bulk {suite} 5000 1029"
            ));
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
}

#[test]
fn only_what_was_asked_for_is_shown() {
    let output = rustls_bench("--lib direct --multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 64");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.contains("send  direct"));
    assert!(!table.contains("rustls-0.23"));
    assert!(!table.contains("send  raw"));
}

#[test]
fn small_writes_have_a_table_for_each_size() {
    let (table, rows) = measured("--multiplier 0.001 small TLS13_AES_128_GCM_SHA256");
    for size in [16, 64, 256, 1024, 1350, 4096] {
        assert!(table.contains(&format!(" {size} bytes to a write")));
        let of_size = rows
            .iter()
            .filter(|row| row["plaintext_size"] == size);
        assert_eq!(of_size.count(), 3 * 2);
    }
}

#[test]
fn threads_are_counted_from_one() {
    let (table, rows) = measured("--multiplier 0.001 --threads 2 scaling TLS13_AES_128_GCM_SHA256");
    assert!(table.contains("of 1 thread"));
    let threads: Vec<_> = rows
        .iter()
        .map(|row| {
            row["threads"]
                .as_u64()
                .expect("a number")
        })
        .collect();
    assert_eq!(threads, [1, 1, 1, 2, 2, 2]);
    assert!(
        rows.iter()
            .all(|row| row["plaintext_size"] == 16_384)
    );
}

#[test]
fn several_threads_measure_together() {
    let (_, rows) = measured(
        "--multiplier 0.001 --threads 2 bulk TLS13_AES_128_GCM_SHA256 1000 --direction into",
    );
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row["threads"], 2);
        assert_eq!(text(&row, "direction"), "into");
    }
}

#[test]
fn every_kind_of_handshake_is_measured_on_each_side() {
    for provider in ["aws-lc-rs", "ring"] {
        for suite in [
            "TLS13_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ] {
            for (command, kind) in [
                ("handshake", "full"),
                ("handshake-resume", "resume"),
                ("handshake-ticket", "ticket"),
            ] {
                let (table, rows) = measured(&format!(
                    "--provider {provider} --multiplier 0.001 {command} {suite}"
                ));
                assert!(table.contains("per second"));
                check_handshakes(&rows, kind, suite);
            }
        }
    }
}

fn check_handshakes(rows: &[Value], kind: &str, suite: &str) {
    let mut seen = BTreeSet::new();
    for row in rows {
        assert_eq!(text(row, "kind"), "handshake");
        assert_eq!(text(row, "handshake"), kind);
        assert_eq!(text(row, "suite"), suite);
        for positive in [
            "median_ns",
            "percentile_10_ns",
            "handshakes_per_s",
            "ratio_to_rustls",
        ] {
            assert!(row[positive].as_f64() > Some(0.0), "{positive}");
        }
        if text(row, "lib") == "rustls-0.23" {
            assert_eq!(row["ratio_to_rustls"], 1.0);
            assert_eq!(row["added_ns"], 0.0);
        }
        seen.insert((text(row, "side"), text(row, "lib")));
    }
    let libs = ["direct", "rustls-0.23", "rustls-0.23+kernel"];
    assert_eq!(rows.len(), 6);
    for side in ["client", "server"] {
        assert!(
            libs.iter()
                .all(|lib| seen.contains(&(side, lib)))
        );
    }
}

#[test]
fn idle_connections_hold_as_much_however_many_there_are() {
    let of = |count| {
        let (table, rows) = measured(&format!("memory TLS13_AES_128_GCM_SHA256 {count}"));
        assert!(table.contains(&format!(" {count} idle connections")));
        rows.iter()
            .map(|row| {
                assert_eq!(text(row, "kind"), "memory");
                assert_eq!(row["connections"], count);
                (
                    text(row, "side").to_owned(),
                    text(row, "lib").to_owned(),
                    row["bytes"].as_f64(),
                )
            })
            .collect::<Vec<_>>()
    };
    let (few, more) = (of(10), of(50));
    assert_eq!(few.len(), more.len());
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        for (few, more) in few.iter().zip(&more) {
            let (few_bytes, more_bytes) = (few.2.expect("bytes"), more.2.expect("bytes"));
            assert!(few_bytes > 500.0, "{few:?}");
            assert!((few_bytes - more_bytes).abs() < 100.0, "{few:?} {more:?}");
        }
    }
}

#[test]
fn all_is_something_of_everything() {
    let (_, rows) = measured("--multiplier 0.001 --threads 2 all");
    let kinds: BTreeSet<_> = rows
        .iter()
        .map(|row| text(row, "kind"))
        .collect();
    assert_eq!(kinds, BTreeSet::from(["bulk", "handshake", "memory"]));
    let suites: BTreeSet<_> = rows
        .iter()
        .map(|row| text(row, "suite"))
        .collect();
    assert_eq!(suites.len(), 9);
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().expect("a text")
}

fn check(rows: &[Value], provider: &str, suite: &str) {
    let expected = BTreeSet::from([
        "allocations_per_record",
        "allocator",
        "api",
        "cpu",
        "cryptography",
        "direction",
        "extra_tls_bytes",
        "kind",
        "lib",
        "max_fragment_size",
        "mb_per_s",
        "median_ns_per_write",
        "percentile_10_ns_per_write",
        "percentile_10_ratio_to_raw",
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
        assert_eq!(text(row, "kind"), "bulk");
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
            .flat_map(|lib| ["send", "recv", "into"].map(|direction| (lib, direction))),
    );
    assert_eq!(seen, expected);
}
