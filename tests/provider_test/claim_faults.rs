//! Faults in the lengths and suites that a provider claims, and in its handling of keys.

use std::sync::Mutex;

use rustls_direct::cipher::{AeadAlgorithm, OutboundRecord, TrafficKeys};

use crate::faulty_provider::{Fault, FaultyEncrypter, SealResult};

/// Leaves one byte out, such as the type byte.
pub(crate) struct EncryptedLenOneTooShort;

impl Fault for EncryptedLenOneTooShort {
    fn encrypted_len(&self, correct: usize) -> usize {
        correct - 1
    }
}

/// Adds an overhead that depends on the length, as a block cipher would.
pub(crate) struct EncryptedLenRoundedToBlocks;

impl Fault for EncryptedLenRoundedToBlocks {
    fn encrypted_len(&self, correct: usize) -> usize {
        correct.next_multiple_of(16)
    }
}

pub(crate) struct PrefixLenIsZero;

impl Fault for PrefixLenIsZero {
    fn prefix_len(&self, _: usize) -> usize {
        0
    }
}

pub(crate) struct DecryptedLenIsPayloadLen;

impl Fault for DecryptedLenIsPayloadLen {
    fn decrypted_len(&self, _: usize, payload_len: usize) -> usize {
        payload_len
    }
}

/// A correct method returns 0 for a payload without room for a tag.
pub(crate) struct DecryptedLenOfShortPayloadPanics;

impl Fault for DecryptedLenOfShortPayloadPanics {
    fn decrypted_len(&self, _: usize, payload_len: usize) -> usize {
        payload_len
            .checked_sub(16)
            .expect("a tag")
    }
}

pub(crate) struct KeyLenOfAnotherSuite;

impl Fault for KeyLenOfAnotherSuite {
    fn key_len(&self, correct: usize) -> usize {
        48 - correct
    }
}

pub(crate) struct KeyOfWrongLengthPanics;

impl Fault for KeyOfWrongLengthPanics {
    fn receive_keys(&self, keys: &TrafficKeys) {
        assert_eq!(keys.key().len(), 16);
    }
}

pub(crate) struct NoAlgorithm;

impl Fault for NoAlgorithm {
    fn algorithm(
        &self,
        _: Option<&'static dyn AeadAlgorithm>,
    ) -> Option<&'static dyn AeadAlgorithm> {
        None
    }
}

pub(crate) struct AlgorithmPanics;

impl Fault for AlgorithmPanics {
    fn algorithm(
        &self,
        _: Option<&'static dyn AeadAlgorithm>,
    ) -> Option<&'static dyn AeadAlgorithm> {
        panic!("not written yet")
    }
}

/// Keeps the first key, and seals every record under it.
pub(crate) struct FirstKeyUsedForever(pub(crate) Mutex<Option<TrafficKeys>>);

impl Fault for FirstKeyUsedForever {
    fn receive_keys(&self, keys: &TrafficKeys) {
        // The kit also passes keys of the wrong length, and one of them comes first.
        if keys.key().len() == 16 {
            let mut first = self.0.lock().expect("not poisoned");
            first.get_or_insert_with(|| {
                TrafficKeys::new(keys.key(), keys.iv().as_bytes()).expect("a copy of valid keys")
            });
        }
    }

    fn seal(
        &self,
        encrypter: &mut FaultyEncrypter,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> SealResult {
        let first = self.0.lock().expect("not poisoned");
        let first = first
            .as_ref()
            .expect("a key, because an encrypter was made");
        encrypter
            .algorithm
            .encrypter(first)
            .expect("keys of the suite")
            .encrypt_into(record, seq, out)
    }
}
