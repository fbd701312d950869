//! Makes encrypters and decrypters from keys.

use std::marker::PhantomData;

use aes_gcm::{KeyInit, KeySizeUser};
use rustls_direct::cipher::{
    AeadAlgorithm, InvalidKey, Iv, MessageDecrypter, MessageEncrypter, TrafficKeys,
};

use crate::aead::Aead;

/// One direction's key and iv in one version of TLS. It can seal and open; each object does one of the two.
pub(crate) trait Protection: MessageEncrypter + MessageDecrypter + Sized + 'static {
    type Aead: Aead;

    fn new(aead: Self::Aead, iv: Iv) -> Self;
}

/// The protection `P`.
pub(crate) struct Algorithm<P>(PhantomData<fn() -> P>);

impl<P: Protection> Algorithm<P> {
    pub(crate) fn get() -> &'static dyn AeadAlgorithm {
        const { &Self(PhantomData) }
    }

    fn protection(keys: &TrafficKeys) -> Result<P, InvalidKey> {
        let aead = P::Aead::new_from_slice(keys.key()).map_err(|_| InvalidKey)?;
        Ok(P::new(aead, keys.iv().clone()))
    }
}

impl<P: Protection> AeadAlgorithm for Algorithm<P> {
    fn key_len(&self) -> usize {
        P::Aead::key_size()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(Self::protection(keys)?))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(Self::protection(keys)?))
    }
}
