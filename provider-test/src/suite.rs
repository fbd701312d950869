//! The cipher suites that are checked, as the standards describe them.

use ring::aead;
use rustls::CipherSuite;

/// The record format of a suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// RFC 8446 s5.2.
    Tls13,
    /// RFC 5288 s3.
    Tls12Gcm,
    /// RFC 7905 s2.
    Tls12Chacha20,
}

impl Format {
    /// Returns the length of the explicit nonce before the ciphertext.
    pub(crate) fn prefix_len(self) -> usize {
        match self {
            Self::Tls12Gcm => 8,
            Self::Tls13 | Self::Tls12Chacha20 => 0,
        }
    }

    /// Returns the number of bytes that a payload has besides content and padding.
    pub(crate) fn overhead(self) -> usize {
        match self {
            Self::Tls13 => 1 + TAG_LEN,
            Self::Tls12Gcm => 8 + TAG_LEN,
            Self::Tls12Chacha20 => TAG_LEN,
        }
    }
}

/// The length of the tag in every suite.
pub(crate) const TAG_LEN: usize = 16;

/// A cipher suite, its record format and its AEAD.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) id: CipherSuite,
    pub(crate) format: Format,
    /// The AEAD with which the reference seals.
    pub(crate) aead: &'static aead::Algorithm,
}

impl Suite {
    const fn new(id: CipherSuite, format: Format, aead: &'static aead::Algorithm) -> Self {
        Self { id, format, aead }
    }

    pub(crate) fn is_tls13(&self) -> bool {
        self.format == Format::Tls13
    }
}

/// Every suite that rustls has.
pub(crate) static SUITES: [Suite; 9] = [
    Suite::new(
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        Format::Tls13,
        &aead::AES_128_GCM,
    ),
    Suite::new(
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        Format::Tls13,
        &aead::AES_256_GCM,
    ),
    Suite::new(
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        Format::Tls13,
        &aead::CHACHA20_POLY1305,
    ),
    Suite::new(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Format::Tls12Gcm,
        &aead::AES_128_GCM,
    ),
    Suite::new(
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Format::Tls12Gcm,
        &aead::AES_128_GCM,
    ),
    Suite::new(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Format::Tls12Gcm,
        &aead::AES_256_GCM,
    ),
    Suite::new(
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        Format::Tls12Gcm,
        &aead::AES_256_GCM,
    ),
    Suite::new(
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Format::Tls12Chacha20,
        &aead::CHACHA20_POLY1305,
    ),
    Suite::new(
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        Format::Tls12Chacha20,
        &aead::CHACHA20_POLY1305,
    ),
];
