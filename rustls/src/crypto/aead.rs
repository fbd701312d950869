//! The bare AEAD calls of a cryptography library, in the shape that records need.

use super::suites::Cipher;
use crate::cipher::{DecryptFailed, EncryptFailed, InvalidKey, NONCE_LEN};

/// [`ContentType::ApplicationData`](rustls::ContentType::ApplicationData), the type of all records of TLS 1.3. RFC 8446
/// s5.2.
pub(super) const APPLICATION_DATA: u8 = 23;

/// A library's AEAD, with a key in it.
///
/// Every method gives an error, and never panics, for slices of lengths that do not fit together.
pub(super) trait Aead: Sized + Send + Sync + 'static {
    /// The AEAD `cipher` with this key.
    fn new(cipher: Cipher, key: &[u8]) -> Result<Self, InvalidKey>;

    /// Content shorter than this is copied and sealed where it then lies: that is faster than [`seal`](Self::seal), or the
    /// library has nothing else.
    fn copied_below(&self) -> usize;

    /// Seals all of `in_out` but its last 16 bytes where it lies, and writes the tag into those.
    fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Seals `plain` and then `suffix` from slice to slice, into `out`, which is the 16 bytes of the tag longer than both.
    ///
    /// Not called where all content is copied.
    fn seal(
        &self,
        _nonce: [u8; NONCE_LEN],
        _aad: &[u8],
        _plain: &[u8],
        _suffix: &[u8],
        _out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        Err(EncryptFailed)
    }

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

/// A tag did not verify, or there was none.
#[derive(Debug)]
pub(super) struct NotAuthentic;

impl From<NotAuthentic> for DecryptFailed {
    fn from(_: NotAuthentic) -> Self {
        Self::BadRecordMac
    }
}
