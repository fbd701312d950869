//! The AEAD calls of aws-lc-rs and ring.

use rustls::CipherSuite;

pub(super) const TAG_LEN: usize = 16;
pub(super) const NONCE_LEN: usize = 12;

/// The fewest calls of a library that seal and open a record.
pub(super) trait Aead: Send {
    fn new(suite: CipherSuite, key: &[u8]) -> Self;

    /// Seals out of place if the library can, else copies and seals in place.
    fn seal(&self, nonce: [u8; NONCE_LEN], aad: &[u8], plain: &[u8], suffix: &[u8], out: &mut [u8]);

    /// Seals all of `in_out` but its last 16 bytes, which receive the tag.
    fn seal_in_place(&self, nonce: [u8; NONCE_LEN], aad: &[u8], in_out: &mut [u8]);

    fn open(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]);

    /// Opens out of place if the library can, else opens in place and copies. `out` is as long as the plaintext.
    fn open_into(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8], out: &mut [u8]);
}

#[cfg(feature = "aws_lc_rs")]
pub(super) struct AwsLcRs(aws_lc_rs::aead::LessSafeKey);

#[cfg(feature = "aws_lc_rs")]
impl Aead for AwsLcRs {
    fn new(suite: CipherSuite, key: &[u8]) -> Self {
        use aws_lc_rs::aead::{
            AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305, LessSafeKey, UnboundKey,
        };
        let algorithm = match format!("{suite:?}") {
            name if name.contains("AES_128") => &AES_128_GCM,
            name if name.contains("AES_256") => &AES_256_GCM,
            _ => &CHACHA20_POLY1305,
        };
        Self(LessSafeKey::new(
            UnboundKey::new(algorithm, key).expect("a key of the suite"),
        ))
    }

    #[inline(always)]
    fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plain: &[u8],
        suffix: &[u8],
        out: &mut [u8],
    ) {
        use aws_lc_rs::aead::{Aad, Nonce};
        let (ciphertext, suffix_and_tag) = out.split_at_mut(plain.len());
        self.0
            .seal_out_of_place_scatter(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                plain,
                ciphertext,
                suffix,
                suffix_and_tag,
            )
            .expect("sealed");
    }

    #[inline(always)]
    fn seal_in_place(&self, nonce: [u8; NONCE_LEN], aad: &[u8], in_out: &mut [u8]) {
        use aws_lc_rs::aead::{Aad, Nonce};
        let (in_out, tag) = in_out.split_at_mut(in_out.len() - TAG_LEN);
        self.0
            .seal_in_place_scatter(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                in_out,
                &[],
                tag,
            )
            .expect("sealed");
    }

    #[inline(always)]
    fn open(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) {
        use aws_lc_rs::aead::{Aad, Nonce};
        let (in_out, tag) = sealed.split_at_mut(sealed.len() - TAG_LEN);
        self.0
            .open_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                tag,
                in_out,
            )
            .expect("opened");
    }

    #[inline(always)]
    fn open_into(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8], out: &mut [u8]) {
        use aws_lc_rs::aead::{Aad, Nonce};
        let (ciphertext, tag) = sealed.split_at(sealed.len() - TAG_LEN);
        self.0
            .open_separate_gather(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                ciphertext,
                tag,
                out,
            )
            .expect("opened");
    }
}

#[cfg(feature = "ring")]
pub(super) struct Ring(ring::aead::LessSafeKey);

#[cfg(feature = "ring")]
impl Aead for Ring {
    fn new(suite: CipherSuite, key: &[u8]) -> Self {
        use ring::aead::{AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305, LessSafeKey, UnboundKey};
        let algorithm = match format!("{suite:?}") {
            name if name.contains("AES_128") => &AES_128_GCM,
            name if name.contains("AES_256") => &AES_256_GCM,
            _ => &CHACHA20_POLY1305,
        };
        Self(LessSafeKey::new(
            UnboundKey::new(algorithm, key).expect("a key of the suite"),
        ))
    }

    #[inline(always)]
    fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plain: &[u8],
        suffix: &[u8],
        out: &mut [u8],
    ) {
        let (plain_out, suffix_and_tag) = out.split_at_mut(plain.len());
        plain_out.copy_from_slice(plain);
        suffix_and_tag[..suffix.len()].copy_from_slice(suffix);
        self.seal_in_place(nonce, aad, out);
    }

    #[inline(always)]
    fn seal_in_place(&self, nonce: [u8; NONCE_LEN], aad: &[u8], in_out: &mut [u8]) {
        use ring::aead::{Aad, Nonce};
        let (in_out, tag_out) = in_out.split_at_mut(in_out.len() - TAG_LEN);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), in_out)
            .expect("sealed");
        tag_out.copy_from_slice(tag.as_ref());
    }

    #[inline(always)]
    fn open(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) {
        use ring::aead::{Aad, Nonce};
        self.0
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), sealed)
            .expect("opened");
    }

    #[inline(always)]
    fn open_into(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8], out: &mut [u8]) {
        self.open(nonce, aad, sealed);
        out.copy_from_slice(&sealed[..out.len()]);
    }
}
