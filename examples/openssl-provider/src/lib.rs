//! TLS records protected by OpenSSL 3, for rustls-direct and rustls.
//!
//! [`default_provider`] is a whole provider for rustls's configs. OpenSSL seals and opens all of its records, in the
//! handshake as well, and connections of rustls-direct do so in the caller's own buffers. Key exchange, signatures and
//! random numbers are those of rustls's aws-lc-rs provider.
//!
//! [`combined_provider`] takes whichever of OpenSSL and aws-lc-rs is faster for a record.
//!
//! OpenSSL is the system's, which needs its headers and `pkg-config`; with the feature `vendored` it is built from source.
//!
//! # What is copied
//!
//! | | |
//! | --- | --- |
//! | sealing content in one slice | nothing: OpenSSL reads it where it is, and seals the type and the padding after it |
//! | sealing content in several slices | once, into the output |
//! | opening into another slice | nothing |
//!
//! Nothing is allocated for a record.
//!
//! # What is wiped
//!
//! OpenSSL wipes its keys when they are dropped. It writes plaintext before it checks the tag, so this crate fills with
//! zeros the plaintext of a record that is not authentic.
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

/// A provider for rustls's configs with the records of [`RECORD_PROVIDER`].
pub fn default_provider() -> CryptoProvider {
    with_records(aws_lc_rs::default_provider(), RECORD_PROVIDER)
}

/// A provider for rustls's configs with the records of [`COMBINED_RECORD_PROVIDER`].
pub fn combined_provider() -> CryptoProvider {
    with_records(aws_lc_rs::default_provider(), COMBINED_RECORD_PROVIDER)
}

/// The algorithms of OpenSSL for every cipher suite of rustls.
pub static RECORD_PROVIDER: &dyn RecordProvider = &algorithm::OpenSsl;

/// The algorithms of aws-lc-rs for every cipher suite of rustls, except that OpenSSL seals and opens the long records of
/// CHACHA20-POLY1305 if the CPU has AVX-512.
///
/// It is the faster of the two at every length. A CHACHA20-POLY1305 key is held twice, once by each library.
pub static COMBINED_RECORD_PROVIDER: &dyn RecordProvider = &combined::Combined;

#[cfg(test)]
mod tests {
    use rustls::CipherSuite;
    use rustls_direct::cipher::{InvalidKey, TrafficKeys};

    use super::*;

    #[test]
    fn every_suite_of_rustls_is_there() {
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
    fn other_suites_are_not() {
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
