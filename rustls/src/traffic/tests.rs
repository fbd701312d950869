//! Tests of the sender, with keys and records that no peer has.

mod model;
mod model_writes;
mod numbered;
mod random;
mod refused;
mod worn_keys;

use alloc::boxed::Box;
use alloc::vec;
use core::ops::Range;

use rustls::{CipherSuite, Error};

use super::failure::Failure;
use super::*;
use crate::cipher::{
    AeadAlgorithm, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter, OutboundRecord,
    RecordProvider, TrafficKeys,
};
use crate::record::Fragmenter;
use crate::record_layer::EncryptionState;
use crate::traffic::keys::SendingKeys;

const KEY_LEN: usize = 32;

/// Encrypts as the state machine does.
fn encrypt(sender: &mut Sender, data: &[u8], out: &mut [u8]) -> Result<usize, WriteError> {
    match sender.encrypt_one(data, out) {
        Some(written) => Ok(written),
        None if data.is_empty() => Ok(0),
        None => sender.encrypt(&mut { KEYS }, data, 0, out),
    }
}

/// Content that [`Plain`] fails to seal.
const UNSEALABLE: &[u8] = b"unsealable";

/// Encrypts nothing: a payload is content, type and padding.
#[derive(Debug)]
struct Plain;

impl RecordProvider for Plain {
    fn algorithm(&self, _: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        Some(&Self)
    }
}

impl AeadAlgorithm for Plain {
    fn key_len(&self) -> usize {
        KEY_LEN
    }

    fn encrypter(&self, _: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(Self))
    }

    fn decrypter(&self, _: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Err(InvalidKey)
    }
}

impl MessageEncrypter for Plain {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        _: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        record.content.place(out)?;
        if out.starts_with(UNSEALABLE) {
            return Err(EncryptFailed);
        }
        let after_content = &mut out[record.content.len()..];
        after_content.fill(0);
        after_content[0] = u8::from(record.typ);
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + 1
    }

    fn payload_prefix_len(&self) -> usize {
        0
    }
}

/// Derives any number of keys, or none.
struct Keys {
    any: bool,
}

impl SendingKeys for Keys {
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        match self.any {
            true => Ok(TrafficKeys::new(&[0; KEY_LEN], &[0; 12]).unwrap()),
            false => Err(Error::General("no key".into())),
        }
    }
}

/// A sender of TLS 1.3. Each key seals two records of data and one other record.
fn sender() -> Sender {
    sender_of(&Plain, 0..3, None)
}

/// A sender of TLS 1.3. The first key has these sequence numbers left, and later keys have all numbers below the end.
fn sender_of(
    records: &dyn RecordProvider,
    numbers: Range<u64>,
    max_fragment_size: Option<usize>,
) -> Sender {
    let suite = CipherSuite::TLS13_AES_256_GCM_SHA384;
    let keys = TrafficKeys::new(&[0; KEY_LEN], &[0; 12]).unwrap();
    let encryption =
        EncryptionState::new(records, suite, &keys, numbers.start, numbers.end).unwrap();
    Sender::new(encryption, Fragmenter::new(max_fragment_size).unwrap())
}

const KEYS: Keys = Keys { any: true };

/// The type and the last byte of content of each record in `tls`.
fn contents(mut tls: &[u8]) -> vec::Vec<(u8, u8)> {
    let mut contents = vec![];
    while let [23, 3, 3, high, low, rest @ ..] = tls {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let (payload, after) = rest.split_at(len);
        contents.push((payload[len - 1], payload[len - 2]));
        tls = after;
    }
    assert_eq!(tls, []);
    contents
}

const DATA: u8 = 23;
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;

/// The bytes of an output slice before a call.
const FILL: u8 = 0xee;

/// Whether `out` holds the bytes from before the call.
fn is_untouched(out: &[u8]) -> bool {
    out.iter().all(|byte| *byte == FILL)
}
