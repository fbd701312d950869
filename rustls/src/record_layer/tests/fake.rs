//! A fake provider that does not encrypt.

use alloc::boxed::Box;

use rustls::{CipherSuite, ContentType};

use super::{TAG_LEN, TLS12, TLS13};
use crate::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use crate::record::RecordHeader;

/// A provider whose behaviour is selected by the first byte of the key.
#[derive(Debug)]
pub(super) struct Fake;

/// Writes content, type and padding in the clear, and the sequence number plus 1 as the tag.
pub(super) const HONEST: u8 = 0;
/// Writes the content and then fails, or opens and then fails.
pub(super) const FAILING: u8 = 1;
/// Returns a content range that ends outside the payload.
pub(super) const POINTING_OUTSIDE: u8 = 2;
/// Returns a content range that ends before it starts.
pub(super) const POINTING_BACKWARDS: u8 = 3;
/// Rejects the key.
pub(super) const REJECTING: u8 = 4;
/// Claims a prefix that is longer than an empty payload.
pub(super) const PREFIX_TOO_LONG: u8 = 5;
/// Returns a content range that starts at the third byte.
pub(super) const CONTENT_FROM_THIRD_BYTE: u8 = 6;

impl RecordProvider for Fake {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        match suite {
            TLS13 => Some(&FakeAlgorithm { tls13: true }),
            TLS12 => Some(&FakeAlgorithm { tls13: false }),
            _ => None,
        }
    }
}

pub(super) struct FakeAlgorithm {
    tls13: bool,
}

impl AeadAlgorithm for FakeAlgorithm {
    fn key_len(&self) -> usize {
        1
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(FakeCipher::new(self.tls13, keys)?))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(FakeCipher::new(self.tls13, keys)?))
    }
}

pub(super) struct FakeCipher {
    tls13: bool,
    behaviour: u8,
}

impl FakeCipher {
    fn new(tls13: bool, keys: &TrafficKeys) -> Result<Self, InvalidKey> {
        match keys.key()[0] {
            REJECTING => Err(InvalidKey),
            behaviour => Ok(Self { tls13, behaviour }),
        }
    }

    pub(super) fn tag(seq: u64) -> [u8; TAG_LEN] {
        (u128::from(seq) + 1).to_be_bytes()
    }
}

impl MessageEncrypter for FakeCipher {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        record.content.place(out)?;
        if self.behaviour == FAILING {
            return Err(EncryptFailed);
        }
        let len = record.content.len();
        let (plaintext, tag) = out.split_at_mut(out.len() - TAG_LEN);
        if self.tls13 {
            plaintext[len] = u8::from(record.typ);
            plaintext[len + 1..].fill(0);
        }
        tag.copy_from_slice(&Self::tag(seq));
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + usize::from(self.tls13) + TAG_LEN
    }

    fn payload_prefix_len(&self) -> usize {
        match self.behaviour {
            PREFIX_TOO_LONG => 18,
            _ => 0,
        }
    }
}

impl MessageDecrypter for FakeCipher {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let (plaintext, tag) = payload
            .split_last_chunk::<TAG_LEN>()
            .ok_or(DecryptFailed::BadRecordMac)?;
        if *tag != Self::tag(seq) || self.behaviour == FAILING {
            return Err(DecryptFailed::BadRecordMac);
        }
        let (typ, end) = match self.tls13 {
            false => (header.typ(), plaintext.len()),
            true => {
                let end = plaintext
                    .iter()
                    .rposition(|byte| *byte != 0)
                    .ok_or(DecryptFailed::NoContentType)?;
                (ContentType::from(plaintext[end]), end)
            }
        };
        let content = match self.behaviour {
            POINTING_OUTSIDE => 0..payload.len() + 1,
            #[expect(clippy::reversed_empty_ranges)]
            POINTING_BACKWARDS => 2..1,
            CONTENT_FROM_THIRD_BYTE => 2..end,
            _ => 0..end,
        };
        Ok(Opened { typ, content })
    }

    /// Copies the whole plaintext, and returns the same range as in place.
    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let plaintext_len = self.decrypted_payload_len(payload.len());
        out[..plaintext_len].copy_from_slice(&payload[..plaintext_len]);
        self.decrypt_in_place(header, payload, seq)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(TAG_LEN)
    }
}
