//! Libraries that read from a stream and write to one, and that copy what they received to the application.

mod inbox;
#[cfg(any(feature = "peer-openssl", feature = "peer-boringssl"))]
pub(super) mod openssl;
#[cfg(feature = "peer-s2n")]
pub(super) mod s2n;
mod wire;

use testing::Setup;

/// A library that took another suite than the one to be measured would be compared to something else.
fn check_suite(negotiated: &str, setup: &Setup) {
    assert_eq!(
        negotiated,
        openssl_name(setup),
        "another suite was negotiated"
    );
}

/// What OpenSSL calls the suite.
fn openssl_name(setup: &Setup) -> String {
    let name = format!("{:?}", setup.id());
    match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name
            .trim_start_matches("TLS_")
            .replace("_WITH_", "-")
            .replace("AES_", "AES")
            .replace("POLY1305_SHA256", "POLY1305")
            .replace('_', "-"),
    }
}
