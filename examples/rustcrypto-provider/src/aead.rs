//! The two calls that records are protected with.
//!
//! An [`InOutBuf`] is read at one place and written at another, or at the same: so there is one call to seal, and one
//! to open, wherever the result is to go.

use aes_gcm::KeyInit;
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::inout::InOutBuf;
use rustls_direct::cipher::{DecryptFailed, EncryptFailed, NONCE_LEN};
use zeroize::ZeroizeOnDrop;

/// Bytes of a tag.
pub(crate) const TAG_LEN: usize = 16;

/// What the AEADs of TLS have in common: the lengths of nonce and tag, and that a key is wiped when it is dropped.
pub(crate) trait Aead:
    KeyInit + AeadInOut<NonceSize = U12, TagSize = U16> + ZeroizeOnDrop + Send + Sync + 'static
{
}

impl<A> Aead for A where
    A: KeyInit + AeadInOut<NonceSize = U12, TagSize = U16> + ZeroizeOnDrop + Send + Sync + 'static
{
}

/// Seals `buffer`, and returns the tag.
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

/// Opens `buffer`, if it is what `tag` was made for. Else nothing is written.
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
