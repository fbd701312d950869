//! Maps each cipher suite to a protection and an AEAD.

use alloc::boxed::Box;
use core::marker::PhantomData;

use rustls::CipherSuite;

use super::aead::Aead;
use super::suites::Cipher;
#[cfg(feature = "tls12")]
use super::suites::GCM_EXPLICIT_NONCE_LEN;
#[cfg(feature = "tls12")]
use super::tls12::{CHACHA20_EXPLICIT_NONCE_LEN, Tls12Decrypter, Tls12Encrypter};
use super::tls13::{Tls13Decrypter, Tls13Encrypter};
use crate::cipher::{
    AeadAlgorithm, InvalidKey, MessageDecrypter, MessageEncrypter, RecordSource, TrafficKeys,
};
use crate::record::Version;

/// An algorithm over the AEADs of the library `A`.
pub(super) struct Algorithm<A> {
    protection: Protection,
    cipher: Cipher,
    library: PhantomData<fn() -> A>,
}

#[derive(Clone, Copy)]
enum Protection {
    Tls13,
    #[cfg(feature = "tls12")]
    Tls12Gcm,
    #[cfg(feature = "tls12")]
    Tls12Chacha20,
}

impl<A: Aead> Algorithm<A> {
    /// Returns the algorithm of `suite`. `None` if the suite is not supported.
    pub(super) fn of(suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        use Cipher::*;
        use Protection::*;
        Some(match (Version::of(suite), Cipher::of(suite)?) {
            (Version::Tls13, Aes128Gcm) => const { &Self::new(Tls13, Aes128Gcm) },
            (Version::Tls13, Aes256Gcm) => const { &Self::new(Tls13, Aes256Gcm) },
            (Version::Tls13, Chacha20Poly1305) => const { &Self::new(Tls13, Chacha20Poly1305) },
            #[cfg(feature = "tls12")]
            (Version::Tls12, Aes128Gcm) => const { &Self::new(Tls12Gcm, Aes128Gcm) },
            #[cfg(feature = "tls12")]
            (Version::Tls12, Aes256Gcm) => const { &Self::new(Tls12Gcm, Aes256Gcm) },
            #[cfg(feature = "tls12")]
            (Version::Tls12, Chacha20Poly1305) => {
                const { &Self::new(Tls12Chacha20, Chacha20Poly1305) }
            }
            #[cfg(not(feature = "tls12"))]
            (Version::Tls12, _) => return None,
        })
    }

    const fn new(protection: Protection, cipher: Cipher) -> Self {
        Self {
            protection,
            cipher,
            library: PhantomData,
        }
    }
}

impl<A: Aead> AeadAlgorithm for Algorithm<A> {
    fn key_len(&self) -> usize {
        self.cipher.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        let aead = A::new(self.cipher, keys.key())?;
        let iv = keys.iv().clone();
        Ok(match self.protection {
            Protection::Tls13 => Box::new(Tls13Encrypter::new(aead, iv)),
            #[cfg(feature = "tls12")]
            Protection::Tls12Gcm => {
                Box::new(Tls12Encrypter::<_, GCM_EXPLICIT_NONCE_LEN>::new(aead, iv))
            }
            #[cfg(feature = "tls12")]
            Protection::Tls12Chacha20 => Box::new(
                Tls12Encrypter::<_, CHACHA20_EXPLICIT_NONCE_LEN>::new(aead, iv),
            ),
        })
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        let aead = A::new(self.cipher, keys.key())?;
        let iv = keys.iv().clone();
        Ok(match self.protection {
            Protection::Tls13 => Box::new(Tls13Decrypter::new(aead, iv)),
            #[cfg(feature = "tls12")]
            Protection::Tls12Gcm => {
                Box::new(Tls12Decrypter::<_, GCM_EXPLICIT_NONCE_LEN>::new(aead, iv))
            }
            #[cfg(feature = "tls12")]
            Protection::Tls12Chacha20 => Box::new(
                Tls12Decrypter::<_, CHACHA20_EXPLICIT_NONCE_LEN>::new(aead, iv),
            ),
        })
    }

    fn source(&self) -> RecordSource {
        A::SOURCE
    }
}
