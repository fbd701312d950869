//! A provider that protects nothing.

use alloc::boxed::Box;

use rustls::{CipherSuite, ContentType};

use super::{TAG_LEN, TLS12, TLS13};
use crate::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use crate::record::RecordHeader;

/// What it does is chosen by the first byte of the key.
#[derive(Debug)]
pub(super) struct Fake;

/// Shows content, type and padding, and puts the sequence number where the tag is.
pub(super) const HONEST: u8 = 0;
/// Writes the content and then fails, or opens and then fails.
pub(super) const FAILING: u8 = 1;
/// Points outside of what it opened.
pub(super) const POINTING_OUTSIDE: u8 = 2;
/// Points to an end before the start.
pub(super) const POINTING_BACKWARDS: u8 = 3;
/// Does not take the key.
pub(super) const PICKY: u8 = 4;
/// Has content begin behind the end of what is sealed.
pub(super) const BEGINNING_OUTSIDE: u8 = 5;
/// Points to content that begins in the third byte.
pub(super) const BEGINNING_LATER: u8 = 6;

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
            PICKY => Err(InvalidKey),
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
            BEGINNING_OUTSIDE => 18,
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
            BEGINNING_LATER => 2..end,
            _ => 0..end,
        };
        Ok(Opened { typ, content })
    }

    /// Opens all of it, and says the same of it as where it lies.
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
