//! Records of ours that are odd in one way.

use rustls::{CipherSuite, ContentType};
use rustls_direct::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::record::RecordHeader;

/// What is odd.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Odd {
    /// How long a key is to be.
    KeyLen(usize),
    /// No key will do.
    TakesNoKey,
    /// It claims more bytes for each record than there can be.
    AddsTooMuch,
    /// Of a record that was opened it leaves only the content, and zeros.
    Wipes,
    /// Its first handshake message begins with a record of one byte, 0, and as much padding as it had bytes.
    BeginsWithZero,
}

#[derive(Debug)]
pub(crate) struct OddProvider {
    pub(crate) like: &'static dyn RecordProvider,
    pub(crate) odd: Odd,
}

impl RecordProvider for OddProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let like = self.like.algorithm(suite)?;
        Some(Box::leak(Box::new(OddAlgorithm {
            like,
            odd: self.odd,
        })))
    }
}

struct OddAlgorithm {
    like: &'static dyn AeadAlgorithm,
    odd: Odd,
}

impl AeadAlgorithm for OddAlgorithm {
    fn key_len(&self) -> usize {
        match self.odd {
            Odd::KeyLen(len) => len,
            _ => self.like.key_len(),
        }
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        if let Odd::TakesNoKey = self.odd {
            return Err(InvalidKey);
        }
        Ok(Box::new(OddEncrypter {
            like: self.like.encrypter(keys)?,
            odd: self.odd,
            has_begun: false,
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        if let Odd::TakesNoKey = self.odd {
            return Err(InvalidKey);
        }
        Ok(Box::new(OddDecrypter {
            like: self.like.decrypter(keys)?,
            odd: self.odd,
        }))
    }
}

struct OddEncrypter {
    like: Box<dyn MessageEncrypter>,
    odd: Odd,
    has_begun: bool,
}

impl MessageEncrypter for OddEncrypter {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        match self.odd {
            Odd::BeginsWithZero if record.typ == ContentType::Handshake && !self.has_begun => {
                self.has_begun = true;
                let zero = OutboundRecord::new(record.typ, [0][..].into());
                let zero = zero.padded(record.content.len() - 1);
                self.like.encrypt_into(zero, seq, out)
            }
            _ => self.like.encrypt_into(record, seq, out),
        }
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        match self.odd {
            Odd::AddsTooMuch => usize::MAX,
            _ => self
                .like
                .encrypted_payload_len(content_and_padding),
        }
    }

    fn payload_prefix_len(&self) -> usize {
        self.like.payload_prefix_len()
    }
}

struct OddDecrypter {
    like: Box<dyn MessageDecrypter>,
    odd: Odd,
}

impl MessageDecrypter for OddDecrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let opened = self
            .like
            .decrypt_in_place(header, payload, seq)?;
        if let Odd::Wipes = self.odd {
            payload[opened.content.end..].fill(0);
        }
        Ok(opened)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.like
            .decrypted_payload_len(payload_len)
    }
}
