//! Protects records with the `ring` crate.
//!
//! ring seals and opens only in place. So content is copied into the output and sealed there. A record that has to end
//! up in another slice is opened in place, then copied.
//!
//! ring does not wipe keys when they are dropped.

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use rustls::CipherSuite;
use rustls::crypto::CryptoProvider;

use super::adopted::with_records;
use super::aead::{Aead, NotAuthentic};
use super::algorithm::Algorithm;
use super::suites::{Cipher, TAG_LEN};
use crate::cipher::{
    AeadAlgorithm, EncryptFailed, InvalidKey, NONCE_LEN, RecordProvider, RecordSource,
};

/// The record provider of this library, with an algorithm for every cipher suite of `rustls::crypto::ring`.
pub static RECORD_PROVIDER: &dyn RecordProvider = &Ring;

/// Returns rustls's `ring` provider, with [`RECORD_PROVIDER`] sealing and opening all records, even in the handshake.
///
/// See [`with_records`].
pub fn default_provider() -> CryptoProvider {
    with_records(rustls::crypto::ring::default_provider(), RECORD_PROVIDER)
}

#[derive(Debug)]
struct Ring;

impl RecordProvider for Ring {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        Algorithm::<Key>::of(suite)
    }
}

struct Key(LessSafeKey);

impl Aead for Key {
    const SOURCE: RecordSource = RecordSource::Ring;

    fn new(cipher: Cipher, key: &[u8]) -> Result<Self, InvalidKey> {
        let algorithm = match cipher {
            Cipher::Aes128Gcm => &aead::AES_128_GCM,
            Cipher::Aes256Gcm => &aead::AES_256_GCM,
            Cipher::Chacha20Poly1305 => &aead::CHACHA20_POLY1305,
        };
        let key = UnboundKey::new(algorithm, key).map_err(|_| InvalidKey)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    #[inline]
    fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let (in_out, tag_out) = in_out
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(EncryptFailed)?;
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), in_out)
            .map_err(|_| EncryptFailed)?;
        tag_out.copy_from_slice(tag.as_ref());
        Ok(())
    }

    #[inline(always)]
    fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plain: &[u8],
        suffix: &[u8],
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        if out.len() != plain.len() + suffix.len() + TAG_LEN {
            return Err(EncryptFailed);
        }
        let (plain_out, suffix_out) = out.split_at_mut(plain.len());
        plain_out.copy_from_slice(plain);
        suffix_out[..suffix.len()].copy_from_slice(suffix);
        self.seal_in_place(nonce, aad, out)
    }

    #[inline]
    fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), NotAuthentic> {
        self.0
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), in_out)
            .map(|_| ())
            .map_err(|_| NotAuthentic)
    }

    #[inline]
    fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        ciphertext_and_tag: &mut [u8],
        out: &mut [u8],
    ) -> Result<(), NotAuthentic> {
        if ciphertext_and_tag.len() != out.len() + TAG_LEN {
            return Err(NotAuthentic);
        }
        self.open_in_place(nonce, aad, ciphertext_and_tag)?;
        out.copy_from_slice(&ciphertext_and_tag[..out.len()]);
        Ok(())
    }
}
