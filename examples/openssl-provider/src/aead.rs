//! Seals and opens single records with OpenSSL's AEADs.
//!
//! `CipherCtx` panics if a slice is shorter than it expects. Only this module calls it, and checks all lengths before
//! each call. A context gets its key once and then a nonce per record, because setting a key costs more than a short
//! record.

use std::sync::LazyLock;

use openssl::cipher::Cipher;
use openssl::cipher_ctx::{CipherCtx, CipherCtxRef};
use openssl::error::ErrorStack;
use rustls_direct::cipher::{DecryptFailed, EncryptFailed, InvalidKey, NONCE_LEN};

/// Bytes of a tag.
pub(crate) const TAG_LEN: usize = 16;

/// An AEAD of OpenSSL.
pub(crate) struct Aead {
    pub(crate) key_len: usize,
    /// `None` if the linked OpenSSL does not have the cipher: in FIPS mode it has no ChaCha20.
    cipher: LazyLock<Option<Cipher>>,
}

pub(crate) static AES_128_GCM: Aead = Aead {
    key_len: 16,
    cipher: LazyLock::new(|| fetch("AES-128-GCM")),
};

pub(crate) static AES_256_GCM: Aead = Aead {
    key_len: 32,
    cipher: LazyLock::new(|| fetch("AES-256-GCM")),
};

pub(crate) static CHACHA20_POLY1305: Aead = Aead {
    key_len: 32,
    cipher: LazyLock::new(|| fetch("ChaCha20-Poly1305")),
};

/// Looks the cipher up, once. `Cipher::aes_128_gcm` and similar functions make OpenSSL look it up for every key.
fn fetch(name: &str) -> Option<Cipher> {
    Cipher::fetch(None, name, None).ok()
}

impl Aead {
    /// Returns whether the linked OpenSSL has the cipher.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    pub(crate) fn is_available(&self) -> bool {
        self.cipher.is_some()
    }

    /// Returns a sealer for `key`.
    pub(crate) fn sealer(&self, key: &[u8]) -> Result<Sealer, InvalidKey> {
        self.context(key, |context, cipher| {
            context.encrypt_init(Some(cipher), Some(key), None)
        })
        .map(Sealer)
    }

    /// Returns an opener for `key`.
    pub(crate) fn opener(&self, key: &[u8]) -> Result<Opener, InvalidKey> {
        self.context(key, |context, cipher| {
            context.decrypt_init(Some(cipher), Some(key), None)
        })
        .map(Opener)
    }

    /// Returns a context that `init` has given the key.
    ///
    /// # Errors
    /// `InvalidKey` if OpenSSL lacks the cipher, if a length is not that of TLS, or if OpenSSL fails.
    fn context(
        &self,
        key: &[u8],
        init: impl FnOnce(&mut CipherCtxRef, &Cipher) -> Result<(), ErrorStack>,
    ) -> Result<CipherCtx, InvalidKey> {
        let cipher = self
            .cipher
            .as_ref()
            .filter(|cipher| key.len() == self.key_len && cipher.key_length() == self.key_len)
            .ok_or(InvalidKey)?;
        let mut context = CipherCtx::new().map_err(|_| InvalidKey)?;
        init(&mut context, cipher).map_err(|_| InvalidKey)?;
        // With a block size of 1, an update writes as many bytes as it reads.
        match (context.iv_length(), context.block_size()) {
            (NONCE_LEN, 1) => Ok(context),
            _ => Err(InvalidKey),
        }
    }
}

/// OpenSSL failed to seal or open, or a length is wrong.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Failed;

impl From<ErrorStack> for Failed {
    fn from(_: ErrorStack) -> Self {
        Self
    }
}

impl From<Failed> for EncryptFailed {
    fn from(_: Failed) -> Self {
        Self
    }
}

impl From<Failed> for DecryptFailed {
    fn from(_: Failed) -> Self {
        Self::BadRecordMac
    }
}

/// Seals records under one key: `begin`, then `update` for each part of the plaintext, then `finish`.
pub(crate) struct Sealer(CipherCtx);

impl Sealer {
    /// Begins a record.
    pub(crate) fn begin(
        &mut self,
        nonce: &[u8; NONCE_LEN],
        additional_data: &[u8],
    ) -> Result<(), Failed> {
        self.0
            .encrypt_init(None, None, Some(nonce))?;
        authenticate(&mut self.0, additional_data)
    }

    /// Seals the next part of the plaintext into `out`, which has the same length.
    pub(crate) fn update(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<(), Failed> {
        update(&mut self.0, plaintext, out)
    }

    /// Seals the next part of the plaintext in place.
    pub(crate) fn update_in_place(&mut self, in_out: &mut [u8]) -> Result<(), Failed> {
        update_in_place(&mut self.0, in_out)
    }

    /// Ends the record, and writes its tag.
    pub(crate) fn finish(&mut self, tag: &mut [u8; TAG_LEN]) -> Result<(), Failed> {
        self.0.cipher_final(&mut [])?;
        self.0.tag(tag)?;
        Ok(())
    }
}

/// Opens records under one key.
pub(crate) struct Opener(CipherCtx);

impl Opener {
    /// Opens `ciphertext` into `out`, which has the same length.
    ///
    /// On an error `out` is all zeros.
    pub(crate) fn open(
        &mut self,
        nonce: &[u8; NONCE_LEN],
        additional_data: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<(), Failed> {
        self.begin(nonce, additional_data)
            .and_then(|()| update(&mut self.0, ciphertext, out))
            .and_then(|()| self.finish(tag))
            .inspect_err(|_| out.fill(0))
    }

    /// Opens `in_out` in place.
    ///
    /// On an error `in_out` is all zeros.
    pub(crate) fn open_in_place(
        &mut self,
        nonce: &[u8; NONCE_LEN],
        additional_data: &[u8],
        in_out: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Failed> {
        self.begin(nonce, additional_data)
            .and_then(|()| update_in_place(&mut self.0, in_out))
            .and_then(|()| self.finish(tag))
            // OpenSSL writes the plaintext before it compares the tag.
            .inspect_err(|_| in_out.fill(0))
    }

    fn begin(&mut self, nonce: &[u8; NONCE_LEN], additional_data: &[u8]) -> Result<(), Failed> {
        self.0
            .decrypt_init(None, None, Some(nonce))?;
        authenticate(&mut self.0, additional_data)
    }

    fn finish(&mut self, tag: &[u8; TAG_LEN]) -> Result<(), Failed> {
        self.0.set_tag(tag)?;
        self.0.cipher_final(&mut [])?;
        Ok(())
    }
}

/// Maximum length of an input, more than any record has. `CipherCtx` panics if a length does not fit into a C `int`.
const MAX_LEN: usize = u16::MAX as usize;

fn authenticate(context: &mut CipherCtxRef, additional_data: &[u8]) -> Result<(), Failed> {
    if additional_data.len() > MAX_LEN {
        return Err(Failed);
    }
    context.cipher_update(additional_data, None)?;
    Ok(())
}

fn update(context: &mut CipherCtxRef, input: &[u8], out: &mut [u8]) -> Result<(), Failed> {
    if input.len() != out.len() || input.len() > MAX_LEN {
        return Err(Failed);
    }
    if input.is_empty() {
        return Ok(());
    }
    let written = context.cipher_update(input, Some(out))?;
    check_all_written(written, input.len())
}

fn update_in_place(context: &mut CipherCtxRef, in_out: &mut [u8]) -> Result<(), Failed> {
    let len = in_out.len();
    if len > MAX_LEN {
        return Err(Failed);
    }
    if len == 0 {
        return Ok(());
    }
    let written = context.cipher_update_inplace(in_out, len)?;
    check_all_written(written, len)
}

fn check_all_written(written: usize, len: usize) -> Result<(), Failed> {
    match written == len {
        true => Ok(()),
        false => Err(Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_LEN] = [3; NONCE_LEN];

    /// Longer than a block of each AEAD, and not a multiple of a block.
    const PLAINTEXT: [u8; 77] = [5; 77];

    fn each(test: impl Fn(Sealer, Opener)) {
        for aead in [&AES_128_GCM, &AES_256_GCM, &CHACHA20_POLY1305] {
            let key = vec![7; aead.key_len];
            test(aead.sealer(&key).unwrap(), aead.opener(&key).unwrap());
        }
    }

    fn seal(sealer: &mut Sealer, out: &mut [u8; 77]) -> [u8; TAG_LEN] {
        let mut tag = [0; TAG_LEN];
        sealer.begin(&NONCE, b"header").unwrap();
        sealer.update(&PLAINTEXT, out).unwrap();
        sealer.finish(&mut tag).unwrap();
        tag
    }

    #[test]
    fn every_split_of_the_plaintext_seals_the_same_out_of_place_and_in_place() {
        each(|mut sealer, _| {
            let mut whole = [0xee; 77];
            let whole_tag = seal(&mut sealer, &mut whole);
            for cut in 0..=77 {
                let (mut out, mut tag) = (PLAINTEXT, [0; TAG_LEN]);
                let (front, back) = out.split_at_mut(cut);
                sealer.begin(&NONCE, b"header").unwrap();
                sealer
                    .update(&PLAINTEXT[..cut], front)
                    .unwrap();
                sealer.update_in_place(back).unwrap();
                sealer.finish(&mut tag).unwrap();
                assert_eq!((out, tag), (whole, whole_tag));
            }
        });
    }

    /// Without the wiping in this module, OpenSSL would leave the plaintext.
    #[test]
    fn a_record_that_is_not_authentic_leaves_zeros() {
        each(|mut sealer, mut opener| {
            let mut sealed = [0; 77];
            let tag = seal(&mut sealer, &mut sealed);
            for (additional_data, flipped) in [(b"heAder", 0), (b"header", 1)] {
                let mut tag = tag;
                tag[TAG_LEN - 1] ^= flipped;
                let mut out = [0xee; 77];
                let opened = opener.open(&NONCE, additional_data, &sealed, &tag, &mut out);
                assert_eq!((opened, out), (Err(Failed), [0; 77]));
                let mut in_out = sealed;
                let opened = opener.open_in_place(&NONCE, additional_data, &mut in_out, &tag);
                assert_eq!((opened, in_out), (Err(Failed), [0; 77]));
            }
            // The context still works.
            let mut out = [0; 77];
            opener
                .open(&NONCE, b"header", &sealed, &tag, &mut out)
                .unwrap();
            assert_eq!(out, PLAINTEXT);
        });
    }

    #[test]
    fn slices_of_different_lengths_are_refused() {
        each(|mut sealer, mut opener| {
            sealer.begin(&NONCE, b"header").unwrap();
            for (input, output) in [(0, 1), (1, 0), (16, 15), (16, 17), (70_000, 70_000)] {
                let (plaintext, mut out) = (vec![1; input], vec![2; output]);
                assert_eq!(sealer.update(&plaintext, &mut out), Err(Failed));
                let opened = opener.open(&NONCE, b"header", &plaintext, &[0; TAG_LEN], &mut out);
                assert_eq!((opened, out), (Err(Failed), vec![0; output]));
            }
            assert_eq!(sealer.update_in_place(&mut vec![0; 70_000]), Err(Failed));
            assert_eq!(sealer.begin(&NONCE, &[0; 70_000]), Err(Failed));
        });
    }
}
