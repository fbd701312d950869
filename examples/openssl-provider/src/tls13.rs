//! Protection of TLS 1.3 records. RFC 8446 s5.2.

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{
    Content, DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, Opened,
    OutboundRecord,
};
use rustls_direct::record::RecordHeader;

use crate::aead::{Opener, Sealer, TAG_LEN};

/// Bytes of a payload besides content and padding: the type byte and the tag.
const OVERHEAD: usize = 1 + TAG_LEN;

/// Seals under one key and iv.
pub(crate) struct Tls13Encrypter {
    pub(crate) sealer: Sealer,
    pub(crate) iv: Iv,
}

impl MessageEncrypter for Tls13Encrypter {
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
        let (content, typ_and_padding) = plaintext
            .split_at_mut_checked(record.content.len())
            .ok_or(EncryptFailed)?;
        let (typ, padding) = typ_and_padding
            .split_first_mut()
            .ok_or(EncryptFailed)?;
        if padding.len() != record.padding {
            return Err(EncryptFailed);
        }
        *typ = record.typ.into();
        padding.fill(0);

        self.sealer
            .begin(&self.iv.nonce(seq), header.as_bytes())?;
        seal_content(&mut self.sealer, &record.content, content)?;
        self.sealer
            .update_in_place(typ_and_padding)?;
        self.sealer.finish(tag)?;
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding.saturating_add(OVERHEAD)
    }

    fn payload_prefix_len(&self) -> usize {
        0
    }
}

/// Seals content into `out`, which has the content's length.
///
/// Content in one slice is sealed out of place. Other content is copied to `out`, unless it is already there, and
/// sealed in place.
pub(crate) fn seal_content(
    sealer: &mut Sealer,
    content: &Content<'_>,
    out: &mut [u8],
) -> Result<(), EncryptFailed> {
    match content {
        Content::Chunks(OutboundChunks::Single(content)) => sealer.update(content, out)?,
        content => {
            content.place(out)?;
            sealer.update_in_place(out)?;
        }
    }
    Ok(())
}

/// Returns the header of an outgoing record with a payload of `payload_len` bytes, which is the additional data.
fn header(payload_len: usize) -> Option<RecordHeader> {
    let payload_len = u16::try_from(payload_len).ok()?;
    Some(RecordHeader::new(
        ContentType::ApplicationData.into(),
        payload_len,
    ))
}

/// Opens under one key and iv.
pub(crate) struct Tls13Decrypter {
    pub(crate) opener: Opener,
    pub(crate) iv: Iv,
}

impl MessageDecrypter for Tls13Decrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let (in_out, tag) = payload
            .split_last_chunk_mut()
            .ok_or(DecryptFailed::BadRecordMac)?;
        self.opener
            .open_in_place(&self.iv.nonce(seq), header.as_bytes(), in_out, tag)?;
        Opened::of_inner_plaintext(in_out)
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
        let out = out
            .get_mut(..ciphertext.len())
            .ok_or(DecryptFailed::BadRecordMac)?;
        self.opener
            .open(&self.iv.nonce(seq), header.as_bytes(), ciphertext, tag, out)?;
        Opened::of_inner_plaintext(out)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(TAG_LEN)
    }
}

#[cfg(test)]
mod tests {
    use rustls_direct::cipher::TrafficKeys;

    use super::*;
    use crate::aead::AES_128_GCM;

    fn keys() -> TrafficKeys {
        TrafficKeys::new(&[1; 16], &[2; 12]).unwrap()
    }

    fn encrypter() -> Tls13Encrypter {
        Tls13Encrypter {
            sealer: AES_128_GCM
                .sealer(keys().key())
                .unwrap(),
            iv: keys().iv().clone(),
        }
    }

    fn decrypter() -> Tls13Decrypter {
        Tls13Decrypter {
            opener: AES_128_GCM
                .opener(keys().key())
                .unwrap(),
            iv: keys().iv().clone(),
        }
    }

    fn handshake(content: Content<'_>) -> OutboundRecord<'_> {
        OutboundRecord::new(ContentType::Handshake, content)
    }

    #[test]
    fn an_output_of_another_length_is_refused() {
        for len in (0..100).filter(|len| *len != 3 + 10 + OVERHEAD) {
            let mut out = [0; 100];
            for content in [b"abc"[..].into(), Content::InPlace { len: 3 }] {
                let record = handshake(content).padded(10);
                let sealed = encrypter().encrypt_into(record, 0, &mut out[..len]);
                assert_eq!(sealed, Err(EncryptFailed));
            }
        }
    }

    #[test]
    fn absurd_lengths_are_refused() {
        let out = &mut [0; 40][..];
        let record = handshake(Content::InPlace { len: usize::MAX });
        assert_eq!(encrypter().encrypt_into(record, 0, out), Err(EncryptFailed));
        let record = handshake(b"abc"[..].into()).padded(usize::MAX);
        assert_eq!(encrypter().encrypt_into(record, 0, out), Err(EncryptFailed));
        assert_eq!(encrypter().encrypted_payload_len(usize::MAX), usize::MAX);
        // Longer than the length field of a header allows.
        for len in [65_536, 70_000] {
            let out = &mut vec![0; len][..];
            let record = handshake(Content::InPlace {
                len: len - OVERHEAD,
            });
            assert_eq!(encrypter().encrypt_into(record, 0, out), Err(EncryptFailed));
            let header = RecordHeader::new(23, 0);
            let opened = decrypter().decrypt_in_place(header, out, 0);
            assert_eq!(opened, Err(DecryptFailed::BadRecordMac));
        }
    }

    #[test]
    fn a_payload_that_is_too_short_is_refused() {
        for len in 0..OVERHEAD {
            let payload = &mut [0; OVERHEAD][..len];
            let header = header(len).unwrap();
            let in_place = decrypter().decrypt_in_place(header, payload, 0);
            let into = decrypter().decrypt_into(header, payload, 0, &mut []);
            let failed = Err(DecryptFailed::BadRecordMac);
            assert_eq!((&in_place, &into), (&failed, &failed));
        }
    }
}
