//! The bare AEAD calls of a cryptography library, in the shape that records need.

use super::suites::{Cipher, TAG_LEN};
use crate::cipher::{DecryptFailed, EncryptFailed, InvalidKey, NONCE_LEN};

/// A library's AEAD, with a key in it.
///
/// Every method gives an error, and never panics, for slices of lengths that do not fit together.
pub(super) trait Aead: Sized + Send + Sync + 'static {
    /// The AEAD `cipher` with this key.
    fn new(cipher: Cipher, key: &[u8]) -> Result<Self, InvalidKey>;

    /// Seals all of `in_out` but its last 16 bytes where it lies, and writes the tag into those.
    fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Seals `plain` and then `suffix` into `out`, which is the 16 bytes of the tag longer than both.
    fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plain: &[u8],
        suffix: &[u8],
        out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Opens `in_out`, ciphertext and tag, where it lies. The plaintext is 16 bytes shorter.
    fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), NotAuthentic>;

    /// Opens `ciphertext_and_tag` into `out`, which is 16 bytes shorter. What `ciphertext_and_tag` holds afterwards
    /// is up to the library.
    fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        ciphertext_and_tag: &mut [u8],
        out: &mut [u8],
    ) -> Result<(), NotAuthentic>;
}

/// Puts `plain` and then `suffix` at the front of `out`, to be sealed there.
///
/// # Errors
///
/// If `out` is not just the 16 bytes of the tag longer.
#[inline]
pub(super) fn place(plain: &[u8], suffix: &[u8], out: &mut [u8]) -> Result<(), EncryptFailed> {
    if out.len() != plain.len() + suffix.len() + TAG_LEN {
        return Err(EncryptFailed);
    }
    let (plain_out, suffix_out) = out.split_at_mut(plain.len());
    plain_out.copy_from_slice(plain);
    suffix_out[..suffix.len()].copy_from_slice(suffix);
    Ok(())
}

/// A tag did not verify, or there was none.
#[derive(Debug)]
pub(super) struct NotAuthentic;

impl From<NotAuthentic> for DecryptFailed {
    fn from(_: NotAuthentic) -> Self {
        Self::BadRecordMac
    }
}
