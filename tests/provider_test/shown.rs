//! Providers of rustls whose objects seal as they should, and ask rustls for a header that it should not show.

use rustls::CipherSuite;
use rustls_direct_provider_test::{Check, Report, check};
use testing::{CipherBehavior, Quirks, setups, unrecognised_suite};

use crate::faults::{TLS12, TLS13};
use crate::found::checks;

/// What the kit says of the suite `id` of each library with such objects.
fn reports(id: CipherSuite, objects: CipherBehavior) -> Vec<Report> {
    let setups = setups();
    let suites = setups
        .iter()
        .filter(|setup| setup.id() == id);
    let reports: Vec<_> = suites
        .map(|setup| {
            let traits = Quirks {
                objects,
                ..Quirks::default()
            };
            check(&*unrecognised_suite(setup, traits).provider())
        })
        .collect();
    assert!(!reports.is_empty());
    reports
}

#[test]
fn a_right_header_passes() {
    for objects in [CipherBehavior::Right, CipherBehavior::ShowType] {
        if cfg!(feature = "tls12") {
            for report in reports(TLS12, objects) {
                report.assert_passed();
            }
        }
    }
    for report in reports(TLS13, CipherBehavior::Right) {
        report.assert_passed();
    }
}

/// Records of data have the type that is shown anyway. With padding, rustls is given a zero as the type.
#[test]
fn the_inner_type_is_not_shown() {
    for report in reports(TLS13, CipherBehavior::ShowType) {
        let found = checks(&report);
        assert!(found.contains(&Check::ContentTypes), "{report}");
        assert!(!found.contains(&Check::ContentInOneSlice), "{report}");
    }
}

#[test]
fn the_inner_version_is_not_shown() {
    let suites = [TLS13]
        .into_iter()
        .chain(cfg!(feature = "tls12").then_some(TLS12));
    for suite in suites {
        for report in reports(suite, CipherBehavior::ShowVersion) {
            assert!(
                checks(&report).contains(&Check::ContentInOneSlice),
                "{report}"
            );
        }
    }
}
