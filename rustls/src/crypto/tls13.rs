//! Protects TLS 1.3 records. RFC 8446 s5.2.

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;

use super::aead::{Aead, NotAuthentic, type_byte};
use super::suites::TAG_LEN;
use crate::cipher::{
    Content, DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, Opened,
    OutboundRecord,
};
use crate::record::{APPLICATION_DATA, RecordHeader};

/// Bytes that a payload adds to content and padding: the type byte and the tag.
const OVERHEAD: usize = 1 + TAG_LEN;

/// Seals TLS 1.3 records.
pub(super) struct Tls13Encrypter<A> {
    aead: A,
    iv: Iv,
}

impl<A> Tls13Encrypter<A> {
    pub(super) fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }
}

impl<A: Aead> Tls13Encrypter<A> {
    /// Copies content, type and padding into the output and seals them in place. Content that is in place is not
    /// copied.
    ///
    /// This handles every record that is not sealed from slice to slice. It is not inlined, so that sealing from slice
    /// to slice is a short path that saves no registers for this one.
    #[inline(never)]
    fn place_and_seal(
        &self,
        record: &OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let content_len = record.content.len();
        if out.len() != self.encrypted_payload_len(content_len + record.padding) {
            return Err(EncryptFailed);
        }
        let header = outgoing_header(out)?;
        record.content.place(out)?;
        out[content_len] = type_byte(record.typ);
        if record.padding != 0 {
            out[content_len + 1..][..record.padding].fill(0);
        }
        self.aead
            .seal_in_place(self.iv.nonce(seq), header.as_bytes(), out)
    }
}

/// Makes the header of an outgoing record with this payload.
#[inline(always)]
fn outgoing_header(payload: &[u8]) -> Result<RecordHeader, EncryptFailed> {
    u16::try_from(payload.len())
        .map(|len| RecordHeader::new(APPLICATION_DATA, len))
        .map_err(|_| EncryptFailed)
}

impl<A: Aead> MessageEncrypter for Tls13Encrypter<A> {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        match (record.typ, &record.content, record.padding) {
            (ContentType::ApplicationData, Content::Chunks(OutboundChunks::Single(content)), 0)
                if content.len() >= self.aead.min_out_of_place_len() =>
            {
                let nonce = self.iv.nonce(seq);
                let header = outgoing_header(out)?;
                self.aead
                    .seal(nonce, header.as_bytes(), content, &[APPLICATION_DATA], out)
            }
            _ => self.place_and_seal(&record, seq, out),
        }
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + OVERHEAD
    }

    fn payload_prefix_len(&self) -> usize {
        0
    }
}

/// Opens TLS 1.3 records.
pub(super) struct Tls13Decrypter<A> {
    aead: A,
    iv: Iv,
}

impl<A> Tls13Decrypter<A> {
    pub(super) fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }
}

impl<A: Aead> MessageDecrypter for Tls13Decrypter<A> {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        self.aead
            .open_in_place(self.iv.nonce(seq), header.as_bytes(), payload)?;
        Opened::of_inner_plaintext(&payload[..payload.len() - TAG_LEN])
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let out = out
            .get_mut(..self.decrypted_payload_len(payload.len()))
            .ok_or(NotAuthentic)?;
        self.aead
            .open(self.iv.nonce(seq), header.as_bytes(), payload, out)?;
        Opened::of_inner_plaintext(out)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(TAG_LEN)
    }
}
