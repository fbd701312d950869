//! rustls-direct's own tests of providers.

use malloc_counter::allocations_so_far;
use rustcrypto_provider::RECORD_PROVIDER;
use rustls_direct_provider_test::Kit;

#[test]
fn records_are_what_they_should_be() {
    let count = || allocations_so_far().unwrap_or(0);
    let report = Kit::new(RECORD_PROVIDER)
        .without_allocation(&count)
        .run();
    println!("{report}");
    assert_eq!(report.suites().len(), 9);
    report.assert_passed();
}
