//! Implements our traits over a suite's own objects, for crypto providers that do not implement ours.
//!
//! This works with every provider that works with rustls, at rustls's cost. Each sealed record takes an allocation and
//! a copy. A record that is opened into another slice is opened in place and copied. Our traits are implemented for
//! rustls's own types: a suite is an algorithm, and a `CryptoProvider` is the record provider of its suites.

use alloc::boxed::Box;
use core::ptr;

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter as RustlsDecrypter,
    MessageEncrypter as RustlsEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage,
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

/// Wraps the suites' own objects: see [`crypto`](crate::crypto#other-crypto-providers).
///
/// This implementation is for tests and comparisons. A connection wraps objects where necessary without it.
impl RecordProvider for CryptoProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        self.cipher_suites
            .iter()
            .find(|known| known.suite() == suite)
            .and_then(|known| wrapped(*known))
    }
}

/// Returns `suite` as an algorithm. `None` for TLS 1.2 without the feature `tls12`.
pub(super) fn wrapped(suite: SupportedCipherSuite) -> Option<&'static dyn AeadAlgorithm> {
    match suite {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(suite) => Some(suite),
        suite => suite
            .tls13()
            .map(|suite| suite as &dyn AeadAlgorithm),
    }
}

/// Returns whether this build can make rustls's `AeadKey` for the algorithm. With `std` it can for every supported
/// suite.
pub(super) fn can_make_keys_for(algorithm: &dyn AeadAlgorithm) -> bool {
    cfg!(feature = "std") || algorithm.key_len() == TrafficKeys::MAX_KEY_LEN
}

/// Wraps the suite's own objects.
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

/// Wraps the suite's own objects.
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

/// Returns why the suite that is `this` algorithm protects its records with its own objects.
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

/// Splits the iv into the parts of the TLS 1.2 key block: the fixed iv and the first explicit nonce.
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

/// Converts the key to rustls's type, after checking its length: providers rely on the length.
fn checked_key(keys: &TrafficKeys, len: usize) -> Result<AeadKey, InvalidKey> {
    match keys.key().len() == len {
        true => aead_key(keys.key()),
        false => Err(InvalidKey),
    }
}

/// Seals records with rustls's trait.
struct WrappedEncrypter {
    encrypter: Box<dyn RustlsEncrypter>,
    version: Version,
    /// Length in bytes of the explicit nonce.
    prefix_len: usize,
    /// Whether a record was sealed already.
    has_sealed: bool,
}

impl WrappedEncrypter {
    /// Seals a record with sequence number 0 and wipes it, unless `seq`, the first sequence number, is 0 itself.
    ///
    /// Some libraries, such as AWS-LC's `TlsRecordSealingKey`, treat the first nonce that they see as that of number 0,
    /// and would fail sooner or later otherwise. The handshake has already used the nonce of number 0, and two records
    /// with one nonce would let an attacker forge others: so the record is wiped at once.
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
            // We treat a range that ends before it starts as empty, but rustls does not.
            (_, 0) if content_len == 0 => OutboundChunks::new_empty(),
            (Content::Chunks(chunks), 0) => chunks.clone(),
            (_, 0) => OutboundChunks::Single(&place[..content_len]),
            // The TLS 1.3 plaintext is content, type and zeros. rustls gets the last zero as the type, and the rest as
            // the content.
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
        copy_payload(&sealed, header_typ, out)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.encrypter
            .encrypted_payload_len(content_and_padding)
    }

    fn payload_prefix_len(&self) -> usize {
        self.prefix_len
    }
}

/// Copies the payload of a sealed record to `out`, after checking the header's type and version and the length.
///
/// The record layer has already written the header. rustls would write it with the type and version of `sealed`.
fn copy_payload(
    sealed: &OutboundOpaqueMessage,
    header_typ: ContentType,
    out: &mut [u8],
) -> Result<(), EncryptFailed> {
    let payload = sealed.payload.as_ref();
    if (sealed.typ, sealed.version) != (header_typ, ProtocolVersion::TLSv1_2)
        || payload.len() != out.len()
    {
        return Err(EncryptFailed);
    }
    out.copy_from_slice(payload);
    Ok(())
}

fn message<'a>(typ: ContentType, chunks: &OutboundChunks<'a>) -> OutboundPlainMessage<'a> {
    OutboundPlainMessage {
        typ,
        // Records of TLS 1.3 have this version as well. RFC 8446 s5.2.
        version: ProtocolVersion::TLSv1_2,
        payload: chunks.clone(),
    }
}

/// Opens records with rustls's trait.
struct WrappedDecrypter {
    decrypter: Box<dyn RustlsDecrypter>,
    /// Bytes that a payload adds to its plaintext: explicit nonce and tag.
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
                // An empty slice may have any address.
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
                // rustls leaves the plaintext of some records that it refuses.
                payload.fill(0);
                match error {
                    Error::PeerSentOversizedRecord => Err(DecryptFailed::RecordOverflow),
                    Error::PeerMisbehaved(PeerMisbehaved::IllegalTlsInnerPlaintext) => {
                        Err(DecryptFailed::NoContentType)
                    }
                    // rustls reports this type by an error. The caller refuses the type.
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
