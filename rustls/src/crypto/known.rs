//! Finds our own implementation for a suite's records.

use rustls::SupportedCipherSuite;

use super::adopted;
#[cfg(feature = "aws_lc_rs")]
use super::aws_lc_rs;
#[cfg(feature = "ring")]
use super::ring;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
use super::suites;
use crate::cipher::RecordProvider;

/// Returns our record provider over the library that `suite` belongs to, or the one that `suite` was adopted with.
pub(super) fn known_record_provider(
    suite: SupportedCipherSuite,
) -> Option<&'static dyn RecordProvider> {
    #[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
    let is_of = |statics: &[SupportedCipherSuite]| {
        statics
            .iter()
            .any(|known| suites::is_same(*known, suite))
    };
    #[cfg(feature = "aws_lc_rs")]
    if is_of(rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES) {
        return Some(aws_lc_rs::RECORD_PROVIDER);
    }
    #[cfg(feature = "ring")]
    if is_of(rustls::crypto::ring::ALL_CIPHER_SUITES) {
        return Some(ring::RECORD_PROVIDER);
    }
    adopted::record_provider_of(suite)
}
