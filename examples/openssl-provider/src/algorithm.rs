//! Makes encrypters and decrypters from keys.

use rustls::CipherSuite;
use rustls_direct::cipher::{
    AeadAlgorithm, InvalidKey, MessageDecrypter, MessageEncrypter, RecordProvider, TrafficKeys,
};

use crate::aead::{AES_128_GCM, AES_256_GCM, Aead, CHACHA20_POLY1305};
use crate::tls12::{Tls12Decrypter, Tls12Encrypter};
use crate::tls13::{Tls13Decrypter, Tls13Encrypter};

/// Protects every record with OpenSSL. See [`RECORD_PROVIDER`](crate::RECORD_PROVIDER).
#[derive(Debug)]
pub(crate) struct OpenSsl;

impl RecordProvider for OpenSsl {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        algorithm(suite).map(|algorithm| algorithm as _)
    }
}

/// An AEAD in one version of TLS.
struct Algorithm {
    aead: &'static Aead,
    format: Format,
}

/// The format of a record's payload.
enum Format {
    Tls13,
    Tls12Gcm,
    Tls12Chacha20,
}

impl Algorithm {
    const fn new(aead: &'static Aead, format: Format) -> Self {
        Self { aead, format }
    }
}

/// Returns the algorithm of `suite`, or `None` if rustls does not support the suite.
fn algorithm(suite: CipherSuite) -> Option<&'static Algorithm> {
    use CipherSuite::*;
    static TLS13_AES_128: Algorithm = Algorithm::new(&AES_128_GCM, Format::Tls13);
    static TLS13_AES_256: Algorithm = Algorithm::new(&AES_256_GCM, Format::Tls13);
    static TLS13_CHACHA20: Algorithm = Algorithm::new(&CHACHA20_POLY1305, Format::Tls13);
    static TLS12_AES_128: Algorithm = Algorithm::new(&AES_128_GCM, Format::Tls12Gcm);
    static TLS12_AES_256: Algorithm = Algorithm::new(&AES_256_GCM, Format::Tls12Gcm);
    static TLS12_CHACHA20: Algorithm = Algorithm::new(&CHACHA20_POLY1305, Format::Tls12Chacha20);
    Some(match suite {
        TLS13_AES_128_GCM_SHA256 => &TLS13_AES_128,
        TLS13_AES_256_GCM_SHA384 => &TLS13_AES_256,
        TLS13_CHACHA20_POLY1305_SHA256 => &TLS13_CHACHA20,
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 | TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
            &TLS12_AES_128
        }
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 | TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
            &TLS12_AES_256
        }
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        | TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => &TLS12_CHACHA20,
        _ => return None,
    })
}

impl AeadAlgorithm for Algorithm {
    fn key_len(&self) -> usize {
        self.aead.key_len
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        let sealer = self.aead.sealer(keys.key())?;
        let iv = keys.iv().clone();
        Ok(match self.format {
            Format::Tls13 => Box::new(Tls13Encrypter { sealer, iv }),
            Format::Tls12Gcm => Box::new(Tls12Encrypter::<8> { sealer, iv }),
            Format::Tls12Chacha20 => Box::new(Tls12Encrypter::<0> { sealer, iv }),
        })
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        let opener = self.aead.opener(keys.key())?;
        let iv = keys.iv().clone();
        Ok(match self.format {
            Format::Tls13 => Box::new(Tls13Decrypter { opener, iv }),
            Format::Tls12Gcm => Box::new(Tls12Decrypter::<8> { opener, iv }),
            Format::Tls12Chacha20 => Box::new(Tls12Decrypter::<0> { opener, iv }),
        })
    }
}
