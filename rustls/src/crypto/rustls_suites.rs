//! The cipher suites of rustls's own crypto providers, also of those whose feature is on in rustls and off here.
//!
//! Another crate of the program can switch on a feature of rustls, and nothing tells us. But a function that imports all of
//! `rustls::crypto` sees the module of that feature if there is one, and otherwise the empty one of the same name below.

#![allow(
    dead_code,
    unused_imports,
    reason = "each module is unused if rustls has its own, and each import if rustls has none"
)]

use rustls::SupportedCipherSuite;

mod aws_lc_rs {
    pub(super) static ALL_CIPHER_SUITES: &[super::SupportedCipherSuite] = &[];
}

mod ring {
    pub(super) static ALL_CIPHER_SUITES: &[super::SupportedCipherSuite] = &[];
}

/// The suites of `rustls::crypto::aws_lc_rs`. None if rustls is built without that.
pub(super) fn aws_lc_rs() -> &'static [SupportedCipherSuite] {
    use rustls::crypto::*;
    aws_lc_rs::ALL_CIPHER_SUITES
}

/// The suites of `rustls::crypto::ring`. None if rustls is built without that.
pub(super) fn ring() -> &'static [SupportedCipherSuite] {
    use rustls::crypto::*;
    ring::ALL_CIPHER_SUITES
}
