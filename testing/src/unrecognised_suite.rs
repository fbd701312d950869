//! Suites that rustls-direct does not recognise, as other crypto providers have them.

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, OutboundOpaqueMessage, OutboundPlainMessage, Tls12AeadAlgorithm,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::hash::{self, Hash, HashAlgorithm};
use rustls::crypto::tls12::Prf;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock};
use rustls::crypto::{ActiveKeyExchange, hmac};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, Error, ProtocolVersion, SupportedCipherSuite,
    Tls12CipherSuite, Tls13CipherSuite,
};

use crate::setup::{Records, Setup};

/// A part of a cipher suite that does what `like` does, except for its quirks.
struct Part<T: ?Sized + 'static> {
    like: &'static T,
    quirks: Quirks,
}

/// How a suite differs from the one that it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Quirks {
    pub fips: bool,
    pub keys: ExtractedKeys,
    pub objects: CipherBehavior,
    /// The key length that it claims, if it is wrong.
    pub key_len: Option<usize>,
    /// The lengths of the fixed iv and the explicit nonce that it claims for TLS 1.2.
    pub iv_lens: Option<(usize, usize)>,
}

/// How encrypters and decrypters behave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CipherBehavior {
    Right,
    /// They count sequence numbers themselves, from 0.
    Count,
    /// They wipe everything of an opened record but its content.
    Wipe,
    /// They return the inner content type for the header, in TLS 1.3 too.
    ShowType,
    /// They return the version of TLS 1.3, 03 04, for the header.
    ShowVersion,
}

/// The result of `extract_keys`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExtractedKeys {
    Right,
    /// An error.
    None,
    /// The right keys, under the name of another AEAD.
    Mislabelled,
    /// Another iv.
    Altered,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            fips: false,
            keys: ExtractedKeys::Right,
            objects: CipherBehavior::Right,
            key_len: None,
            iv_lens: None,
        }
    }
}

impl Setup {
    /// Replaces the suite by one that is not recognised, so that its own objects are wrapped.
    pub fn wrapped(&self) -> Self {
        unrecognised_suite(self, Quirks::default())
    }
}

/// Returns `setup` with a suite that does the same, apart from its quirks, and is not recognised.
pub fn unrecognised_suite(setup: &Setup, quirks: Quirks) -> Setup {
    fn part<T: ?Sized>(like: &'static T, quirks: Quirks) -> &'static Part<T> {
        Box::leak(Box::new(Part { like, quirks }))
    }
    let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
        suite: common.suite,
        hash_provider: part(common.hash_provider, quirks),
        confidentiality_limit: common.confidentiality_limit,
    };
    let suite = match setup.suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: part(suite.prf_provider, quirks),
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: part(suite.aead_alg, quirks),
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: part(suite.hkdf_provider, quirks),
                aead_alg: part(suite.aead_alg, quirks),
                quic: None,
            })))
        }
    };
    let mut setup = setup.clone();
    setup.suite = suite;
    setup.record_source = Records::Wrapped;
    setup
}

impl Quirks {
    fn encrypter(self, encrypter: Box<dyn MessageEncrypter>) -> Box<dyn MessageEncrypter> {
        match self.objects {
            CipherBehavior::Count => Box::new(CountingEncrypter { encrypter, next: 0 }),
            CipherBehavior::ShowType | CipherBehavior::ShowVersion => {
                Box::new(HeaderChangingEncrypter {
                    encrypter,
                    objects: self.objects,
                })
            }
            CipherBehavior::Right | CipherBehavior::Wipe => encrypter,
        }
    }

    fn decrypter(self, decrypter: Box<dyn MessageDecrypter>) -> Box<dyn MessageDecrypter> {
        match self.objects {
            CipherBehavior::Wipe => Box::new(WipingDecrypter(decrypter)),
            CipherBehavior::Right
            | CipherBehavior::Count
            | CipherBehavior::ShowType
            | CipherBehavior::ShowVersion => decrypter,
        }
    }

    fn extracted(
        self,
        keys: impl FnOnce() -> Result<ConnectionTrafficSecrets, UnsupportedOperationError>,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        use ConnectionTrafficSecrets::*;
        match (self.keys, keys()?) {
            (ExtractedKeys::None, _) => Err(UnsupportedOperationError),
            (ExtractedKeys::Right, keys) => Ok(keys),
            (ExtractedKeys::Mislabelled, Aes256Gcm { key, iv }) => Ok(Aes128Gcm { key, iv }),
            (ExtractedKeys::Mislabelled, Aes128Gcm { key, iv } | Chacha20Poly1305 { key, iv }) => {
                Ok(Aes256Gcm { key, iv })
            }
            (ExtractedKeys::Altered, Aes128Gcm { key, iv }) => Ok(Aes128Gcm {
                key,
                iv: reversed(iv),
            }),
            (ExtractedKeys::Altered, Aes256Gcm { key, iv }) => Ok(Aes256Gcm {
                key,
                iv: reversed(iv),
            }),
            (ExtractedKeys::Altered, Chacha20Poly1305 { key, iv }) => Ok(Chacha20Poly1305 {
                key,
                iv: reversed(iv),
            }),
            (_, other) => panic!("{} is not known here", std::any::type_name_of_val(&other)),
        }
    }
}

fn reversed(iv: Iv) -> Iv {
    let mut bytes: [u8; 12] = iv
        .as_ref()
        .try_into()
        .expect("12 bytes");
    bytes.reverse();
    Iv::from(bytes)
}

impl Hash for Part<dyn Hash> {
    fn start(&self) -> Box<dyn hash::Context> {
        self.like.start()
    }

    fn hash(&self, data: &[u8]) -> hash::Output {
        self.like.hash(data)
    }

    fn output_len(&self) -> usize {
        self.like.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.like.algorithm()
    }

    fn fips(&self) -> bool {
        self.quirks.fips
    }
}

impl Prf for Part<dyn Prf> {
    fn for_key_exchange(
        &self,
        output: &mut [u8; 48],
        kx: Box<dyn ActiveKeyExchange>,
        peer: &[u8],
        label: &[u8],
        seed: &[u8],
    ) -> Result<(), Error> {
        self.like
            .for_key_exchange(output, kx, peer, label, seed)
    }

    fn for_secret(&self, output: &mut [u8], secret: &[u8], label: &[u8], seed: &[u8]) {
        self.like
            .for_secret(output, secret, label, seed)
    }

    fn fips(&self) -> bool {
        self.quirks.fips
    }
}

impl Hkdf for Part<dyn Hkdf> {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        self.like.extract_from_zero_ikm(salt)
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        self.like
            .extract_from_secret(salt, secret)
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        self.like.expander_for_okm(okm)
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> hmac::Tag {
        self.like.hmac_sign(key, message)
    }

    fn fips(&self) -> bool {
        self.quirks.fips
    }
}

impl Tls12AeadAlgorithm for Part<dyn Tls12AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        self.quirks
            .encrypter(self.like.encrypter(key, iv, extra))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.quirks
            .decrypter(self.like.decrypter(key, iv))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        let like = self.like.key_block_shape();
        let (fixed_iv_len, explicit_nonce_len) = self
            .quirks
            .iv_lens
            .unwrap_or((like.fixed_iv_len, like.explicit_nonce_len));
        KeyBlockShape {
            enc_key_len: self
                .quirks
                .key_len
                .unwrap_or(like.enc_key_len),
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
        self.quirks.extracted(|| {
            self.like
                .extract_keys(key, iv, explicit)
        })
    }

    fn fips(&self) -> bool {
        self.quirks.fips
    }
}

impl Tls13AeadAlgorithm for Part<dyn Tls13AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.quirks
            .encrypter(self.like.encrypter(key, iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.quirks
            .decrypter(self.like.decrypter(key, iv))
    }

    fn key_len(&self) -> usize {
        self.quirks
            .key_len
            .unwrap_or_else(|| self.like.key_len())
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.quirks
            .extracted(|| self.like.extract_keys(key, iv))
    }

    fn fips(&self) -> bool {
        self.quirks.fips
    }
}

/// Counts sequence numbers itself.
struct CountingEncrypter {
    encrypter: Box<dyn MessageEncrypter>,
    next: u64,
}

impl MessageEncrypter for CountingEncrypter {
    fn encrypt(
        &mut self,
        msg: OutboundPlainMessage<'_>,
        _: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let seq = self.next;
        self.next += 1;
        self.encrypter.encrypt(msg, seq)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.encrypter
            .encrypted_payload_len(payload_len)
    }
}

/// Seals correctly, and returns another type or version for the header.
struct HeaderChangingEncrypter {
    encrypter: Box<dyn MessageEncrypter>,
    objects: CipherBehavior,
}

impl MessageEncrypter for HeaderChangingEncrypter {
    fn encrypt(
        &mut self,
        msg: OutboundPlainMessage<'_>,
        seq: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let typ = msg.typ;
        let mut sealed = self.encrypter.encrypt(msg, seq)?;
        match self.objects {
            CipherBehavior::ShowType => sealed.typ = typ,
            _ => sealed.version = ProtocolVersion::TLSv1_3,
        }
        Ok(sealed)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.encrypter
            .encrypted_payload_len(payload_len)
    }
}

/// Wipes everything of a record but its content.
struct WipingDecrypter(Box<dyn MessageDecrypter>);

impl MessageDecrypter for WipingDecrypter {
    fn decrypt<'a>(
        &mut self,
        msg: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let (typ, version) = (msg.typ, msg.version);
        let mut copy = msg.payload.to_vec();
        let opened = self
            .0
            .decrypt(InboundOpaqueMessage::new(typ, version, &mut copy), seq)?;
        let (typ, version, content) = (opened.typ, opened.version, opened.payload.to_vec());
        let mut msg = msg;
        msg.typ = typ;
        msg.version = version;
        msg.payload.fill(0);
        msg.payload[..content.len()].copy_from_slice(&content);
        Ok(msg.into_plain_message_range(0..content.len()))
    }
}
