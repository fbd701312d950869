//! The records of crypto providers that know nothing of us: a suite's own objects, behind our traits.
//!
//! It works with all that rustls works with, at rustls's cost: each record that is sealed takes an allocation and a
//! copy, and one that is opened into another slice is opened in place and copied. The traits are implemented for
//! rustls's own types, so that a suite is an algorithm and a `CryptoProvider` knows those of its suites.

use alloc::boxed::Box;
use core::ptr;

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter as RustlsDecrypter,
    MessageEncrypter as RustlsEncrypter, OutboundChunks, OutboundPlainMessage,
};
use rustls::{
    CipherSuite, ContentType, Error, PeerMisbehaved, ProtocolVersion, SupportedCipherSuite,
    Tls13CipherSuite,
};
#[cfg(feature = "tls12")]
use rustls::{Tls12CipherSuite, crypto::cipher::KeyBlockShape};

use zeroize::Zeroize;

use super::aead_key::aead_key;
use super::suites::TAG_LEN;
use super::{adopted, rustls_suites};
use crate::cipher::{
    AeadAlgorithm, Content, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter,
    MessageEncrypter, Opened, OutboundRecord, RecordProvider, RecordSource, TrafficKeys,
    WrappedBecause,
};
use crate::record::{RecordHeader, Version};

/// The suites' own objects, wrapped: see [`crypto`](crate::crypto#what-a-provider-gets-that-does-nothing). It is there for
/// tests and comparisons; a connection wraps what it has to by itself.
impl RecordProvider for CryptoProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        self.cipher_suites
            .iter()
            .find(|known| known.suite() == suite)
            .and_then(|known| wrapped(*known))
    }
}

/// The algorithm that `suite` itself is. `None` for TLS 1.2 without the feature `tls12`.
pub(super) fn wrapped(suite: SupportedCipherSuite) -> Option<&'static dyn AeadAlgorithm> {
    match suite {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(suite) => Some(suite),
        suite => suite
            .tls13()
            .map(|suite| suite as &dyn AeadAlgorithm),
    }
}

/// Whether rustls's type of its keys can be made in this build. With `std`, of all that any suite has.
pub(super) fn can_make_keys_for(algorithm: &dyn AeadAlgorithm) -> bool {
    cfg!(feature = "std") || algorithm.key_len() == TrafficKeys::MAX_KEY_LEN
}

/// rustls's own objects, wrapped.
impl AeadAlgorithm for Tls13CipherSuite {
    fn key_len(&self) -> usize {
        self.aead_alg.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        let key = checked_key(keys, self.aead_alg.key_len())?;
        let iv = Iv::from(*keys.iv().as_bytes());
        Ok(Box::new(WrappedEncrypter {
            encrypter: self.aead_alg.encrypter(key, iv),
            version: Version::Tls13,
            prefix_len: 0,
            has_sealed: false,
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        let key = checked_key(keys, self.aead_alg.key_len())?;
        let iv = Iv::from(*keys.iv().as_bytes());
        Ok(Box::new(WrappedDecrypter {
            decrypter: self.aead_alg.decrypter(key, iv),
            overhead: TAG_LEN,
        }))
    }

    fn source(&self) -> RecordSource {
        RecordSource::Wrapped(why_wrapped(self))
    }
}

/// rustls's own objects, wrapped.
#[cfg(feature = "tls12")]
impl AeadAlgorithm for Tls12CipherSuite {
    fn key_len(&self) -> usize {
        self.aead_alg
            .key_block_shape()
            .enc_key_len
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        let shape = self.aead_alg.key_block_shape();
        let key = checked_key(keys, shape.enc_key_len)?;
        let (fixed, explicit) = split_iv(keys, &shape)?;
        Ok(Box::new(WrappedEncrypter {
            encrypter: self
                .aead_alg
                .encrypter(key, fixed, explicit),
            version: Version::Tls12,
            prefix_len: shape.explicit_nonce_len,
            has_sealed: false,
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        let shape = self.aead_alg.key_block_shape();
        let key = checked_key(keys, shape.enc_key_len)?;
        let (fixed, explicit) = split_iv(keys, &shape)?;
        Ok(Box::new(WrappedDecrypter {
            decrypter: self.aead_alg.decrypter(key, fixed),
            overhead: explicit.len() + TAG_LEN,
        }))
    }

    fn source(&self) -> RecordSource {
        RecordSource::Wrapped(why_wrapped(self))
    }
}

/// Why a suite protects the records by itself, of which `this` is the algorithm.
fn why_wrapped(this: &dyn AeadAlgorithm) -> WrappedBecause {
    let is_this = |suite: SupportedCipherSuite| {
        wrapped(suite).is_some_and(|algorithm| ptr::addr_eq(algorithm, this))
    };
    let is_among = |suites: &[SupportedCipherSuite]| suites.iter().copied().any(is_this);
    if !cfg!(feature = "aws_lc_rs") && is_among(rustls_suites::aws_lc_rs()) {
        WrappedBecause::AwsLcRsIsOff
    } else if !cfg!(feature = "ring") && is_among(rustls_suites::ring()) {
        WrappedBecause::RingIsOff
    } else if is_among(rustls_suites::aws_lc_rs())
        || is_among(rustls_suites::ring())
        || adopted::suites().any(is_this)
    {
        WrappedBecause::Passed
    } else {
        WrappedBecause::UnknownProvider
    }
}

/// The parts of the iv as the key block of TLS 1.2 has them: what is secret, and where the explicit nonce begins.
#[cfg(feature = "tls12")]
fn split_iv<'a>(
    keys: &'a TrafficKeys,
    shape: &KeyBlockShape,
) -> Result<(&'a [u8], &'a [u8]), InvalidKey> {
    keys.iv()
        .as_bytes()
        .split_at_checked(shape.fixed_iv_len)
        .filter(|(_, explicit)| explicit.len() == shape.explicit_nonce_len)
        .ok_or(InvalidKey)
}

/// Providers rely on the length.
fn checked_key(keys: &TrafficKeys, len: usize) -> Result<AeadKey, InvalidKey> {
    match keys.key().len() == len {
        true => aead_key(keys.key()),
        false => Err(InvalidKey),
    }
}

struct WrappedEncrypter {
    encrypter: Box<dyn RustlsEncrypter>,
    version: Version,
    /// Bytes of explicit nonce.
    prefix_len: usize,
    /// Whether it has sealed anything.
    has_sealed: bool,
}

impl WrappedEncrypter {
    /// Lets the library see sequence number 0 first.
    ///
    /// Some take the first nonce that they see for that of number 0, AWS-LC's `TlsRecordSealingKey` among them, and
    /// would fail sooner or later if the first is another. The handshake has used this nonce already, and whoever has two
    /// records of one nonce can forge others: so the record that is sealed here is wiped at once.
    #[cold]
    fn seal_number_zero(&mut self, seq: u64) -> Result<(), EncryptFailed> {
        self.has_sealed = true;
        match seq {
            0 => Ok(()),
            _ => self
                .encrypter
                .encrypt(message(ContentType::ApplicationData, &[0][..].into()), 0)
                .map(|mut sealed| sealed.payload.as_mut().zeroize())
                .map_err(|_| EncryptFailed),
        }
    }
}

impl MessageEncrypter for WrappedEncrypter {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let OutboundRecord {
            typ,
            content,
            padding,
        } = record;
        let content_len = content.len();
        if out.len() != self.encrypted_payload_len(content_len + padding) {
            return Err(EncryptFailed);
        }
        let header_typ = match self.version {
            Version::Tls12 => typ,
            Version::Tls13 => ContentType::ApplicationData,
        };
        if !self.has_sealed {
            self.seal_number_zero(seq)?;
        }
        let mut typ = typ;
        let place = out
            .get_mut(self.prefix_len..)
            .filter(|place| place.len() > content_len + padding)
            .ok_or(EncryptFailed)?;
        let chunks = match (&content, padding) {
            // Chunks that end before they start are empty to us, but not to rustls.
            (_, 0) if content_len == 0 => OutboundChunks::new_empty(),
            (Content::Chunks(chunks), 0) => chunks.clone(),
            (_, 0) => OutboundChunks::Single(&place[..content_len]),
            // TLS 1.3 seals content, type and zeros: content and all of the rest but the last zero, and that as the type.
            _ if self.version == Version::Tls13 => {
                content.place(place)?;
                place[content_len] = u8::from(typ);
                place[content_len + 1..content_len + padding].fill(0);
                typ = ContentType::from(0);
                OutboundChunks::Single(&place[..content_len + padding])
            }
            _ => return Err(EncryptFailed),
        };
        let sealed = self
            .encrypter
            .encrypt(message(typ, &chunks), seq)
            .map_err(|_| EncryptFailed)?;
        // The record layer has written the header. rustls would write one with this type and version.
        if (sealed.typ, sealed.version) != (header_typ, ProtocolVersion::TLSv1_2) {
            return Err(EncryptFailed);
        }
        let payload = sealed.payload.as_ref();
        if payload.len() != out.len() {
            return Err(EncryptFailed);
        }
        out.copy_from_slice(payload);
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.encrypter
            .encrypted_payload_len(content_and_padding)
    }

    fn payload_prefix_len(&self) -> usize {
        self.prefix_len
    }
}

fn message<'a>(typ: ContentType, chunks: &OutboundChunks<'a>) -> OutboundPlainMessage<'a> {
    OutboundPlainMessage {
        typ,
        // TLS 1.3 shows it as well. RFC 8446 s5.2.
        version: ProtocolVersion::TLSv1_2,
        payload: chunks.clone(),
    }
}

struct WrappedDecrypter {
    decrypter: Box<dyn RustlsDecrypter>,
    /// Bytes of a payload besides what it opens to: explicit nonce and tag.
    overhead: usize,
}

impl MessageDecrypter for WrappedDecrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let begin = payload.as_ptr().addr();
        let message = InboundOpaqueMessage::new(header.typ(), header.version(), payload);
        match self.decrypter.decrypt(message, seq) {
            Ok(InboundPlainMessage {
                typ,
                payload: content,
                ..
            }) => {
                // An empty slice may lie anywhere.
                let start = match content {
                    [] => 0,
                    content => content
                        .as_ptr()
                        .addr()
                        .wrapping_sub(begin),
                };
                Ok(Opened {
                    typ,
                    content: start..start.saturating_add(content.len()),
                })
            }
            Err(error) => {
                // rustls leaves the plaintext of some of the records that it refuses.
                payload.fill(0);
                match error {
                    Error::PeerSentOversizedRecord => Err(DecryptFailed::RecordOverflow),
                    Error::PeerMisbehaved(PeerMisbehaved::IllegalTlsInnerPlaintext) => {
                        Err(DecryptFailed::NoContentType)
                    }
                    // rustls's way to say which type it was. It will be refused.
                    Error::PeerMisbehaved(PeerMisbehaved::IllegalMiddleboxChangeCipherSpec) => {
                        Ok(Opened {
                            typ: ContentType::ChangeCipherSpec,
                            content: 0..0,
                        })
                    }
                    _ => Err(DecryptFailed::BadRecordMac),
                }
            }
        }
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(self.overhead)
    }
}
