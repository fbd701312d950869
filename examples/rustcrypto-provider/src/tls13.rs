//! Protection of TLS 1.3 records. RFC 8446 s5.2.

use aes_gcm::aead::inout::InOutBuf;
use rustls::ContentType;
use rustls_direct::cipher::{
    DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, Opened, OutboundRecord,
};
use rustls_direct::record::RecordHeader;

use crate::aead::{self, Aead, TAG_LEN};
use crate::algorithm::Protection;

/// Bytes of a payload besides content and padding: the type byte and the tag.
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

/// Returns the header that the record layer writes before a payload of `payload_len` bytes: the additional data.
fn header(payload_len: usize) -> Option<RecordHeader> {
    let payload_len = u16::try_from(payload_len).ok()?;
    Some(RecordHeader::new(
        ContentType::ApplicationData.into(),
        payload_len,
    ))
}

/// Fills `plaintext` with the content, its type and the padding.
///
/// The AEAD call takes one buffer, and the caller's slice has no room for the type. So the content is copied in front
/// of the type. [`Content::InPlace`](rustls_direct::cipher::Content::InPlace) is already there.
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
        Opened::of_inner_plaintext(plaintext)
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
        Opened::of_inner_plaintext(plaintext)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(TAG_LEN)
    }
}

#[cfg(test)]
mod tests {
    use aes_gcm::{Aes128Gcm, KeyInit};
    use rustls_direct::cipher::{Content, TrafficKeys};

    use super::*;

    fn aes() -> Tls13<Aes128Gcm> {
        let keys = TrafficKeys::new(&[1; 16], &[2; 12]).unwrap();
        Tls13::new(
            Aes128Gcm::new_from_slice(keys.key()).unwrap(),
            keys.iv().clone(),
        )
    }

    fn handshake(content: Content<'_>) -> OutboundRecord<'_> {
        OutboundRecord::new(ContentType::Handshake, content)
    }

    #[test]
    fn an_output_of_another_length_is_refused() {
        for len in (0..100).filter(|len| *len != 3 + 10 + OVERHEAD) {
            let mut out = [0; 100];
            for content in [b"abc"[..].into(), Content::InPlace { len: 3 }] {
                let sealed = aes().encrypt_into(handshake(content).padded(10), 0, &mut out[..len]);
                assert_eq!(sealed, Err(EncryptFailed));
            }
        }
    }

    #[test]
    fn absurd_lengths_are_refused() {
        let out = &mut [0; 40][..];
        let record = || handshake(Content::InPlace { len: usize::MAX });
        assert_eq!(aes().encrypt_into(record(), 0, out), Err(EncryptFailed));
        let record = || handshake(b"abc"[..].into()).padded(usize::MAX);
        assert_eq!(aes().encrypt_into(record(), 0, out), Err(EncryptFailed));
        assert_eq!(aes().encrypted_payload_len(usize::MAX), usize::MAX);
    }

    #[test]
    fn type_and_content_are_found_before_the_padding() {
        let mut payload = [0; 3 + 10 + OVERHEAD];
        let header = header(payload.len()).unwrap();
        aes()
            .encrypt_into(handshake(b"abc"[..].into()).padded(10), 7, &mut payload)
            .unwrap();
        let mut out = [0; 50];
        let into = aes().decrypt_into(header, &mut payload, 7, &mut out);
        let in_place = aes().decrypt_in_place(header, &mut payload, 7);
        let expected = Opened {
            typ: ContentType::Handshake,
            content: 0..3,
        };
        assert_eq!((into, in_place), (Ok(expected.clone()), Ok(expected)));
        assert_eq!((&out[..3], &payload[..3]), (&b"abc"[..], &b"abc"[..]));
    }

    #[test]
    fn a_payload_that_is_too_short_is_refused() {
        for len in 0..OVERHEAD {
            let payload = &mut [0; OVERHEAD][..len];
            let header = header(len).unwrap();
            let in_place = aes().decrypt_in_place(header, payload, 0);
            let into = aes().decrypt_into(header, payload, 0, &mut []);
            let failed = Err(DecryptFailed::BadRecordMac);
            assert_eq!((&in_place, &into), (&failed, &failed));
        }
    }

    #[test]
    fn a_plaintext_of_zeros_has_no_content_type() {
        let mut payload = [0; 5 + TAG_LEN];
        let header = header(payload.len()).unwrap();
        let (plaintext, tag) = payload.split_last_chunk_mut().unwrap();
        let aes = &mut aes();
        let nonce = aes.iv.nonce(0);
        *tag = aead::seal(&aes.aead, nonce, header.as_bytes(), plaintext.into()).unwrap();
        assert_eq!(
            aes.decrypt_in_place(header, &mut payload, 0),
            Err(DecryptFailed::NoContentType)
        );
    }
}
