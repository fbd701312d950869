//! Wrapped providers whose encrypters seal correctly, but return a header that is not the record's.

use rustls::CipherSuite;
use rustls_direct_provider_test::{Check, Report, check};
use testing::{CipherBehavior, Quirks, setups, unrecognised_suite};

use crate::detection::checks_with_findings;
use crate::fault_table::{TLS12, TLS13};

/// Checks the suite `id` of each library, with encrypters and decrypters of the given behavior.
fn reports(id: CipherSuite, behavior: CipherBehavior) -> Vec<Report> {
    let setups = setups();
    let suites = setups
        .iter()
        .filter(|setup| setup.id() == id);
    let reports: Vec<_> = suites
        .map(|setup| {
            let quirks = Quirks {
                objects: behavior,
                ..Quirks::default()
            };
            check(&*unrecognised_suite(setup, quirks).provider())
        })
        .collect();
    assert!(!reports.is_empty());
    reports
}

/// In TLS 1.2 the header has the content type anyway, so `ShowType` is correct.
#[test]
fn a_correct_header_passes() {
    for behavior in [CipherBehavior::Right, CipherBehavior::ShowType] {
        if cfg!(feature = "tls12") {
            for report in reports(TLS12, behavior) {
                report.assert_passed();
            }
        }
    }
    for report in reports(TLS13, CipherBehavior::Right) {
        report.assert_passed();
    }
}

/// The header of a TLS 1.3 record always has the type of data, so records of data pass even with the inner type.
#[test]
fn the_inner_type_in_the_header_is_found() {
    for report in reports(TLS13, CipherBehavior::ShowType) {
        let checks = checks_with_findings(&report);
        assert!(checks.contains(&Check::ContentTypes), "{report}");
        assert!(!checks.contains(&Check::ContentInOneSlice), "{report}");
    }
}

#[test]
fn the_version_0304_in_the_header_is_found() {
    let suites = [TLS13]
        .into_iter()
        .chain(cfg!(feature = "tls12").then_some(TLS12));
    for suite in suites {
        for report in reports(suite, CipherBehavior::ShowVersion) {
            assert!(
                checks_with_findings(&report).contains(&Check::ContentInOneSlice),
                "{report}"
            );
        }
    }
}
