//! Protects records with the `aws-lc-rs` crate.
//!
//! Data in one slice is sealed out of place: each byte is read once from that slice and written once, as ciphertext, to
//! the output. Gathered or padded content is copied into the output and sealed there. So is content of less than 4096
//! bytes with CHACHA20-POLY1305, because that is faster.
//!
//! AWS-LC wipes keys when they are dropped.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use rustls::CipherSuite;
use rustls::crypto::CryptoProvider;

use super::adopted::with_records;
use super::aead::{Aead, NotAuthentic};
use super::algorithm::Algorithm;
use super::suites::{Cipher, TAG_LEN};
use crate::cipher::{
    AeadAlgorithm, EncryptFailed, InvalidKey, NONCE_LEN, RecordProvider, RecordSource,
};

/// The record provider of this library, with an algorithm for every cipher suite of `rustls::crypto::aws_lc_rs`.
pub static RECORD_PROVIDER: &dyn RecordProvider = &AwsLcRs;

/// Returns rustls's `aws_lc_rs` provider, with [`RECORD_PROVIDER`] sealing and opening all records, even in the
/// handshake.
///
/// See [`with_records`].
pub fn default_provider() -> CryptoProvider {
    with_records(
        rustls::crypto::aws_lc_rs::default_provider(),
        RECORD_PROVIDER,
    )
}

#[derive(Debug)]
struct AwsLcRs;

impl RecordProvider for AwsLcRs {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        Algorithm::<Key>::of(suite)
    }
}

/// An AEAD key of AWS-LC.
///
/// `TlsRecordSealingKey` guards against repeated nonces, but it treats the first nonce that it sees as that of sequence
/// number 0. Our first sequence number follows the last one of the handshake.
struct Key {
    key: LessSafeKey,
    /// The result of [`Aead::min_out_of_place_len`].
    min_out_of_place_len: usize,
}

/// With ChaCha20-Poly1305, sealing out of place computes one more block of key stream, for the type byte. For shorter
/// content that costs more than copying. With AES-GCM a copy is never faster.
const CHACHA20_MIN_OUT_OF_PLACE_LEN: usize = 4096;

impl Aead for Key {
    const SOURCE: RecordSource = RecordSource::AwsLcRs;

    fn new(cipher: Cipher, key: &[u8]) -> Result<Self, InvalidKey> {
        let (algorithm, min_out_of_place_len) = match cipher {
            Cipher::Aes128Gcm => (&aead::AES_128_GCM, 0),
            Cipher::Aes256Gcm => (&aead::AES_256_GCM, 0),
            Cipher::Chacha20Poly1305 => (&aead::CHACHA20_POLY1305, CHACHA20_MIN_OUT_OF_PLACE_LEN),
        };
        let key = UnboundKey::new(algorithm, key).map_err(|_| InvalidKey)?;
        Ok(Self {
            key: LessSafeKey::new(key),
            min_out_of_place_len,
        })
    }

    #[inline(always)]
    fn min_out_of_place_len(&self) -> usize {
        self.min_out_of_place_len
    }

    #[inline]
    fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let (in_out, tag) = in_out
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(EncryptFailed)?;
        self.key
            .seal_in_place_scatter(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                in_out,
                &[],
                tag,
            )
            .map_err(|_| EncryptFailed)
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
        let (ciphertext, suffix_and_tag) = out
            .split_at_mut_checked(plain.len())
            .ok_or(EncryptFailed)?;
        self.key
            .seal_out_of_place_scatter(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                plain,
                ciphertext,
                suffix,
                suffix_and_tag,
            )
            .map_err(|_| EncryptFailed)
    }

    #[inline]
    fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), NotAuthentic> {
        let (in_out, tag) = in_out
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(NotAuthentic)?;
        self.key
            .open_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                tag,
                in_out,
            )
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
        let (ciphertext, tag) = ciphertext_and_tag
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(NotAuthentic)?;
        self.key
            .open_separate_gather(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                ciphertext,
                tag,
                out,
            )
            .map_err(|_| NotAuthentic)
    }
}
