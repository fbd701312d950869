//! The cipher suites of rustls's own crypto providers, even if their feature is on in rustls and off in this crate.
//!
//! Another crate of the program can enable a feature of rustls, and no `cfg` of ours shows that. But a function that
//! imports `rustls::crypto::*` uses rustls's module of that feature if it exists, and otherwise the empty module of the
//! same name below.

#![allow(
    dead_code,
    unused_imports,
    reason = "each module is unused if rustls has its own, and each import is unused if rustls has no such module"
)]

use rustls::SupportedCipherSuite;

mod aws_lc_rs {
    pub(super) static ALL_CIPHER_SUITES: &[super::SupportedCipherSuite] = &[];
}

mod ring {
    pub(super) static ALL_CIPHER_SUITES: &[super::SupportedCipherSuite] = &[];
}

/// Returns the suites of `rustls::crypto::aws_lc_rs`, or no suites if rustls is built without that module.
pub(super) fn aws_lc_rs() -> &'static [SupportedCipherSuite] {
    use rustls::crypto::*;
    aws_lc_rs::ALL_CIPHER_SUITES
}

/// Returns the suites of `rustls::crypto::ring`, or no suites if rustls is built without that module.
pub(super) fn ring() -> &'static [SupportedCipherSuite] {
    use rustls::crypto::*;
    ring::ALL_CIPHER_SUITES
}
