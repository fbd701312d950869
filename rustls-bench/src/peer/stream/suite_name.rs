//! The names that libraries give to cipher suites.

use testing::Setup;

/// A library that took another suite than the one to be measured would be compared to something else.
pub(super) fn check_suite(negotiated: &str, setup: &Setup) {
    assert_eq!(
        negotiated,
        openssl_name(setup),
        "another suite was negotiated"
    );
}

/// What OpenSSL calls the suite.
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
