//! Protection of TLS 1.2 records with an AEAD. RFC 5246 s6.2.3.3.

use aes_gcm::aead::inout::InOutBuf;
use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{
    Content, DecryptFailed, EncryptFailed, Iv, MessageDecrypter, MessageEncrypter, NONCE_LEN,
    Opened, OutboundRecord,
};
use rustls_direct::record::RecordHeader;

use crate::aead::{self, Aead, TAG_LEN};
use crate::algorithm::Protection;

/// With AES-GCM the last eight bytes of the nonce precede the ciphertext. RFC 5288 s3.
pub(crate) type Tls12Gcm<A> = Tls12<A, 8>;

/// With CHACHA20-POLY1305 no part of the nonce is on the wire. RFC 7905 s2.
pub(crate) type Tls12Chacha20<A> = Tls12<A, 0>;

/// One direction's key and iv, with `EXPLICIT_NONCE_LEN` bytes of explicit nonce.
pub(crate) struct Tls12<A, const EXPLICIT_NONCE_LEN: usize> {
    aead: A,
    iv: Iv,
}

impl<A: Aead, const EXPLICIT_NONCE_LEN: usize> Tls12<A, EXPLICIT_NONCE_LEN> {
    const OVERHEAD: usize = EXPLICIT_NONCE_LEN + TAG_LEN;

    fn open(
        &self,
        header: RecordHeader,
        seq: u64,
        explicit_nonce: &[u8; EXPLICIT_NONCE_LEN],
        buffer: InOutBuf<'_, '_, u8>,
        tag: &[u8; TAG_LEN],
    ) -> Result<(), DecryptFailed> {
        let mut nonce = self.iv.nonce(seq);
        // The peer may choose its explicit nonces by another rule than ours.
        nonce[NONCE_LEN - EXPLICIT_NONCE_LEN..].copy_from_slice(explicit_nonce);
        let additional_data =
            additional_data(seq, header.typ(), buffer.len()).ok_or(DecryptFailed::BadRecordMac)?;
        aead::open(&self.aead, nonce, &additional_data, buffer, tag)
    }
}

impl<A: Aead, const EXPLICIT_NONCE_LEN: usize> Protection for Tls12<A, EXPLICIT_NONCE_LEN> {
    type Aead = A;

    fn new(aead: A, iv: Iv) -> Self {
        Self { aead, iv }
    }
}

impl<A: Aead, const EXPLICIT_NONCE_LEN: usize> MessageEncrypter for Tls12<A, EXPLICIT_NONCE_LEN> {
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
        let buffer = match record.content {
            Content::Chunks(OutboundChunks::Single(content)) => {
                InOutBuf::new(content, ciphertext).map_err(|_| EncryptFailed)?
            }
            content => {
                content.place(ciphertext)?;
                ciphertext.into()
            }
        };
        *tag = aead::seal(&self.aead, nonce, &additional_data, buffer)?;
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding.saturating_add(Self::OVERHEAD)
    }

    fn payload_prefix_len(&self) -> usize {
        EXPLICIT_NONCE_LEN
    }
}

impl<A: Aead, const EXPLICIT_NONCE_LEN: usize> MessageDecrypter for Tls12<A, EXPLICIT_NONCE_LEN> {
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
        let content_len = in_out.len();
        self.open(header, seq, explicit_nonce, in_out.into(), tag)?;
        Ok(Opened {
            typ: header.typ(),
            content: EXPLICIT_NONCE_LEN..EXPLICIT_NONCE_LEN + content_len,
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
        let content_len = ciphertext.len();
        let content = out
            .get_mut(..content_len)
            .ok_or(DecryptFailed::BadRecordMac)?;
        let buffer = InOutBuf::new(ciphertext, content).map_err(|_| DecryptFailed::BadRecordMac)?;
        self.open(header, seq, explicit_nonce, buffer, tag)?;
        Ok(Opened {
            typ: header.typ(),
            content: 0..content_len,
        })
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(Self::OVERHEAD)
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
    // The last three fields are a header with the length of the content.
    header_out.copy_from_slice(RecordHeader::new(typ.into(), content_len).as_bytes());
    Some(additional_data)
}

#[cfg(test)]
mod tests {
    use aes_gcm::{Aes128Gcm, KeyInit};
    use chacha20poly1305::ChaCha20Poly1305;
    use rustls_direct::cipher::TrafficKeys;

    use super::*;

    fn aes() -> Tls12Gcm<Aes128Gcm> {
        let keys = TrafficKeys::new(&[1; 16], &[2; 12]).unwrap();
        Tls12::new(
            Aes128Gcm::new_from_slice(keys.key()).unwrap(),
            keys.iv().clone(),
        )
    }

    fn data(content: Content<'_>) -> OutboundRecord<'_> {
        OutboundRecord::new(ContentType::ApplicationData, content)
    }

    #[test]
    fn an_output_of_another_length_is_refused() {
        for len in (0..100).filter(|len| *len != 8 + 3 + 16) {
            let mut out = [0; 100];
            for content in [b"abc"[..].into(), Content::InPlace { len: 3 }] {
                let sealed = aes().encrypt_into(data(content), 0, &mut out[..len]);
                assert_eq!(sealed, Err(EncryptFailed));
            }
        }
    }

    #[test]
    fn padding_is_refused() {
        let record = data(b"abc"[..].into()).padded(1);
        assert_eq!(
            aes().encrypt_into(record, 0, &mut [0; 8 + 4 + 16]),
            Err(EncryptFailed)
        );
    }

    #[test]
    fn any_explicit_nonce_is_accepted() {
        let seq = 5;
        let header = RecordHeader::new(ContentType::ApplicationData.into(), 8 + 3 + 16);
        let mut payload = *b"noncenonabc\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let (nonce, sealed) = payload.split_at_mut(8);
        let nonce = [&[2; 4], &*nonce]
            .concat()
            .try_into()
            .unwrap();
        let (plaintext, tag) = sealed.split_last_chunk_mut().unwrap();
        let additional_data = additional_data(seq, header.typ(), 3).unwrap();
        *tag = aead::seal(&aes().aead, nonce, &additional_data, plaintext.into()).unwrap();
        assert_eq!(
            aes().decrypt_in_place(header, &mut payload, seq),
            Ok(Opened {
                typ: ContentType::ApplicationData,
                content: 8..11,
            })
        );
        assert_eq!(&payload[8..11], b"abc");
    }

    #[test]
    fn a_payload_that_is_too_short_is_refused() {
        fn test(decrypter: &mut dyn MessageDecrypter, shortest: u16) {
            for len in 0..shortest {
                let payload = &mut [0; 24][..len.into()];
                let header = RecordHeader::new(ContentType::ApplicationData.into(), len);
                let in_place = decrypter.decrypt_in_place(header, payload, 0);
                let into = decrypter.decrypt_into(header, payload, 0, &mut []);
                let failed = Err(DecryptFailed::BadRecordMac);
                assert_eq!((&in_place, &into), (&failed, &failed));
                assert_eq!(decrypter.decrypted_payload_len(len.into()), 0);
            }
        }
        test(&mut aes(), 24);
        let keys = TrafficKeys::new(&[1; 32], &[2; 12]).unwrap();
        let aead = ChaCha20Poly1305::new_from_slice(keys.key()).unwrap();
        test(&mut Tls12Chacha20::new(aead, keys.iv().clone()), 16);
    }
}
