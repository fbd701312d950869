//! The two AEAD calls that protect records.
//!
//! An [`InOutBuf`] is read at one place and written at another, or at the same place. So one call to seal and one call
//! to open cover both cases.

use aes_gcm::KeyInit;
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::inout::InOutBuf;
use rustls_direct::cipher::{DecryptFailed, EncryptFailed, NONCE_LEN};
use zeroize::ZeroizeOnDrop;

/// Bytes of a tag.
pub(crate) const TAG_LEN: usize = 16;

/// An AEAD of TLS: 12-byte nonces, 16-byte tags, and keys that are wiped when they are dropped.
pub(crate) trait Aead:
    KeyInit + AeadInOut<NonceSize = U12, TagSize = U16> + ZeroizeOnDrop + Send + Sync + 'static
{
}

impl<A> Aead for A where
    A: KeyInit + AeadInOut<NonceSize = U12, TagSize = U16> + ZeroizeOnDrop + Send + Sync + 'static
{
}

/// Seals `buffer` and returns the tag.
#[inline]
pub(crate) fn seal(
    aead: &impl Aead,
    nonce: [u8; NONCE_LEN],
    additional_data: &[u8],
    buffer: InOutBuf<'_, '_, u8>,
) -> Result<[u8; TAG_LEN], EncryptFailed> {
    aead.encrypt_inout_detached(&nonce.into(), additional_data, buffer)
        .map(Into::into)
        .map_err(|_| EncryptFailed)
}

/// Opens `buffer` if `tag` verifies. Otherwise nothing is written.
#[inline]
pub(crate) fn open(
    aead: &impl Aead,
    nonce: [u8; NONCE_LEN],
    additional_data: &[u8],
    buffer: InOutBuf<'_, '_, u8>,
    tag: &[u8; TAG_LEN],
) -> Result<(), DecryptFailed> {
    aead.decrypt_inout_detached(&nonce.into(), additional_data, buffer, tag.into())
        .map_err(|_| DecryptFailed::BadRecordMac)
}

#[cfg(test)]
mod tests {
    use aes_gcm::{Aes128Gcm, Aes256Gcm};
    use chacha20poly1305::ChaCha20Poly1305;

    use super::*;

    const NONCE: [u8; NONCE_LEN] = [3; NONCE_LEN];

    /// Longer than a block of each AEAD, and not a multiple of a block.
    const PLAINTEXT: [u8; 77] = [5; 77];

    #[test]
    fn sealing_in_place_and_out_of_place_give_the_same() {
        fn test<A: Aead>() {
            let aead = A::new(&Default::default());
            let mut in_place = PLAINTEXT;
            let tag = seal(&aead, NONCE, b"header", (&mut in_place[..]).into()).unwrap();
            let mut sealed = [0xee; PLAINTEXT.len()];
            let buffer = InOutBuf::new(&PLAINTEXT, &mut sealed).unwrap();
            assert_eq!(seal(&aead, NONCE, b"header", buffer), Ok(tag));
            assert_eq!(sealed, in_place);

            open(&aead, NONCE, b"header", (&mut in_place[..]).into(), &tag).unwrap();
            assert_eq!(in_place, PLAINTEXT);
            let mut opened = [0xee; PLAINTEXT.len()];
            let buffer = InOutBuf::new(&sealed, &mut opened).unwrap();
            open(&aead, NONCE, b"header", buffer, &tag).unwrap();
            assert_eq!(opened, PLAINTEXT);
        }
        test::<Aes128Gcm>();
        test::<Aes256Gcm>();
        test::<ChaCha20Poly1305>();
    }

    #[test]
    fn plaintext_that_is_not_authentic_is_not_written() {
        fn test<A: Aead>() {
            let aead = A::new(&Default::default());
            let mut sealed = PLAINTEXT;
            let tag = seal(&aead, NONCE, b"header", (&mut sealed[..]).into()).unwrap();
            for (additional_data, flipped) in [(b"heAder", 0), (b"header", 1)] {
                let mut tag = tag;
                tag[15] ^= flipped;
                let mut out = [0xee; PLAINTEXT.len()];
                let buffer = InOutBuf::new(&sealed, &mut out).unwrap();
                assert_eq!(
                    open(&aead, NONCE, additional_data, buffer, &tag),
                    Err(DecryptFailed::BadRecordMac)
                );
                assert_eq!(out, [0xee; PLAINTEXT.len()]);
            }
        }
        test::<Aes128Gcm>();
        test::<Aes256Gcm>();
        test::<ChaCha20Poly1305>();
    }
}
