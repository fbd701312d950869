//! Providers that are right.

use malloc_counter::allocations_so_far;
use rustls_direct::cipher::RecordProvider;
use rustls_direct::provider_test::{Kit, Report, check};

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

/// rustls's own objects, as those of a provider that knows nothing of us. They do allocate.
#[cfg(feature = "aws_lc_rs")]
#[test]
fn wrapped_aws_lc_rs_passes() {
    check(&rustls::crypto::aws_lc_rs::default_provider()).assert_passed();
}

#[cfg(feature = "ring")]
#[test]
fn wrapped_ring_passes() {
    check(&rustls::crypto::ring::default_provider()).assert_passed();
}

/// So do those of an adopted suite, wrapped again: rustls's traits over ours, and ours over them.
#[cfg(feature = "aws_lc_rs")]
#[test]
fn adopted_and_wrapped_aws_lc_rs_passes() {
    check(&rustls_direct::crypto::aws_lc_rs::default_provider()).assert_passed();
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
            .without_allocation(&|| allocations_so_far().expect("as before"))
            .run(),
        None => {
            println!("allocations can not be counted on this system");
            kit.run()
        }
    }
}
