//! Runs rustls-direct's provider kit.

use malloc_counter::allocations_so_far;
use rustcrypto_provider::RECORD_PROVIDER;
use rustls_direct_provider_test::Kit;

#[test]
fn the_records_of_every_suite_pass() {
    let count = || allocations_so_far().unwrap_or(0);
    let report = Kit::new(RECORD_PROVIDER)
        .counting_allocations(&count)
        .run();
    println!("{report}");
    assert_eq!(report.suites().len(), 9);
    report.assert_passed();
}
