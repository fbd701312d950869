//! Encrypters and decrypters of rustls pass, wrapped as those of a provider that does not know rustls-direct.
//!
//! They allocate. Without the feature `std` only suites with keys of 32 bytes can be wrapped, so these tests need it.

use rustls_direct_provider_test::check;

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

/// Adopted suites implement rustls's traits with our encrypters, and are wrapped in our traits again.
#[cfg(feature = "aws_lc_rs")]
#[test]
fn adopted_and_wrapped_aws_lc_rs_passes() {
    check(&rustls_direct::crypto::aws_lc_rs::default_provider()).assert_passed();
}
