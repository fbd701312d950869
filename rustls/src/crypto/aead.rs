//! The AEAD calls that a cryptography library has to offer.

use rustls::ContentType;

use super::suites::Cipher;
use crate::cipher::{DecryptFailed, EncryptFailed, InvalidKey, NONCE_LEN, RecordSource};
use crate::record::APPLICATION_DATA;

/// Converts a type to its byte on the wire.
///
/// For application data, the type of nearly all records, this is one comparison. rustls's conversion jumps through a
/// table.
#[inline(always)]
pub(super) fn type_byte(typ: ContentType) -> u8 {
    match typ {
        ContentType::ApplicationData => APPLICATION_DATA,
        typ => u8::from(typ),
    }
}

/// An AEAD of a library, with its key.
///
/// If the lengths of the slices do not fit together, every method returns an error. None panics.
pub(super) trait Aead: Sized + Send + Sync + 'static {
    /// The library.
    const SOURCE: RecordSource;

    /// Makes the AEAD `cipher` with `key`.
    fn new(cipher: Cipher, key: &[u8]) -> Result<Self, InvalidKey>;

    /// Returns the minimum length of content for [`seal`](Self::seal). Copying shorter content into the output and
    /// sealing it in place is faster.
    #[inline(always)]
    fn min_out_of_place_len(&self) -> usize {
        0
    }

    /// Seals all but the last 16 bytes of `in_out` in place, and writes the tag into these 16 bytes.
    fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Seals `plain` followed by `suffix` into `out`, which is as long as both and the tag of 16 bytes.
    fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plain: &[u8],
        suffix: &[u8],
        out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Opens `in_out`, ciphertext and tag, in place. The plaintext is 16 bytes shorter.
    fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<(), NotAuthentic>;

    /// Opens `ciphertext_and_tag` into `out`, which is 16 bytes shorter. The bytes of `ciphertext_and_tag` are
    /// unspecified afterwards.
    fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        ciphertext_and_tag: &mut [u8],
        out: &mut [u8],
    ) -> Result<(), NotAuthentic>;
}

/// The tag did not verify, or the input was too short to hold one.
#[derive(Debug)]
pub(super) struct NotAuthentic;

impl From<NotAuthentic> for DecryptFailed {
    fn from(_: NotAuthentic) -> Self {
        Self::BadRecordMac
    }
}
