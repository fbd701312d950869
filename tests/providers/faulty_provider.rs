//! A record provider with one fault.

use rustls::{CipherSuite, ContentType};
use rustls_direct::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::record::RecordHeader;

/// A fault of a record provider.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The required length of a key.
    KeyLen(usize),
    /// Every key is rejected.
    RejectsKeys,
    /// The overhead of a record is longer than is possible.
    OverheadTooLarge,
    /// An opened record keeps only its content, and the rest is zeros.
    WipesAfterOpening,
    /// The first handshake message begins with a record of the byte 0, padded to the length of the message.
    BeginsWithZeroByte,
}

#[derive(Debug)]
pub(crate) struct FaultyProvider {
    pub(crate) inner: &'static dyn RecordProvider,
    pub(crate) fault: Fault,
}

impl RecordProvider for FaultyProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let inner = self.inner.algorithm(suite)?;
        Some(Box::leak(Box::new(FaultyAlgorithm {
            inner,
            fault: self.fault,
        })))
    }
}

struct FaultyAlgorithm {
    inner: &'static dyn AeadAlgorithm,
    fault: Fault,
}

impl AeadAlgorithm for FaultyAlgorithm {
    fn key_len(&self) -> usize {
        match self.fault {
            Fault::KeyLen(len) => len,
            _ => self.inner.key_len(),
        }
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        if let Fault::RejectsKeys = self.fault {
            return Err(InvalidKey);
        }
        Ok(Box::new(FaultyEncrypter {
            inner: self.inner.encrypter(keys)?,
            fault: self.fault,
            has_begun: false,
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        if let Fault::RejectsKeys = self.fault {
            return Err(InvalidKey);
        }
        Ok(Box::new(FaultyDecrypter {
            inner: self.inner.decrypter(keys)?,
            fault: self.fault,
        }))
    }
}

struct FaultyEncrypter {
    inner: Box<dyn MessageEncrypter>,
    fault: Fault,
    has_begun: bool,
}

impl MessageEncrypter for FaultyEncrypter {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        match self.fault {
            Fault::BeginsWithZeroByte
                if record.typ == ContentType::Handshake && !self.has_begun =>
            {
                self.has_begun = true;
                let zero = OutboundRecord::new(record.typ, [0][..].into());
                let zero = zero.padded(record.content.len() - 1);
                self.inner.encrypt_into(zero, seq, out)
            }
            _ => self
                .inner
                .encrypt_into(record, seq, out),
        }
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        match self.fault {
            Fault::OverheadTooLarge => usize::MAX,
            _ => self
                .inner
                .encrypted_payload_len(content_and_padding),
        }
    }

    fn payload_prefix_len(&self) -> usize {
        self.inner.payload_prefix_len()
    }
}

struct FaultyDecrypter {
    inner: Box<dyn MessageDecrypter>,
    fault: Fault,
}

impl MessageDecrypter for FaultyDecrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let opened = self
            .inner
            .decrypt_in_place(header, payload, seq)?;
        if let Fault::WipesAfterOpening = self.fault {
            payload[opened.content.end..].fill(0);
        }
        Ok(opened)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.inner
            .decrypted_payload_len(payload_len)
    }
}
