//! Cipher suites as another crypto provider would have them.

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

use crate::setup::Records;
use crate::setup::Setup;

/// A part of a cipher suite that comes from elsewhere: it does what `like` does, but for what it says of itself.
struct Foreign<T: ?Sized + 'static> {
    like: &'static T,
    traits: Quirks,
}

/// What such a provider says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Quirks {
    pub fips: bool,
    pub keys: ExtractedKeys,
    pub objects: CipherBehavior,
    /// How long it says that its keys are, if not as long as they are.
    pub key_len: Option<usize>,
    /// How it says that a key block of TLS 1.2 is divided: secret, explicit.
    pub iv_lens: Option<(usize, usize)>,
}

/// What its encrypters and decrypters do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CipherBehavior {
    Right,
    /// They seal under numbers of their own, from 0.
    Count,
    /// They leave only zeros around the content of a record that they have opened.
    Wipe,
    /// They ask rustls to show the type that they have sealed, in the header of TLS 1.3 too.
    ShowType,
    /// They ask rustls to show the version of TLS 1.3, 03 04.
    ShowVersion,
}

/// What comes out when it is asked for its keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExtractedKeys {
    Right,
    /// None.
    None,
    /// The right ones, as those of another AEAD.
    Mislabelled,
    /// Another iv than went in.
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
    /// The same, with a suite that is not the one that rustls comes with, so that its own objects are wrapped.
    pub fn wrapped(&self) -> Self {
        unrecognised_suite(self, Quirks::default())
    }
}

/// A suite like that of `setup`, which is not the one that rustls comes with.
pub fn unrecognised_suite(setup: &Setup, traits: Quirks) -> Setup {
    fn part<T: ?Sized>(like: &'static T, traits: Quirks) -> &'static Foreign<T> {
        Box::leak(Box::new(Foreign { like, traits }))
    }
    let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
        suite: common.suite,
        hash_provider: part(common.hash_provider, traits),
        confidentiality_limit: common.confidentiality_limit,
    };
    let suite = match setup.suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: part(suite.prf_provider, traits),
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: part(suite.aead_alg, traits),
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: part(suite.hkdf_provider, traits),
                aead_alg: part(suite.aead_alg, traits),
                quic: None,
            })))
        }
    };
    let mut setup = setup.clone();
    setup.suite = suite;
    setup.finds = Records::Wrapped;
    setup
}

impl Quirks {
    fn encrypter(self, encrypter: Box<dyn MessageEncrypter>) -> Box<dyn MessageEncrypter> {
        match self.objects {
            CipherBehavior::Count => Box::new(Counts { encrypter, next: 0 }),
            CipherBehavior::ShowType | CipherBehavior::ShowVersion => Box::new(Shows {
                encrypter,
                objects: self.objects,
            }),
            CipherBehavior::Right | CipherBehavior::Wipe => encrypter,
        }
    }

    fn decrypter(self, decrypter: Box<dyn MessageDecrypter>) -> Box<dyn MessageDecrypter> {
        match self.objects {
            CipherBehavior::Wipe => Box::new(Wipes(decrypter)),
            CipherBehavior::Right
            | CipherBehavior::Count
            | CipherBehavior::ShowType
            | CipherBehavior::ShowVersion => decrypter,
        }
    }

    fn give(
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

impl Hash for Foreign<dyn Hash> {
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
        self.traits.fips
    }
}

impl Prf for Foreign<dyn Prf> {
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
        self.traits.fips
    }
}

impl Hkdf for Foreign<dyn Hkdf> {
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
        self.traits.fips
    }
}

impl Tls12AeadAlgorithm for Foreign<dyn Tls12AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        self.traits
            .encrypter(self.like.encrypter(key, iv, extra))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.traits
            .decrypter(self.like.decrypter(key, iv))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        let like = self.like.key_block_shape();
        let (fixed_iv_len, explicit_nonce_len) = self
            .traits
            .iv_lens
            .unwrap_or((like.fixed_iv_len, like.explicit_nonce_len));
        KeyBlockShape {
            enc_key_len: self
                .traits
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
        self.traits.give(|| {
            self.like
                .extract_keys(key, iv, explicit)
        })
    }

    fn fips(&self) -> bool {
        self.traits.fips
    }
}

impl Tls13AeadAlgorithm for Foreign<dyn Tls13AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.traits
            .encrypter(self.like.encrypter(key, iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.traits
            .decrypter(self.like.decrypter(key, iv))
    }

    fn key_len(&self) -> usize {
        self.traits
            .key_len
            .unwrap_or_else(|| self.like.key_len())
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.traits
            .give(|| self.like.extract_keys(key, iv))
    }

    fn fips(&self) -> bool {
        self.traits.fips
    }
}

/// Goes by numbers of its own.
struct Counts {
    encrypter: Box<dyn MessageEncrypter>,
    next: u64,
}

impl MessageEncrypter for Counts {
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

/// Seals as it should, and asks for another header.
struct Shows {
    encrypter: Box<dyn MessageEncrypter>,
    objects: CipherBehavior,
}

impl MessageEncrypter for Shows {
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

/// Leaves nothing of a record but its content.
struct Wipes(Box<dyn MessageDecrypter>);

impl MessageDecrypter for Wipes {
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
