//! Runs the program as a user does, and reads what it prints.

mod connections;
mod options;
mod others;
mod output;
mod records;
mod report;
mod support;

use std::collections::BTreeSet;

use crate::support::{assert_refused, measured, suites, text};

#[test]
fn a_wrong_command_line_is_refused_in_one_line_with_status_2() {
    for (args, expected) in [
        (
            "bulk NOPE",
            "unknown cipher suite 'NOPE'; `rustls-bench --provider aws-lc-rs list-suites` lists",
        ),
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
        ("bulk TLS13_AES_128_GCM_SHA256 257M", "from 1 to 268435456"),
        ("bulk TLS13_AES_128_GCM_SHA256 16KK", "from 1 to 268435456"),
        ("bulk TLS13_AES_128_GCM_SHA256 K", "from 1 to 268435456"),
        ("bulk TLS13_AES_128_GCM_SHA256 100 17k", "from 32 to 16389"),
        (
            "bulk TLS13_AES_128_GCM_SHA265",
            "unknown cipher suite 'TLS13_AES_128_GCM_SHA265'; did you mean 'TLS13_AES_128_GCM_SHA256'?",
        ),
        (
            "memory tls_aes_256_gcm_sha384",
            "did you mean 'TLS13_AES_256_GCM_SHA384'?",
        ),
        (
            "--lib opensl bulk TLS13_AES_128_GCM_SHA256",
            "; a similar value exists: 'openssl'",
        ),
        ("bulk TLS13_AES_128_GCM_SHA256 --direction up", "'up'"),
        ("handshake NOPE", "unknown cipher suite 'NOPE'"),
        ("handshake-resume NOPE", "unknown cipher suite 'NOPE'"),
        ("handshake-ticket NOPE", "unknown cipher suite 'NOPE'"),
        ("memory NOPE", "unknown cipher suite 'NOPE'"),
        ("scaling NOPE", "unknown cipher suite 'NOPE'"),
        ("small NOPE", "unknown cipher suite 'NOPE'"),
        ("memory TLS13_AES_128_GCM_SHA256 0", "from 1 to 100000"),
        ("report --date 31.1.2026", "a date like 2026-01-31"),
        ("bulk", "<SUITE>"),
        ("handshake", "<SUITE>"),
        ("", "no command"),
    ] {
        assert_refused(args, expected);
    }
}

#[test]
fn every_provider_has_three_tls13_suites_and_six_tls12_suites() {
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
fn all_runs_every_kind_of_measurement_and_every_suite() {
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
