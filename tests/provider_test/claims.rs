//! Faults in what a provider says of itself, and in its keys.

use std::sync::Mutex;

use rustls_direct::cipher::{AeadAlgorithm, OutboundRecord, TrafficKeys};

use crate::layer::{Encrypter, Fault, Sealed};

/// Forgets the type byte, or whatever the last byte is.
pub(crate) struct EncryptedLenOneTooShort;

impl Fault for EncryptedLenOneTooShort {
    fn encrypted_len(&self, right: usize) -> usize {
        right - 1
    }
}

/// Not its argument and a constant.
pub(crate) struct EncryptedLenInBlocks;

impl Fault for EncryptedLenInBlocks {
    fn encrypted_len(&self, right: usize) -> usize {
        right.next_multiple_of(16)
    }
}

pub(crate) struct PrefixForgotten;

impl Fault for PrefixForgotten {
    fn prefix_len(&self, _: usize) -> usize {
        0
    }
}

pub(crate) struct DecryptedLenWithTag;

impl Fault for DecryptedLenWithTag {
    fn decrypted_len(&self, _: usize, payload_len: usize) -> usize {
        payload_len
    }
}

/// Where the right one says 0.
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
    fn key_len(&self, right: usize) -> usize {
        48 - right
    }
}

pub(crate) struct OtherKeyPanics;

impl Fault for OtherKeyPanics {
    fn take(&self, keys: &TrafficKeys) {
        assert_eq!(keys.key().len(), 16);
    }
}

pub(crate) struct NoSuite;

impl Fault for NoSuite {
    fn algorithm(
        &self,
        _: Option<&'static dyn AeadAlgorithm>,
    ) -> Option<&'static dyn AeadAlgorithm> {
        None
    }
}

pub(crate) struct SuitePanics;

impl Fault for SuitePanics {
    fn algorithm(
        &self,
        _: Option<&'static dyn AeadAlgorithm>,
    ) -> Option<&'static dyn AeadAlgorithm> {
        panic!("not written yet")
    }
}

/// Seals with the first key that there ever was.
pub(crate) struct FirstKeyStays(pub(crate) Mutex<Option<TrafficKeys>>);

impl Fault for FirstKeyStays {
    fn take(&self, keys: &TrafficKeys) {
        // The kit has keys of other lengths too, of which one is the very first.
        if keys.key().len() == 16 {
            let mut first = self.0.lock().expect("not poisoned");
            first.get_or_insert_with(|| {
                TrafficKeys::new(keys.key(), keys.iv().as_bytes()).expect("keys already")
            });
        }
    }

    fn seal(
        &self,
        under: &mut Encrypter,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Sealed {
        let first = self.0.lock().expect("not poisoned");
        let first = first.as_ref().expect("there was one");
        under
            .algorithm
            .encrypter(first)
            .expect("keys of the suite")
            .encrypt_into(record, seq, out)
    }
}
