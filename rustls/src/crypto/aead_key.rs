//! Makes rustls's `AeadKey` from 16 bytes.
//!
//! Its `From` implementation takes 32 bytes. The only other public way leads through QUIC: rustls expands the key of an
//! initial packet with the HKDF of a suite, to the length of the QUIC algorithm's key, and passes the key to that
//! algorithm. So this file has an HKDF that expands a secret to itself, and a QUIC algorithm that captures the key.

use rustls::crypto::cipher::AeadKey;

use crate::cipher::{InvalidKey, TrafficKeys};

/// Converts `key` to rustls's type.
///
/// # Errors
///
/// - [`InvalidKey`]: `key` is neither 16 nor 32 bytes long. Without the feature `std` it has to be 32 bytes long.
pub(super) fn aead_key(key: &[u8]) -> Result<AeadKey, InvalidKey> {
    match <[u8; TrafficKeys::MAX_KEY_LEN]>::try_from(key) {
        Ok(key) => Ok(AeadKey::from(key)),
        #[cfg(feature = "std")]
        Err(_) => via_quic::aead_key(key),
        #[cfg(not(feature = "std"))]
        Err(_) => Err(InvalidKey),
    }
}

#[cfg(feature = "std")]
mod via_quic {
    use alloc::boxed::Box;
    use core::cell::Cell;
    use std::thread_local;

    use rustls::crypto::cipher::{
        AeadKey, Iv, MessageDecrypter, MessageEncrypter, Tls13AeadAlgorithm,
        UnsupportedOperationError,
    };
    use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
    use rustls::crypto::hmac;
    use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
    use rustls::quic::{Algorithm, HeaderProtectionKey, Keys, PacketKey, Tag, Version};
    use rustls::{
        CipherSuite, CipherSuiteCommon, ConnectionTrafficSecrets, Error, Side, Tls13CipherSuite,
    };

    use crate::cipher::{InvalidKey, TrafficKeys};

    const KEY_LEN: usize = 16;

    thread_local! {
        pub(super) static CAPTURED_KEY: Cell<Option<AeadKey>> = const { Cell::new(None) };
    }

    pub(super) fn aead_key(key: &[u8]) -> Result<AeadKey, InvalidKey> {
        if key.len() != KEY_LEN {
            return Err(InvalidKey);
        }
        Keys::initial(Version::V1, &SUITE, &QuicStub, key, Side::Client);
        CAPTURED_KEY
            // Replace the key with zeros: `None` would leave the bytes of the key in the slot.
            .try_with(|captured| {
                captured.replace(Some(AeadKey::from([0; TrafficKeys::MAX_KEY_LEN])))
            })
            .ok()
            .flatten()
            .filter(|made| made.as_ref() == key)
            .ok_or(InvalidKey)
    }

    static SUITE: Tls13CipherSuite = Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: CipherSuite::TLS13_AES_128_GCM_SHA256,
            hash_provider: &QuicStub,
            confidentiality_limit: 0,
        },
        hkdf_provider: &QuicStub,
        aead_alg: &QuicStub,
        quic: None,
    };

    /// Implements every trait that rustls needs to derive QUIC keys.
    struct QuicStub;

    impl Algorithm for QuicStub {
        fn packet_key(&self, key: AeadKey, _: Iv) -> Box<dyn PacketKey> {
            // The slot is already destroyed if the destructor of another thread-local value uses a connection.
            let _ = CAPTURED_KEY.try_with(|captured| captured.set(Some(key)));
            Box::new(Self)
        }

        fn header_protection_key(&self, _: AeadKey) -> Box<dyn HeaderProtectionKey> {
            Box::new(Self)
        }

        fn aead_key_len(&self) -> usize {
            KEY_LEN
        }
    }

    impl Hkdf for QuicStub {
        fn extract_from_zero_ikm(&self, _: Option<&[u8]>) -> Box<dyn HkdfExpander> {
            Box::new(IdentityExpander(OkmBlock::new(&[])))
        }

        fn extract_from_secret(&self, _: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
            Box::new(IdentityExpander(OkmBlock::new(secret)))
        }

        fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
            Box::new(IdentityExpander(okm.clone()))
        }

        fn hmac_sign(&self, _: &OkmBlock, _: &[u8]) -> hmac::Tag {
            hmac::Tag::new(&[])
        }
    }

    /// Expands a secret to itself. The secret is wiped on drop.
    struct IdentityExpander(OkmBlock);

    impl HkdfExpander for IdentityExpander {
        fn expand_slice(&self, _: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
            // A shorter output becomes an `Iv`, which rustls does not wipe. It gets no bytes of the key.
            if let Some(output) = output.get_mut(..KEY_LEN) {
                let secret = self.0.as_ref().get(..KEY_LEN);
                output.copy_from_slice(secret.ok_or(OutputLengthError)?);
            }
            Ok(())
        }

        fn expand_block(&self, _: &[&[u8]]) -> OkmBlock {
            self.0.clone()
        }

        fn hash_len(&self) -> usize {
            KEY_LEN
        }
    }

    // rustls needs objects with the traits below, but never calls their methods here.

    impl PacketKey for QuicStub {
        fn encrypt_in_place(&self, _: u64, _: &[u8], _: &mut [u8]) -> Result<Tag, Error> {
            Err(Error::EncryptError)
        }

        fn decrypt_in_place<'a>(
            &self,
            _: u64,
            _: &[u8],
            _: &'a mut [u8],
        ) -> Result<&'a [u8], Error> {
            Err(Error::DecryptError)
        }

        fn tag_len(&self) -> usize {
            0
        }

        fn confidentiality_limit(&self) -> u64 {
            0
        }

        fn integrity_limit(&self) -> u64 {
            0
        }
    }

    impl HeaderProtectionKey for QuicStub {
        fn encrypt_in_place(&self, _: &[u8], _: &mut u8, _: &mut [u8]) -> Result<(), Error> {
            Err(Error::EncryptError)
        }

        fn decrypt_in_place(&self, _: &[u8], _: &mut u8, _: &mut [u8]) -> Result<(), Error> {
            Err(Error::DecryptError)
        }

        fn sample_len(&self) -> usize {
            0
        }
    }

    impl Hash for QuicStub {
        fn start(&self) -> Box<dyn Context> {
            unreachable!("deriving a QUIC key hashes nothing")
        }

        fn hash(&self, _: &[u8]) -> Output {
            Output::new(&[])
        }

        fn output_len(&self) -> usize {
            0
        }

        fn algorithm(&self) -> HashAlgorithm {
            HashAlgorithm::SHA256
        }
    }

    impl Tls13AeadAlgorithm for QuicStub {
        fn encrypter(&self, _: AeadKey, _: Iv) -> Box<dyn MessageEncrypter> {
            unreachable!("QUIC protects no records of TLS")
        }

        fn decrypter(&self, _: AeadKey, _: Iv) -> Box<dyn MessageDecrypter> {
            unreachable!("QUIC protects no records of TLS")
        }

        fn key_len(&self) -> usize {
            KEY_LEN
        }

        fn extract_keys(
            &self,
            _: AeadKey,
            _: Iv,
        ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
            Err(UnsupportedOperationError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_has_the_given_bytes() {
        let bytes: [u8; 32] = core::array::from_fn(|i| u8::try_from(200 - i).unwrap());
        assert_eq!(aead_key(&bytes).unwrap().as_ref(), bytes);
        #[cfg(feature = "std")]
        for _ in 0..2 {
            assert_eq!(aead_key(&bytes[..16]).unwrap().as_ref(), &bytes[..16]);
        }
        #[cfg(not(feature = "std"))]
        assert!(aead_key(&bytes[..16]).is_err());
    }

    #[cfg(feature = "std")]
    #[test]
    fn no_key_stays_in_the_slot() {
        aead_key(&[7; 16]).unwrap();
        let captured = via_quic::CAPTURED_KEY.take().unwrap();
        assert_eq!(captured.as_ref(), [0; 32]);
    }

    #[test]
    fn other_lengths_are_refused() {
        for len in [0, 1, 15, 17, 31, 33, 64, 100] {
            assert!(aead_key(&[0; 100][..len]).is_err());
        }
    }
}
