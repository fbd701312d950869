//! Records that show the generation of their key and their sequence number, and encrypt nothing.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use rustls::ContentType;

use crate::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, TrafficKeys,
};
use crate::record::RecordHeader;

pub(super) const DATA: u8 = 23;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const ALERT: u8 = 21;

/// Encrypts nothing. A payload is the generation of its key, its sequence number, its content and its type.
struct PlainCipher {
    generation: u8,
}

/// Makes [`PlainCipher`]s.
pub(super) struct Algorithm;

impl AeadAlgorithm for Algorithm {
    fn key_len(&self) -> usize {
        1
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(PlainCipher::new(keys)))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(PlainCipher::new(keys)))
    }
}

impl PlainCipher {
    fn new(keys: &TrafficKeys) -> Self {
        Self {
            generation: keys.key()[0],
        }
    }
}

impl MessageEncrypter for PlainCipher {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let [generation, number, rest @ .., typ] = out else {
            return Err(EncryptFailed);
        };
        *generation = self.generation;
        *number = seq as u8;
        *typ = record.typ.into();
        record.content.place(rest)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + 3
    }

    fn payload_prefix_len(&self) -> usize {
        2
    }
}

impl MessageDecrypter for PlainCipher {
    fn decrypt_in_place(
        &mut self,
        _: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        match payload {
            [generation, number, content @ .., typ]
                if *generation == self.generation && u64::from(*number) == seq =>
            {
                Ok(Opened {
                    typ: ContentType::from(*typ),
                    content: 2..2 + content.len(),
                })
            }
            _ => Err(DecryptFailed::BadRecordMac),
        }
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(2)
    }
}

pub(super) fn keys(generation: u8) -> TrafficKeys {
    TrafficKeys::new(&[generation], &[0; 12]).unwrap()
}

/// A record that the peer has sealed.
pub(super) fn record(generation: u8, number: u8, typ: u8, content: &[u8]) -> Vec<u8> {
    let mut record = vec![DATA, 3, 3, 0, 3 + content.len() as u8, generation, number];
    record.extend(content);
    record.push(typ);
    record
}

/// A record that is not authentic.
pub(super) fn bad_record() -> Vec<u8> {
    record(99, 99, DATA, b"bad")
}
