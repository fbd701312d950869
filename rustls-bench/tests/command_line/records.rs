//! Transfers by one thread and by several.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{measured, rustls_bench, suites, text};

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
fn only_the_requested_libraries_are_shown() {
    let output = rustls_bench("--lib direct --multiplier 0.001 bulk TLS13_AES_128_GCM_SHA256 64");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.contains("send  direct"));
    assert!(!table.contains("rustls-0.23"));
    assert!(!table.contains("send  raw"));
}

#[test]
fn sizes_may_use_k_and_m_and_suites_may_be_in_lower_case() {
    for (sizes, plaintext_size, max_fragment_size) in [
        ("16K", 16_384, None),
        ("1m", 1 << 20, None),
        ("2k 1K", 2048, Some(1024)),
    ] {
        let (_, rows) = measured(&format!(
            "--lib direct --multiplier 0.001 bulk tls13_aes_128_Gcm_sha256 {sizes} --direction send"
        ));
        assert_eq!(text(&rows[0], "suite"), "TLS13_AES_128_GCM_SHA256");
        assert_eq!(rows[0]["plaintext_size"], plaintext_size);
        assert_eq!(rows[0]["max_fragment_size"].as_u64(), max_fragment_size);
    }
}

#[test]
fn small_writes_have_a_table_for_each_size() {
    let (table, rows) = measured("--multiplier 0.001 small TLS13_AES_128_GCM_SHA256");
    for size in [16, 64, 256, 1024, 1350, 4096] {
        assert!(table.contains(&format!(" {size} bytes per write")));
        let of_size = rows
            .iter()
            .filter(|row| row["plaintext_size"] == size);
        assert_eq!(of_size.count(), 3 * 2);
    }
}

#[test]
fn scaling_measures_from_one_thread_up() {
    let (table, rows) = measured(
        "--lib direct,rustls-0.23-buffered,raw --multiplier 0.001 --threads 2 scaling TLS13_AES_128_GCM_SHA256",
    );
    assert!(table.contains("of 1 thread"));
    // The last column is right-aligned, so all rows are as long as the heading.
    let mut widths = table.lines().skip(1).map(str::len);
    let heading = widths.next();
    assert!(widths.all(|width| Some(width) == heading), "{table}");
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
fn bulk_measures_several_threads_together() {
    let (_, rows) = measured(
        "--multiplier 0.001 --threads 2 bulk TLS13_AES_128_GCM_SHA256 1000 --direction into",
    );
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row["threads"], 2);
        assert_eq!(text(&row, "direction"), "into");
    }
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
        "page_faults_per_write",
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
        let page_faults = &row["page_faults_per_write"];
        assert_eq!(page_faults.is_f64(), cfg!(target_os = "linux"));
        seen.insert((text(row, "lib"), text(row, "direction")));
    }
    let expected = BTreeSet::from_iter(
        ["direct", "rustls-0.23", "raw"]
            .into_iter()
            .flat_map(|lib| ["send", "recv", "into"].map(|direction| (lib, direction))),
    );
    assert_eq!(seen, expected);
}
