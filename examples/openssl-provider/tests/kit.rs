//! Runs rustls-direct's provider kit.

use malloc_counter::allocations_so_far;
use openssl_provider::{COMBINED_RECORD_PROVIDER, RECORD_PROVIDER};
use rustls_direct::cipher::RecordProvider;
use rustls_direct_provider_test::Kit;

fn passes(provider: &'static dyn RecordProvider) {
    let count = || allocations_so_far().unwrap_or(0);
    let report = Kit::new(provider)
        .counting_allocations(&count)
        .run();
    println!("{report}");
    assert_eq!(report.suites().len(), 9);
    report.assert_passed();
}

#[test]
fn openssl_passes() {
    passes(RECORD_PROVIDER);
}

#[test]
fn openssl_and_aws_lc_rs_combined_pass() {
    passes(COMBINED_RECORD_PROVIDER);
}
