//! The key and iv of one direction, as rustls gives them.

use alloc::format;
use core::mem;

use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{ConnectionTrafficSecrets, Error};

use crate::cipher::TrafficKeys;
use crate::crypto::Cipher;
use crate::error::explained;

/// The [`ConnectionTrafficSecrets`] of one direction, as rustls returns them.
///
/// The iv is held in [`TrafficKeys`], because rustls's `Iv` is not wiped. The key is held as rustls's `AeadKey` as
/// well, because not every build can make an `AeadKey` from every key.
pub(crate) struct DirectionSecrets {
    cipher: Cipher,
    key: AeadKey,
    keys: TrafficKeys,
}

impl DirectionSecrets {
    pub(crate) fn new(secrets: ConnectionTrafficSecrets) -> Result<Self, Error> {
        use ConnectionTrafficSecrets::*;
        match (Cipher::of_secrets(&secrets), secrets) {
            (
                Some(cipher),
                Aes128Gcm { key, iv } | Aes256Gcm { key, iv } | Chacha20Poly1305 { key, iv },
            ) => Ok(Self {
                cipher,
                keys: TrafficKeys::new(key.as_ref(), iv.as_ref())
                    .map_err(|err| explained(format!("{err}")))?,
                key,
            }),
            _ => Err(explained(
                "rustls gave keys for an AEAD that rustls-direct does not know",
            )),
        }
    }

    pub(crate) fn keys(&self) -> &TrafficKeys {
        &self.keys
    }

    /// Gives the secrets away, and leaves a key of zeros here, because a move would leave the bytes of the key.
    pub(super) fn take(&mut self) -> ConnectionTrafficSecrets {
        let zeros = AeadKey::from([0; TrafficKeys::MAX_KEY_LEN]);
        let key = mem::replace(&mut self.key, zeros);
        self.cipher
            .secrets(key, Iv::from(*self.keys.iv().as_bytes()))
    }
}
