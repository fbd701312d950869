//! Implements rustls's traits over ours, so that our algorithms protect the records of rustls's handshake as well.
//!
//! rustls's trait returns sealed messages that own their bytes. Their buffer is zero-filled before a record is sealed
//! into it, because `PrefixedPayload` has no other way to get bytes. Only records of the handshake pay for that.

use alloc::boxed::Box;
use core::iter;

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter as RustlsDecrypter,
    MessageEncrypter as RustlsEncrypter, OutboundOpaqueMessage, OutboundPlainMessage,
    PrefixedPayload, Tls13AeadAlgorithm, UnsupportedOperationError,
};
#[cfg(feature = "tls12")]
use rustls::crypto::cipher::{KeyBlockShape, NONCE_LEN, Tls12AeadAlgorithm};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, PeerMisbehaved, ProtocolVersion};
#[cfg(feature = "tls12")]
use zeroize::Zeroizing;

use super::suites::Cipher;
#[cfg(feature = "tls12")]
use super::suites::{GCM_EXPLICIT_NONCE_LEN, GCM_SALT_LEN};
use crate::cipher::{
    AeadAlgorithm, DecryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter, Opened,
    OutboundRecord, TrafficKeys,
};
use crate::record::{RecordHeader, Version};

/// An algorithm of ours with rustls's traits.
pub(super) struct AlgorithmForRustls {
    algorithm: &'static dyn AeadAlgorithm,
    /// The AEAD that extracted keys are labelled with.
    cipher: Cipher,
}

impl AlgorithmForRustls {
    pub(super) fn new(algorithm: &'static dyn AeadAlgorithm, cipher: Cipher) -> Self {
        Self { algorithm, cipher }
    }

    fn encrypter_for_rustls(
        &self,
        key: &AeadKey,
        iv: &[u8],
        version: Version,
    ) -> Box<dyn RustlsEncrypter> {
        let encrypter = TrafficKeys::new(key.as_ref(), iv)
            .map_err(InvalidKey::from)
            .and_then(|keys| self.algorithm.encrypter(&keys));
        match encrypter {
            Ok(encrypter) => Box::new(EncrypterForRustls { encrypter, version }),
            Err(InvalidKey) => Box::new(RejectedKey),
        }
    }

    fn decrypter_for_rustls(
        &self,
        key: &AeadKey,
        iv: &[u8],
        version: Version,
    ) -> Box<dyn RustlsDecrypter> {
        let decrypter = TrafficKeys::new(key.as_ref(), iv)
            .map_err(InvalidKey::from)
            .and_then(|keys| self.algorithm.decrypter(&keys));
        match decrypter {
            Ok(decrypter) => Box::new(DecrypterForRustls { decrypter, version }),
            Err(InvalidKey) => Box::new(RejectedKey),
        }
    }
}

impl Tls13AeadAlgorithm for AlgorithmForRustls {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn RustlsEncrypter> {
        self.encrypter_for_rustls(&key, iv.as_ref(), Version::Tls13)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn RustlsDecrypter> {
        self.decrypter_for_rustls(&key, iv.as_ref(), Version::Tls13)
    }

    fn key_len(&self) -> usize {
        self.algorithm.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(self.cipher.secrets(key, iv))
    }
}

/// Calls `f` with an iv of 12 bytes: `fixed`, then `explicit`, then zeros. Wipes the iv afterwards.
///
/// If both together are longer than 12 bytes, `f` gets an empty slice. An AES-GCM decrypter has no `explicit`, and
/// needs none.
#[cfg(feature = "tls12")]
fn with_joined_iv<R>(fixed: &[u8], explicit: &[u8], f: impl FnOnce(&[u8]) -> R) -> R {
    let mut iv = Zeroizing::new([0; NONCE_LEN]);
    let places = iv
        .split_at_mut_checked(fixed.len())
        .and_then(|(front, back)| Some((front, back.get_mut(..explicit.len())?)));
    match places {
        Some((front, back)) => {
            front.copy_from_slice(fixed);
            back.copy_from_slice(explicit);
            f(&*iv)
        }
        None => f(&[]),
    }
}

#[cfg(feature = "tls12")]
impl Tls12AeadAlgorithm for AlgorithmForRustls {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn RustlsEncrypter> {
        with_joined_iv(iv, extra, |iv| {
            self.encrypter_for_rustls(&key, iv, Version::Tls12)
        })
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn RustlsDecrypter> {
        with_joined_iv(iv, &[], |iv| {
            self.decrypter_for_rustls(&key, iv, Version::Tls12)
        })
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        let (fixed_iv_len, explicit_nonce_len) = match self.cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => (GCM_SALT_LEN, GCM_EXPLICIT_NONCE_LEN),
            Cipher::Chacha20Poly1305 => (NONCE_LEN, 0),
        };
        KeyBlockShape {
            enc_key_len: self.algorithm.key_len(),
            fixed_iv_len,
            explicit_nonce_len,
        }
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        with_joined_iv(iv, explicit, |iv| match iv.len() {
            NONCE_LEN => Ok(self.cipher.secrets(key, Iv::copy(iv))),
            _ => Err(UnsupportedOperationError),
        })
    }
}

struct EncrypterForRustls {
    encrypter: Box<dyn MessageEncrypter>,
    version: Version,
}

impl RustlsEncrypter for EncrypterForRustls {
    fn encrypt(
        &mut self,
        msg: OutboundPlainMessage<'_>,
        seq: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let len = self.encrypted_payload_len(msg.payload.len());
        let mut payload = PrefixedPayload::with_capacity(len);
        payload.extend(iter::repeat_n(&0, len));
        self.encrypter
            .encrypt_into(
                OutboundRecord::new(msg.typ, msg.payload.into()),
                seq,
                payload.as_mut(),
            )
            .map_err(|_| Error::EncryptError)?;
        let typ = match self.version {
            Version::Tls12 => msg.typ,
            Version::Tls13 => ContentType::ApplicationData,
        };
        Ok(OutboundOpaqueMessage::new(
            typ,
            ProtocolVersion::TLSv1_2,
            payload,
        ))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.encrypter
            .encrypted_payload_len(payload_len)
    }
}

struct DecrypterForRustls {
    decrypter: Box<dyn MessageDecrypter>,
    version: Version,
}

impl RustlsDecrypter for DecrypterForRustls {
    fn decrypt<'a>(
        &mut self,
        mut msg: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        match self.open(&mut msg, seq) {
            Ok(Opened { typ, content }) => {
                msg.typ = typ;
                if self.version == Version::Tls13 {
                    msg.version = ProtocolVersion::TLSv1_3;
                    // The handover recognises a failed opening by the zeros that it leaves. The provider may have wiped
                    // the type byte of this record, so put it next to the content again.
                    let outside_content = match content.start {
                        0 => content.end,
                        _ => 0,
                    };
                    if let Some(byte) = msg.payload.get_mut(outside_content) {
                        *byte = u8::from(typ);
                    }
                }
                Ok(msg.into_plain_message_range(content))
            }
            Err(err) => {
                msg.payload.fill(0);
                Err(err)
            }
        }
    }
}

impl DecrypterForRustls {
    fn open(&mut self, msg: &mut InboundOpaqueMessage<'_>, seq: u64) -> Result<Opened, Error> {
        let payload_len = u16::try_from(msg.payload.len()).map_err(|_| Error::DecryptError)?;
        let header = RecordHeader::with_version(msg.typ, msg.version, payload_len);
        if self.version == Version::Tls13 && !header.is_application_data() {
            return Err(Error::DecryptError);
        }
        let opened = self
            .decrypter
            .decrypt_in_place(header, &mut msg.payload, seq)
            .map_err(|failed| match failed {
                DecryptFailed::BadRecordMac => Error::DecryptError,
                DecryptFailed::RecordOverflow => Error::PeerSentOversizedRecord,
                DecryptFailed::NoContentType => PeerMisbehaved::IllegalTlsInnerPlaintext.into(),
            })?;
        let plaintext_len = self
            .decrypter
            .decrypted_payload_len(msg.payload.len());
        if plaintext_len > self.version.max_plaintext_len() {
            return Err(Error::PeerSentOversizedRecord);
        }
        if self.version == Version::Tls13 && opened.typ == ContentType::ChangeCipherSpec {
            return Err(PeerMisbehaved::IllegalMiddleboxChangeCipherSpec.into());
        }
        // As in the record layer, a provider that returns a range outside the payload must not make us panic.
        match msg.payload.get(opened.content.clone()) {
            Some(_) => Ok(opened),
            None => Err(Error::DecryptError),
        }
    }
}

/// Stands in for the objects of a rejected key: sealing and opening fail, and rustls panics if sealing fails.
///
/// Adopted algorithms have passed a trial and do not reject keys.
struct RejectedKey;

impl RustlsEncrypter for RejectedKey {
    fn encrypt(
        &mut self,
        _: OutboundPlainMessage<'_>,
        _: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        Err(Error::EncryptError)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len
    }
}

impl RustlsDecrypter for RejectedKey {
    fn decrypt<'a>(
        &mut self,
        _: InboundOpaqueMessage<'a>,
        _: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        Err(Error::DecryptError)
    }
}
