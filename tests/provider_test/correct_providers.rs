//! The library's own providers pass.

use malloc_counter::allocations_so_far;
use rustls_direct::cipher::RecordProvider;
use rustls_direct_provider_test::{Kit, Report};

#[cfg(feature = "aws_lc_rs")]
#[test]
fn aws_lc_rs_passes() {
    assert_passes(rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER);
}

#[cfg(feature = "ring")]
#[test]
fn ring_passes() {
    assert_passes(rustls_direct::crypto::ring::RECORD_PROVIDER);
}

fn assert_passes(provider: &'static dyn RecordProvider) {
    let report = run_all_checks(provider);
    println!("{report}");
    report.assert_passed();
}

/// Returns the library's own providers that this build has.
pub(crate) fn correct_providers() -> Vec<&'static dyn RecordProvider> {
    vec![
        #[cfg(feature = "aws_lc_rs")]
        rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER,
        #[cfg(feature = "ring")]
        rustls_direct::crypto::ring::RECORD_PROVIDER,
    ]
}

/// Runs every check. On a system where allocations cannot be counted, runs every check but `NoAllocation`.
pub(crate) fn run_all_checks(provider: &dyn RecordProvider) -> Report {
    let kit = Kit::new(provider);
    match allocations_so_far() {
        Some(_) => kit
            .counting_allocations(&|| allocations_so_far().expect("a count, as before"))
            .run(),
        None => {
            println!("allocations cannot be counted on this system");
            kit.run()
        }
    }
}
