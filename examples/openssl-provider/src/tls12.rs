//! Protection of TLS 1.2 records with an AEAD. RFC 5246 s6.2.3.3.
//!
//! With AES-GCM, the last 8 bytes of the nonce precede the ciphertext (RFC 5288 s3). With CHACHA20-POLY1305, no part of
//! the nonce is on the wire (RFC 7905 s2).

use rustls::ContentType;
use rustls_direct::cipher::{
    DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, NONCE_LEN, Opened,
    OutboundRecord,
};
use rustls_direct::record::RecordHeader;

use crate::aead::{Opener, Sealer, TAG_LEN};
use crate::tls13::seal_content;

/// Seals under one key and iv, with `EXPLICIT_NONCE_LEN` bytes of nonce before the ciphertext.
pub(crate) struct Tls12Encrypter<const EXPLICIT_NONCE_LEN: usize> {
    pub(crate) sealer: Sealer,
    pub(crate) iv: Iv,
}

impl<const EXPLICIT_NONCE_LEN: usize> MessageEncrypter for Tls12Encrypter<EXPLICIT_NONCE_LEN> {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let (explicit_nonce, sealed) = out
            .split_first_chunk_mut::<EXPLICIT_NONCE_LEN>()
            .ok_or(EncryptFailed)?;
        let (ciphertext, tag) = sealed
            .split_last_chunk_mut()
            .ok_or(EncryptFailed)?;
        let content_len = record.content.len();
        if content_len != ciphertext.len() || record.padding != 0 {
            return Err(EncryptFailed);
        }
        let additional_data = additional_data(seq, record.typ, content_len).ok_or(EncryptFailed)?;
        let nonce = self.iv.nonce(seq);
        explicit_nonce.copy_from_slice(&nonce[NONCE_LEN - EXPLICIT_NONCE_LEN..]);

        self.sealer
            .begin(&nonce, &additional_data)?;
        seal_content(&mut self.sealer, &record.content, ciphertext)?;
        self.sealer.finish(tag)?;
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding.saturating_add(EXPLICIT_NONCE_LEN + TAG_LEN)
    }

    fn payload_prefix_len(&self) -> usize {
        EXPLICIT_NONCE_LEN
    }
}

/// Opens under one key and iv, with `EXPLICIT_NONCE_LEN` bytes of nonce before the ciphertext.
pub(crate) struct Tls12Decrypter<const EXPLICIT_NONCE_LEN: usize> {
    pub(crate) opener: Opener,
    pub(crate) iv: Iv,
}

impl<const EXPLICIT_NONCE_LEN: usize> Tls12Decrypter<EXPLICIT_NONCE_LEN> {
    /// Returns the nonce of a received record, whose explicit part the peer has chosen.
    fn nonce(&self, seq: u64, explicit_nonce: &[u8; EXPLICIT_NONCE_LEN]) -> [u8; NONCE_LEN] {
        let mut nonce = self.iv.nonce(seq);
        nonce[NONCE_LEN - EXPLICIT_NONCE_LEN..].copy_from_slice(explicit_nonce);
        nonce
    }
}

impl<const EXPLICIT_NONCE_LEN: usize> MessageDecrypter for Tls12Decrypter<EXPLICIT_NONCE_LEN> {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let (explicit_nonce, sealed) = payload
            .split_first_chunk_mut()
            .ok_or(DecryptFailed::BadRecordMac)?;
        let (in_out, tag) = sealed
            .split_last_chunk_mut()
            .ok_or(DecryptFailed::BadRecordMac)?;
        let nonce = self.nonce(seq, explicit_nonce);
        let additional_data =
            additional_data(seq, header.typ(), in_out.len()).ok_or(DecryptFailed::BadRecordMac)?;
        self.opener
            .open_in_place(&nonce, &additional_data, in_out, tag)?;
        Ok(Opened {
            typ: header.typ(),
            content: EXPLICIT_NONCE_LEN..EXPLICIT_NONCE_LEN + in_out.len(),
        })
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let (explicit_nonce, sealed) = payload
            .split_first_chunk()
            .ok_or(DecryptFailed::BadRecordMac)?;
        let (ciphertext, tag) = sealed
            .split_last_chunk()
            .ok_or(DecryptFailed::BadRecordMac)?;
        let out = out
            .get_mut(..ciphertext.len())
            .ok_or(DecryptFailed::BadRecordMac)?;
        let nonce = self.nonce(seq, explicit_nonce);
        let additional_data = additional_data(seq, header.typ(), ciphertext.len())
            .ok_or(DecryptFailed::BadRecordMac)?;
        self.opener
            .open(&nonce, &additional_data, ciphertext, tag, out)?;
        Ok(Opened {
            typ: header.typ(),
            content: 0..out.len(),
        })
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(EXPLICIT_NONCE_LEN + TAG_LEN)
    }
}

const ADDITIONAL_DATA_LEN: usize = 8 + 1 + 2 + 2;

/// Returns sequence number, type, version and content length, or `None` if the length does not fit into two bytes.
fn additional_data(
    seq: u64,
    typ: ContentType,
    content_len: usize,
) -> Option<[u8; ADDITIONAL_DATA_LEN]> {
    let content_len = u16::try_from(content_len).ok()?;
    let mut additional_data = [0; ADDITIONAL_DATA_LEN];
    let (seq_out, header_out) = additional_data.split_at_mut(8);
    seq_out.copy_from_slice(&seq.to_be_bytes());
    header_out.copy_from_slice(RecordHeader::new(typ.into(), content_len).as_bytes());
    Some(additional_data)
}
