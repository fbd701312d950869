//! Records that show their sequence numbers.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::*;

const PREFIX_LEN: usize = 8;

/// As [`Plain`], with the sequence number before the content.
#[derive(Debug)]
pub(super) struct Numbered;

impl RecordProvider for Numbered {
    fn algorithm(&self, _: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        Some(&Self)
    }
}

impl AeadAlgorithm for Numbered {
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

impl MessageEncrypter for Numbered {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let (prefix, out) = out.split_at_mut(PREFIX_LEN);
        prefix.copy_from_slice(&seq.to_be_bytes());
        Plain.encrypt_into(record, seq, out)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        PREFIX_LEN + Plain.encrypted_payload_len(content_and_padding)
    }

    fn payload_prefix_len(&self) -> usize {
        PREFIX_LEN
    }
}

/// A record that [`Numbered`] has sealed.
pub(super) struct Record<'a> {
    pub(super) typ: u8,
    pub(super) number: u64,
    pub(super) content: &'a [u8],
}

/// The records in `tls`, without their padding.
pub(super) fn records(mut tls: &[u8]) -> Vec<Record<'_>> {
    let mut records = vec![];
    while let [23, 3, 3, high, low, rest @ ..] = tls {
        let (payload, after) = rest.split_at(u16::from_be_bytes([*high, *low]).into());
        let (number, inner) = payload.split_at(PREFIX_LEN);
        let typ = inner
            .iter()
            .rposition(|byte| *byte != 0)
            .unwrap();
        records.push(Record {
            typ: inner[typ],
            number: u64::from_be_bytes(number.try_into().unwrap()),
            content: &inner[..typ],
        });
        tls = after;
    }
    assert_eq!(tls, []);
    records
}
