//! The bare AEAD calls of a cryptography library, in the shape that records need.

use rustls::ContentType;

use super::suites::Cipher;
use crate::cipher::{DecryptFailed, EncryptFailed, InvalidKey, NONCE_LEN, RecordSource};
use crate::record::APPLICATION_DATA;

/// A comparison for nearly all records, where rustls's conversion is a jump by a table.
#[inline(always)]
pub(super) fn type_byte(typ: ContentType) -> u8 {
    match typ {
        ContentType::ApplicationData => APPLICATION_DATA,
        typ => u8::from(typ),
    }
}

/// A library's AEAD, with a key in it.
///
/// Every method gives an error, and never panics, for slices of lengths that do not fit together.
pub(super) trait Aead: Sized + Send + Sync + 'static {
    /// The library.
    const SOURCE: RecordSource;

    /// The AEAD `cipher` with this key.
    fn new(cipher: Cipher, key: &[u8]) -> Result<Self, InvalidKey>;

    /// Content shorter than this is sealed faster where it lies, once it was copied there, than by [`seal`](Self::seal).
    #[inline(always)]
    fn min_out_of_place_len(&self) -> usize {
        0
    }

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

/// A tag did not verify, or there was none.
#[derive(Debug)]
pub(super) struct NotAuthentic;

impl From<NotAuthentic> for DecryptFailed {
    fn from(_: NotAuthentic) -> Self {
        Self::BadRecordMac
    }
}
