//! Every fault is found by the checks that are about it, and by no other.

use std::collections::BTreeSet;

use malloc_counter::allocations_so_far;
use rustls_direct::cipher::RecordProvider;
use rustls_direct_provider_test::{Check, Report, check};

use crate::faults::{Planted, TLS12, TLS13, faults};
use crate::layer::{Layer, Right};
use crate::right::{judge, providers};

#[cfg(feature = "aws_lc_rs")]
#[test]
fn every_fault_over_aws_lc_rs_is_found() {
    every_fault_is_found(rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER);
}

#[cfg(feature = "ring")]
#[test]
fn every_fault_over_ring_is_found() {
    every_fault_is_found(rustls_direct::crypto::ring::RECORD_PROVIDER);
}

fn every_fault_is_found(right: &'static dyn RecordProvider) {
    for planted in faults() {
        println!("{}", planted.name);
        let layer = Layer {
            right,
            suite: planted.suite,
            fault: planted.fault,
        };
        let Some(report) = judged(&planted, &layer) else {
            continue;
        };
        assert!(!report.passed());
        assert_eq!(checks(&report), planted.found, "{}: {report}", planted.name);
        for check in &planted.found {
            shows(&report, *check);
        }
    }
}

/// So that what is found is the fault and not the layer.
#[test]
fn layers_without_a_fault_pass() {
    let in_tls12 = cfg!(feature = "tls12").then_some(TLS12);
    for right in providers() {
        for suite in [TLS13].into_iter().chain(in_tls12) {
            let layer = Layer {
                right,
                suite,
                fault: &Right,
            };
            let report = judge(&layer);
            report.assert_passed();
            assert_eq!(report.suites(), [suite]);
        }
    }
}

/// What the kit says, or `None` if it needs a count that this system does not have.
///
/// Allocations are asked for only if they are the fault, because others allocate in order to be wrong.
fn judged(planted: &Planted, layer: &Layer) -> Option<Report> {
    match planted.found[..] {
        [Check::NoAllocation] => allocations_so_far().map(|_| judge(layer)),
        _ => Some(check(layer)),
    }
}

/// The checks that have found something.
pub(crate) fn checks(report: &Report) -> Vec<Check> {
    let checks: BTreeSet<_> = report
        .findings()
        .iter()
        .map(|finding| finding.check)
        .collect();
    checks.into_iter().collect()
}

/// The report names the check, and shows what its first finding expected and what came.
fn shows(report: &Report, check: Check) {
    let text = report.to_string();
    let first = report
        .findings()
        .iter()
        .find(|finding| finding.check == check)
        .expect("a finding of each check");
    assert_ne!(first.expected, first.actual);
    let shown = format!(
        "    {}\n      expected {}\n      got      {}\n",
        first.case, first.expected, first.actual
    );
    let (_, group) = text
        .split_once(&format!("\n  {check}: "))
        .unwrap_or_else(|| panic!("{check} is not in {text}"));
    assert!(group.contains(&shown), "{shown} is not in {text}");
}

/// Without TLS 1.2 there is no explicit nonce that could be wrong.
#[test]
fn every_check_finds_a_fault() {
    let found: BTreeSet<_> = faults()
        .into_iter()
        .flat_map(|planted| planted.found)
        .collect();
    for check in Check::ALL {
        let expected = cfg!(feature = "tls12") || check != Check::ExplicitNonce;
        assert_eq!(found.contains(&check), expected, "{check}");
    }
}
