//! TLS records protected by OpenSSL 3, for rustls-direct and rustls.
//!
//! [`default_provider`] is a complete provider for rustls's configs. OpenSSL seals and opens all records, those of the
//! handshake included. Connections of rustls-direct seal and open records in the caller's own buffers. Key exchange,
//! signatures and random numbers are those of rustls's aws-lc-rs provider.
//!
//! [`combined_provider`] uses, for each record, the faster of OpenSSL and aws-lc-rs.
//!
//! This crate links the system's OpenSSL, which needs OpenSSL's headers and `pkg-config`. With the feature `vendored`
//! it builds OpenSSL from source instead.
//!
//! # What is copied
//!
//! | | |
//! | --- | --- |
//! | sealing content in one slice | nothing: OpenSSL reads the slice, and then seals type and padding in place |
//! | sealing content in several slices | the content, once, into the output |
//! | opening into another slice | nothing |
//!
//! Nothing is allocated for a record.
//!
//! # What is wiped
//!
//! OpenSSL wipes its keys when they are dropped. It writes plaintext before it checks the tag, so this crate overwrites
//! the plaintext with zeros if the record is not authentic.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod aead;
mod algorithm;
mod combined;
mod tls12;
mod tls13;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls_direct::cipher::RecordProvider;
use rustls_direct::crypto::with_records;

/// Returns a provider for rustls's configs, whose records are protected by [`RECORD_PROVIDER`].
pub fn default_provider() -> CryptoProvider {
    with_records(aws_lc_rs::default_provider(), RECORD_PROVIDER)
}

/// Returns a provider for rustls's configs, whose records are protected by [`COMBINED_RECORD_PROVIDER`].
pub fn combined_provider() -> CryptoProvider {
    with_records(aws_lc_rs::default_provider(), COMBINED_RECORD_PROVIDER)
}

/// OpenSSL's algorithms for all cipher suites of rustls.
pub static RECORD_PROVIDER: &dyn RecordProvider = &algorithm::OpenSsl;

/// aws-lc-rs's algorithms for all cipher suites of rustls, except that OpenSSL seals and opens the long records of
/// CHACHA20-POLY1305 if the CPU has AVX-512.
///
/// For every length this is the faster of the two libraries. Each of them holds a copy of a CHACHA20-POLY1305 key.
pub static COMBINED_RECORD_PROVIDER: &dyn RecordProvider = &combined::Combined;

#[cfg(test)]
mod tests {
    use rustls::CipherSuite;
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
        let base = suites(aws_lc_rs::default_provider());
        assert_eq!(base.len(), 9);
        assert_eq!(suites(default_provider()), base);
        assert_eq!(suites(combined_provider()), base);
    }

    #[test]
    fn other_suites_have_no_algorithm() {
        for provider in [RECORD_PROVIDER, COMBINED_RECORD_PROVIDER] {
            assert!(
                provider
                    .algorithm(CipherSuite::TLS13_AES_128_CCM_SHA256)
                    .is_none()
            );
        }
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        for provider in [RECORD_PROVIDER, COMBINED_RECORD_PROVIDER] {
            for suite in aws_lc_rs::ALL_CIPHER_SUITES {
                let algorithm = provider
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
}
