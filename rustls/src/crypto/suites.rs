//! The properties of cipher suites.

use alloc::format;
use core::ptr;

use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{CipherSuite, ConnectionTrafficSecrets, Error, SupportedCipherSuite};

use crate::cipher::RecordProvider;
use crate::error::explained;

/// Length in bytes of a tag, in every supported suite.
pub(super) const TAG_LEN: usize = 16;

/// Length in bytes of the salt, the secret part of a TLS 1.2 AES-GCM nonce. RFC 5288 s3.
#[cfg(feature = "tls12")]
pub(super) const GCM_SALT_LEN: usize = 4;

/// Length in bytes of the explicit nonce, the part of a TLS 1.2 AES-GCM nonce on the wire. RFC 5288 s3.
#[cfg(feature = "tls12")]
pub(super) const GCM_EXPLICIT_NONCE_LEN: usize = 8;

/// The AEADs of the supported suites.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    Chacha20Poly1305,
}

impl Cipher {
    /// Returns the AEAD of `suite`. `None` if the suite is not supported.
    pub(crate) fn of(suite: CipherSuite) -> Option<Self> {
        match suite {
            CipherSuite::TLS13_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => Some(Self::Aes128Gcm),
            CipherSuite::TLS13_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => Some(Self::Aes256Gcm),
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
                Some(Self::Chacha20Poly1305)
            }
            _ => None,
        }
    }

    pub(super) fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::Chacha20Poly1305 => 32,
        }
    }

    /// Returns how many bytes a TLS 1.2 payload adds to its content: explicit nonce and tag. RFC 5288 s3, RFC 7905 s2.
    #[cfg(feature = "tls12")]
    pub(crate) fn tls12_overhead(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => GCM_EXPLICIT_NONCE_LEN + TAG_LEN,
            Self::Chacha20Poly1305 => TAG_LEN,
        }
    }

    /// Labels `key` and `iv` with this AEAD, as rustls's type for extracted secrets.
    pub(crate) fn secrets(self, key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        match self {
            Self::Aes128Gcm => ConnectionTrafficSecrets::Aes128Gcm { key, iv },
            Self::Aes256Gcm => ConnectionTrafficSecrets::Aes256Gcm { key, iv },
            Self::Chacha20Poly1305 => ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv },
        }
    }

    /// Returns the AEAD that `secrets` are labelled with. `None` if it is not supported.
    pub(crate) fn of_secrets(secrets: &ConnectionTrafficSecrets) -> Option<Self> {
        match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { .. } => Some(Self::Aes128Gcm),
            ConnectionTrafficSecrets::Aes256Gcm { .. } => Some(Self::Aes256Gcm),
            ConnectionTrafficSecrets::Chacha20Poly1305 { .. } => Some(Self::Chacha20Poly1305),
            _ => None,
        }
    }
}

/// Returns how many records a key of `suite` may seal.
pub(crate) fn confidentiality_limit(suite: SupportedCipherSuite) -> u64 {
    match suite {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(suite) => suite.common.confidentiality_limit,
        suite => suite
            .tls13()
            .map_or(0, |suite| suite.common.confidentiality_limit),
    }
}

/// Returns whether both suites are the same static.
///
/// Comparing their ids is not enough: another provider may implement the same suite in any way.
pub(super) fn is_same(one: SupportedCipherSuite, other: SupportedCipherSuite) -> bool {
    match (one, other) {
        #[cfg(feature = "tls12")]
        (SupportedCipherSuite::Tls12(one), SupportedCipherSuite::Tls12(other)) => {
            ptr::eq(one, other)
        }
        (one, other) => match (one.tls13(), other.tls13()) {
            (Some(one), Some(other)) => ptr::eq(one, other),
            _ => false,
        },
    }
}

/// Returns whether both providers are the same static.
pub(super) fn is_same_provider(
    one: &'static dyn RecordProvider,
    other: &'static dyn RecordProvider,
) -> bool {
    // Values of two zero-sized types may have the same address, but then their vtables differ.
    ptr::eq(one, other)
}

/// Returns the error that `suite` is not supported. The message is the suite's name, followed by `why`.
pub(super) fn refuse<T>(suite: SupportedCipherSuite, why: &str) -> Result<T, Error> {
    Err(explained(format!("{:?} {why}", suite.suite())))
}
