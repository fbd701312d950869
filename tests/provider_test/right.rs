//! Providers that are right.

use malloc_counter::allocations_so_far;
use rustls_direct::cipher::RecordProvider;
use rustls_direct_provider_test::{Kit, Report};

#[cfg(feature = "aws_lc_rs")]
#[test]
fn aws_lc_rs_passes() {
    passes(rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER);
}

#[cfg(feature = "ring")]
#[test]
fn ring_passes() {
    passes(rustls_direct::crypto::ring::RECORD_PROVIDER);
}

fn passes(provider: &'static dyn RecordProvider) {
    let report = judge(provider);
    println!("{report}");
    report.assert_passed();
}

/// Those of this build.
pub(crate) fn providers() -> Vec<&'static dyn RecordProvider> {
    vec![
        #[cfg(feature = "aws_lc_rs")]
        rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER,
        #[cfg(feature = "ring")]
        rustls_direct::crypto::ring::RECORD_PROVIDER,
    ]
}

/// Everything, as far as this system can tell.
pub(crate) fn judge(provider: &dyn RecordProvider) -> Report {
    let kit = Kit::new(provider);
    match allocations_so_far() {
        Some(_) => kit
            .counting_allocations(&|| allocations_so_far().expect("as before"))
            .run(),
        None => {
            println!("allocations can not be counted on this system");
            kit.run()
        }
    }
}
