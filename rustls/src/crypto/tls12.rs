//! Protects TLS 1.2 records with an AEAD. RFC 5246 s6.2.3.3.

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;

use super::aead::{Aead, NotAuthentic, type_byte};
use super::suites::TAG_LEN;
use crate::cipher::{
    Content, DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, NONCE_LEN,
    Opened, OutboundRecord,
};
use crate::record::RecordHeader;

/// Length in bytes of the explicit nonce of CHACHA20-POLY1305, which has none. RFC 7905 s2.
pub(super) const CHACHA20_EXPLICIT_NONCE_LEN: usize = 0;

/// Seals TLS 1.2 records. `PREFIX` is the length of the explicit nonce.
///
/// The explicit nonce of AES-GCM is the last 8 bytes of the iv XOR the sequence number. rustls computes it in the same
/// way during the handshake, so no record repeats the explicit nonce of the Finished record.
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
    /// Writes the explicit nonce, and returns the inputs of the AEAD with the place for ciphertext and tag.
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

    /// Copies the content into the output and seals it in place. Not inlined, for the same reason as in TLS 1.3.
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

/// Opens TLS 1.2 records. `PREFIX` is the length of the explicit nonce.
pub(super) struct Tls12Decrypter<A, const PREFIX: usize> {
    aead: A,
    iv: Iv,
}

impl<A, const PREFIX: usize> Tls12Decrypter<A, PREFIX> {
    pub(super) fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }

    /// Reads the explicit nonce, and returns the inputs of the AEAD with ciphertext and tag.
    ///
    /// The explicit nonce is used as the peer sent it: peers may choose it in other ways than we do. RFC 5288 s3.
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

/// The inputs of an AEAD call.
struct AeadInputs<'a> {
    nonce: [u8; NONCE_LEN],
    aad: [u8; AAD_LEN],
    /// Ciphertext and tag, or the place for them.
    sealed: &'a mut [u8],
}

const AAD_LEN: usize = 8 + 1 + 2 + 2;

/// Makes the additional data: sequence number, type, version and the content's length.
///
/// `None` if the length does not fit into two bytes.
fn additional_data(seq: u64, typ: ContentType, content_len: usize) -> Option<[u8; AAD_LEN]> {
    let header = RecordHeader::new(type_byte(typ), u16::try_from(content_len).ok()?);
    let mut aad = [0; AAD_LEN];
    aad[..8].copy_from_slice(&seq.to_be_bytes());
    aad[8..].copy_from_slice(header.as_bytes());
    Some(aad)
}
