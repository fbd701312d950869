//! TLS records protected by RustCrypto's `aes-gcm` and `chacha20poly1305`, for rustls-direct and rustls.
//!
//! [`default_provider`] is a complete provider for rustls's configs. RustCrypto protects all records, those of the
//! handshake included. Connections of rustls-direct seal and open records in the caller's own buffers. Key exchange,
//! signatures and random numbers are those of rustls's ring provider.
//!
//! `docs/providers.md` explains this crate as an example of how to write a provider.
//!
//! # What is copied
//!
//! The AEAD calls take one buffer, which they read in one place and write in another, or in the same.
//!
//! | | TLS 1.3 | TLS 1.2 |
//! | --- | --- | --- |
//! | sealing content in one slice | is copied once, in front of the type | is not copied |
//! | sealing content in several slices | is copied once | is copied once |
//! | opening into another slice | without a copy | without a copy |
//!
//! Nothing is allocated for a record.
//!
//! # What is wiped
//!
//! Keys are wiped when they are dropped. Whatever the compiler leaves on the stack where a key is moved is not.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod aead;
mod algorithm;
mod tls12;
mod tls13;

use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use rustls::CipherSuite;
use rustls::crypto::{CryptoProvider, ring};
use rustls_direct::cipher::{AeadAlgorithm, RecordProvider};
use rustls_direct::crypto::with_records;

use crate::algorithm::Algorithm;
use crate::tls12::{Tls12Chacha20, Tls12Gcm};
use crate::tls13::Tls13;

/// A provider for rustls's configs, whose records are protected by [`RECORD_PROVIDER`].
pub fn default_provider() -> CryptoProvider {
    with_records(ring::default_provider(), RECORD_PROVIDER)
}

/// RustCrypto's algorithms for all cipher suites of rustls.
pub static RECORD_PROVIDER: &dyn RecordProvider = &RustCrypto;

#[derive(Debug)]
struct RustCrypto;

impl RecordProvider for RustCrypto {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        use CipherSuite::*;
        Some(match suite {
            TLS13_AES_128_GCM_SHA256 => Algorithm::<Tls13<Aes128Gcm>>::get(),
            TLS13_AES_256_GCM_SHA384 => Algorithm::<Tls13<Aes256Gcm>>::get(),
            TLS13_CHACHA20_POLY1305_SHA256 => Algorithm::<Tls13<ChaCha20Poly1305>>::get(),
            TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 | TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
                Algorithm::<Tls12Gcm<Aes128Gcm>>::get()
            }
            TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 | TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
                Algorithm::<Tls12Gcm<Aes256Gcm>>::get()
            }
            TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
                Algorithm::<Tls12Chacha20<ChaCha20Poly1305>>::get()
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use rustls_direct::cipher::{InvalidKey, TrafficKeys};

    use super::*;

    #[test]
    fn every_suite_of_rustls_is_supported() {
        let suites = |provider: CryptoProvider| {
            provider
                .cipher_suites
                .iter()
                .map(|suite| suite.suite())
                .collect::<Vec<_>>()
        };
        assert_eq!(suites(default_provider()), suites(ring::default_provider()));
        assert_eq!(default_provider().cipher_suites.len(), 9);
    }

    #[test]
    fn other_suites_have_no_algorithm() {
        assert!(
            RECORD_PROVIDER
                .algorithm(CipherSuite::TLS13_AES_128_CCM_SHA256)
                .is_none()
        );
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        for suite in ring::ALL_CIPHER_SUITES {
            let algorithm = RECORD_PROVIDER
                .algorithm(suite.suite())
                .unwrap();
            for len in 0..=TrafficKeys::MAX_KEY_LEN {
                let keys = TrafficKeys::new(&vec![0; len], &[0; 12]).unwrap();
                let expected = match len == algorithm.key_len() {
                    true => Ok(()),
                    false => Err(InvalidKey),
                };
                assert_eq!(algorithm.encrypter(&keys).map(|_| ()), expected);
                assert_eq!(algorithm.decrypter(&keys).map(|_| ()), expected);
            }
        }
    }
}
