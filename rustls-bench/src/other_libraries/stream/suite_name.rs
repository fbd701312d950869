//! OpenSSL's names of cipher suites.

use testing::Setup;

/// Asserts that the library negotiated the suite to measure: its name is `negotiated`.
pub(super) fn assert_suite(negotiated: &str, setup: &Setup) {
    assert_eq!(
        negotiated,
        openssl_name(setup),
        "the library negotiated another suite"
    );
}

/// Returns OpenSSL's name of the suite.
pub(super) fn openssl_name(setup: &Setup) -> String {
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
