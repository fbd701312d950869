//! Protection of TLS 1.3 records. RFC 8446 s5.2.

use aes_gcm::aead::inout::InOutBuf;
use rustls::ContentType;
use rustls_direct::cipher::{
    DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, Opened, OutboundRecord,
};
use rustls_direct::record::RecordHeader;

use crate::aead::{self, Aead, TAG_LEN};
use crate::algorithm::Protection;

/// What a payload holds besides content and padding: the type byte and the tag.
const OVERHEAD: usize = 1 + TAG_LEN;

/// One direction's key and iv.
pub(crate) struct Tls13<A> {
    aead: A,
    iv: Iv,
}

impl<A: Aead> Protection for Tls13<A> {
    type Aead = A;

    fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }
}

impl<A: Aead> MessageEncrypter for Tls13<A> {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let header = header(out.len()).ok_or(EncryptFailed)?;
        let (plaintext, tag) = out
            .split_last_chunk_mut()
            .ok_or(EncryptFailed)?;
        place(&record, plaintext)?;
        let nonce = self.iv.nonce(seq);
        *tag = aead::seal(&self.aead, nonce, header.as_bytes(), plaintext.into())?;
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding.saturating_add(OVERHEAD)
    }

    fn payload_prefix_len(&self) -> usize {
        0
    }
}

/// The header that the record layer writes before a payload of so many bytes: the additional data.
fn header(payload_len: usize) -> Option<RecordHeader> {
    let payload_len = u16::try_from(payload_len).ok()?;
    Some(RecordHeader::new(
        ContentType::ApplicationData.into(),
        payload_len,
    ))
}

/// Makes all of `plaintext` the content, its type and the padding.
///
/// The AEAD call takes one buffer, and the type is not in the caller's: so the content is copied to where the type can
/// stand behind it. [`Content::InPlace`](rustls_direct::cipher::Content::InPlace) is there already.
fn place(record: &OutboundRecord<'_>, plaintext: &mut [u8]) -> Result<(), EncryptFailed> {
    let (content, rest) = plaintext
        .split_at_mut_checked(record.content.len())
        .ok_or(EncryptFailed)?;
    let (typ, padding) = rest
        .split_first_mut()
        .ok_or(EncryptFailed)?;
    if padding.len() != record.padding {
        return Err(EncryptFailed);
    }
    record.content.place(content)?;
    *typ = record.typ.into();
    padding.fill(0);
    Ok(())
}

impl<A: Aead> MessageDecrypter for Tls13<A> {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let (plaintext, tag) = payload
            .split_last_chunk_mut()
            .ok_or(DecryptFailed::BadRecordMac)?;
        let in_out = InOutBuf::from(&mut *plaintext);
        let nonce = self.iv.nonce(seq);
        aead::open(&self.aead, nonce, header.as_bytes(), in_out, tag)?;
        opened(plaintext)
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let (ciphertext, tag) = payload
            .split_last_chunk()
            .ok_or(DecryptFailed::BadRecordMac)?;
        let plaintext = out
            .get_mut(..ciphertext.len())
            .ok_or(DecryptFailed::BadRecordMac)?;
        let buffer =
            InOutBuf::new(ciphertext, plaintext).map_err(|_| DecryptFailed::BadRecordMac)?;
        let nonce = self.iv.nonce(seq);
        aead::open(&self.aead, nonce, header.as_bytes(), buffer, tag)?;
        opened(plaintext)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(TAG_LEN)
    }
}

/// The type is the last byte that is not zero, and the content is what stands before it. RFC 8446 s5.4.
fn opened(plaintext: &[u8]) -> Result<Opened, DecryptFailed> {
    let content_len = plaintext
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(DecryptFailed::NoContentType)?;
    Ok(Opened {
        typ: plaintext[content_len].into(),
        content: 0..content_len,
    })
}
