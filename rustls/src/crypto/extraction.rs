//! Checks that a suite of another provider returns its keys unchanged from `extract_keys`, and protects records with
//! them.
//!
//! The check runs before a handshake, because extracting the keys afterwards consumes the connection.

use alloc::vec::Vec;

use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{ConnectionTrafficSecrets, Error, SupportedCipherSuite};

use super::aead_key::aead_key;
use super::suites::{Cipher, refuse};
use super::trial::try_algorithm;
use super::wrapped;
use crate::cipher::{NONCE_LEN, TrafficKeys};

/// Checks that `suite` returns its keys unchanged, and protects records with them.
///
/// # Errors
///
/// If the handover could not take over a connection with `suite`. The message names the suite.
pub(super) fn check_extraction(suite: SupportedCipherSuite) -> Result<(), Error> {
    let Some(algorithm) = wrapped::wrapped(suite) else {
        return Ok(());
    };
    let cipher = Cipher::of(suite.suite());
    let key_len = algorithm.key_len();
    let known_len = match cipher {
        Some(cipher) => key_len == cipher.key_len(),
        None => key_len <= TrafficKeys::MAX_KEY_LEN,
    };
    if !known_len {
        return refuse(
            suite,
            "comes from a crypto provider whose keys for it have another length",
        );
    }
    let bytes = test_bytes(key_len);
    let Ok(key) = aead_key(&bytes) else {
        // Without `std` no `AeadKey` of this length can be made, so `extract_keys` cannot be called.
        return Ok(());
    };
    let Some(secrets) = extract(suite, key) else {
        return refuse(
            suite,
            "comes from a crypto provider that does not return its keys from `extract_keys`",
        );
    };
    let label = Cipher::of_secrets(&secrets);
    if label.is_none() || cipher.is_some() && label != cipher {
        return refuse(
            suite,
            "comes from a crypto provider that returns its keys labelled as those of another AEAD",
        );
    }
    if !holds_test_bytes(&secrets, &bytes) {
        return refuse(
            suite,
            "comes from a crypto provider that returns other keys than it was given",
        );
    }
    match try_algorithm(algorithm) {
        Some(_) => Ok(()),
        None => refuse(
            suite,
            "comes from a crypto provider that does not seal and open a record by its key and sequence number, \
             or that returns another type or version than TLS writes into headers",
        ),
    }
}

fn extract(suite: SupportedCipherSuite, key: AeadKey) -> Option<ConnectionTrafficSecrets> {
    match suite {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(suite) => {
            let shape = suite.aead_alg.key_block_shape();
            if shape
                .fixed_iv_len
                .checked_add(shape.explicit_nonce_len)
                != Some(NONCE_LEN)
            {
                return None;
            }
            let iv = test_bytes(NONCE_LEN);
            let (fixed, explicit) = iv.split_at(shape.fixed_iv_len);
            suite
                .aead_alg
                .extract_keys(key, fixed, explicit)
                .ok()
        }
        suite => {
            let iv = test_bytes(NONCE_LEN).try_into();
            suite
                .tls13()?
                .aead_alg
                .extract_keys(key, Iv::from(iv.unwrap_or([0; NONCE_LEN])))
                .ok()
        }
    }
}

/// Makes `len` bytes that are all different.
fn test_bytes(len: usize) -> Vec<u8> {
    (0x5a..).take(len).collect()
}

fn holds_test_bytes(secrets: &ConnectionTrafficSecrets, key_bytes: &[u8]) -> bool {
    use ConnectionTrafficSecrets::*;
    match secrets {
        Aes128Gcm { key, iv } | Aes256Gcm { key, iv } | Chacha20Poly1305 { key, iv } => {
            key.as_ref() == key_bytes && iv.as_ref() == test_bytes(NONCE_LEN)
        }
        _ => false,
    }
}
