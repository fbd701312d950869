//! Each planted fault is found by the checks that `fault_table` lists for it, and by no others.

use std::collections::BTreeSet;

use malloc_counter::allocations_so_far;
use rustls_direct::cipher::RecordProvider;
use rustls_direct_provider_test::{Check, Report, check};

use crate::correct_providers::{correct_providers, run_all_checks};
use crate::fault_table::{PlantedFault, TLS12, TLS13, planted_faults};
use crate::faulty_provider::{FaultyProvider, NoFault};

#[cfg(feature = "aws_lc_rs")]
#[test]
fn every_fault_planted_in_aws_lc_rs_is_found() {
    assert_every_fault_is_found(rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER);
}

#[cfg(feature = "ring")]
#[test]
fn every_fault_planted_in_ring_is_found() {
    assert_every_fault_is_found(rustls_direct::crypto::ring::RECORD_PROVIDER);
}

fn assert_every_fault_is_found(inner: &'static dyn RecordProvider) {
    for planted in planted_faults() {
        println!("{}", planted.name);
        let provider = FaultyProvider {
            inner,
            suite: planted.suite,
            fault: planted.fault,
        };
        let Some(report) = run_checks_for(&planted, &provider) else {
            continue;
        };
        assert!(!report.passed());
        assert_eq!(
            checks_with_findings(&report),
            planted.found_by,
            "{}: {report}",
            planted.name
        );
        for check in &planted.found_by {
            assert_report_shows(&report, *check);
        }
    }
}

/// Shows that the checks find the fault, and not the wrapper that plants it.
#[test]
fn a_wrapper_without_a_fault_passes() {
    let tls12 = cfg!(feature = "tls12").then_some(TLS12);
    for inner in correct_providers() {
        for suite in [TLS13].into_iter().chain(tls12) {
            let provider = FaultyProvider {
                inner,
                suite,
                fault: &NoFault,
            };
            let report = run_all_checks(&provider);
            report.assert_passed();
            assert_eq!(report.suites(), [suite]);
        }
    }
}

/// Returns the report, or `None` if the fault is an allocation and this system cannot count allocations.
///
/// Allocations are counted only if the fault is an allocation, because other faults allocate too.
fn run_checks_for(planted: &PlantedFault, provider: &FaultyProvider) -> Option<Report> {
    match planted.found_by[..] {
        [Check::NoAllocation] => allocations_so_far().map(|_| run_all_checks(provider)),
        _ => Some(check(provider)),
    }
}

/// Returns the checks that have findings, in the order of the report.
pub(crate) fn checks_with_findings(report: &Report) -> Vec<Check> {
    let checks: BTreeSet<_> = report
        .findings()
        .iter()
        .map(|finding| finding.check)
        .collect();
    checks.into_iter().collect()
}

/// Asserts that the report names `check`, and shows the expected and the actual result of its first finding.
fn assert_report_shows(report: &Report, check: Check) {
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

/// Without TLS 1.2 no suite has an explicit nonce, so no fault can be planted in one.
#[test]
fn every_check_finds_a_fault() {
    let found_by: BTreeSet<_> = planted_faults()
        .into_iter()
        .flat_map(|planted| planted.found_by)
        .collect();
    for check in Check::ALL {
        let expected = cfg!(feature = "tls12") || check != Check::ExplicitNonce;
        assert_eq!(found_by.contains(&check), expected, "{check}");
    }
}
