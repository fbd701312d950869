//! Protection of TLS 1.2 records with an AEAD. RFC 5246 s6.2.3.3.

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;

use super::aead::{Aead, NotAuthentic, type_byte};
use super::suites::TAG_LEN;
use crate::cipher::{
    Content, DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, NONCE_LEN,
    Opened, OutboundRecord,
};
use crate::record::RecordHeader;

/// CHACHA20-POLY1305 shows none. RFC 7905 s2.
pub(super) const CHACHA20_EXPLICIT_NONCE_LEN: usize = 0;

/// `PREFIX` is the number of nonce bytes on the wire.
///
/// The explicit nonce of AES-GCM goes on as rustls begins it during the handshake, the iv XOR the sequence number, so
/// that it never meets that of the Finished record.
pub(super) struct Tls12Encrypter<A, const PREFIX: usize> {
    aead: A,
    iv: Iv,
}

impl<A, const PREFIX: usize> Tls12Encrypter<A, PREFIX> {
    pub(super) fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }
}

impl<A: Aead, const PREFIX: usize> Tls12Encrypter<A, PREFIX> {
    /// The nonce and additional data of a record, and where its ciphertext and tag belong, behind the explicit nonce.
    #[inline(always)]
    fn aead_inputs<'a>(
        &self,
        record: &OutboundRecord<'_>,
        seq: u64,
        payload: &'a mut [u8],
    ) -> Result<AeadInputs<'a>, EncryptFailed> {
        let content_len = record.content.len();
        if payload.len() != self.encrypted_payload_len(content_len) || record.padding != 0 {
            return Err(EncryptFailed);
        }
        let nonce = self.iv.nonce(seq);
        let aad = additional_data(seq, record.typ, content_len).ok_or(EncryptFailed)?;
        let (prefix, sealed) = payload.split_at_mut(PREFIX);
        prefix.copy_from_slice(&nonce[NONCE_LEN - PREFIX..]);
        Ok(AeadInputs { nonce, aad, sealed })
    }

    /// Seals where the record lies, once its content was put there. Not in line, for the same reason as in TLS 1.3.
    #[inline(never)]
    fn place_and_seal(
        &self,
        record: &OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let AeadInputs { nonce, aad, sealed } = self.aead_inputs(record, seq, out)?;
        let content_len = sealed
            .len()
            .checked_sub(TAG_LEN)
            .ok_or(EncryptFailed)?;
        record
            .content
            .fill(&mut sealed[..content_len])?;
        self.aead
            .seal_in_place(nonce, &aad, sealed)
    }
}

impl<A: Aead, const PREFIX: usize> MessageEncrypter for Tls12Encrypter<A, PREFIX> {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        match record.content {
            Content::Chunks(OutboundChunks::Single(content))
                if content.len() >= self.aead.min_out_of_place_len() =>
            {
                let AeadInputs { nonce, aad, sealed } = self.aead_inputs(&record, seq, out)?;
                self.aead
                    .seal(nonce, &aad, content, &[], sealed)
            }
            _ => self.place_and_seal(&record, seq, out),
        }
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        PREFIX + content_and_padding + TAG_LEN
    }

    fn payload_prefix_len(&self) -> usize {
        PREFIX
    }
}

/// `PREFIX` as for [`Tls12Encrypter`].
pub(super) struct Tls12Decrypter<A, const PREFIX: usize> {
    aead: A,
    iv: Iv,
}

impl<A, const PREFIX: usize> Tls12Decrypter<A, PREFIX> {
    pub(super) fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }

    /// The nonce and additional data of a record, and its ciphertext and tag.
    ///
    /// An explicit nonce is used as it was sent: it need not be what we would have sent. RFC 5288 s3.
    fn aead_inputs<'a>(
        &self,
        header: RecordHeader,
        payload: &'a mut [u8],
        seq: u64,
    ) -> Result<AeadInputs<'a>, NotAuthentic> {
        let content_len = payload
            .len()
            .checked_sub(PREFIX + TAG_LEN)
            .ok_or(NotAuthentic)?;
        let aad = additional_data(seq, header.typ(), content_len).ok_or(NotAuthentic)?;
        let (prefix, sealed) = payload.split_at_mut(PREFIX);
        let mut nonce = self.iv.nonce(seq);
        nonce[NONCE_LEN - PREFIX..].copy_from_slice(prefix);
        Ok(AeadInputs { nonce, aad, sealed })
    }
}

impl<A: Aead, const PREFIX: usize> MessageDecrypter for Tls12Decrypter<A, PREFIX> {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let AeadInputs { nonce, aad, sealed } = self.aead_inputs(header, payload, seq)?;
        self.aead
            .open_in_place(nonce, &aad, sealed)?;
        Ok(Opened {
            typ: header.typ(),
            content: PREFIX..payload.len() - TAG_LEN,
        })
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let content_len = self.decrypted_payload_len(payload.len());
        let out = out
            .get_mut(..content_len)
            .ok_or(NotAuthentic)?;
        let AeadInputs { nonce, aad, sealed } = self.aead_inputs(header, payload, seq)?;
        self.aead
            .open(nonce, &aad, sealed, out)?;
        Ok(Opened {
            typ: header.typ(),
            content: 0..content_len,
        })
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(PREFIX + TAG_LEN)
    }
}

/// What sealing or opening a record takes.
struct AeadInputs<'a> {
    nonce: [u8; NONCE_LEN],
    aad: [u8; AAD_LEN],
    /// Ciphertext and tag, or where they belong.
    sealed: &'a mut [u8],
}

const AAD_LEN: usize = 8 + 1 + 2 + 2;

/// Sequence number, type, version and the length of the content. `None` if that does not fit its two bytes.
fn additional_data(seq: u64, typ: ContentType, content_len: usize) -> Option<[u8; AAD_LEN]> {
    let header = RecordHeader::new(type_byte(typ), u16::try_from(content_len).ok()?);
    let mut aad = [0; AAD_LEN];
    aad[..8].copy_from_slice(&seq.to_be_bytes());
    aad[8..].copy_from_slice(header.as_bytes());
    Some(aad)
}
