//! Handshakes and idle connections.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{measured, text};

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
        // The minimum of 3 rounds, times 5.
        assert_eq!(row["samples"], 15);
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
    let libs = [
        "direct",
        "rustls-0.23",
        "rustls-0.23+kernel",
        "rustls-0.23+taps",
    ];
    assert_eq!(rows.len(), 2 * libs.len());
    for side in ["client", "server"] {
        assert!(
            libs.iter()
                .all(|lib| seen.contains(&(side, lib)))
        );
    }
}

#[test]
fn the_memory_of_an_idle_connection_does_not_depend_on_their_number() {
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
