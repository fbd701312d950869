//! What is left of rustls after a handshake: it derives the keys of key updates, and stores tickets.

use alloc::boxed::Box;
use alloc::format;
use core::mem;

use rustls::client::ClientConnectionData;
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ConnectionTrafficSecrets, Error, ExtractedSecrets};

use crate::cipher::TrafficKeys;
use crate::crypto::Cipher;
use crate::error::explained;

/// The part of rustls that both halves of a connection turn to now and then.
pub(crate) trait KeySchedule {
    /// How many generations there are to go on to.
    fn sending_keys_left(&self) -> usize {
        usize::MAX
    }

    /// The next generation of what we seal with. RFC 8446 s7.2.
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error>;

    /// The next generation of what we open with.
    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error>;

    /// Stores a NewSessionTicket, which comes without its header.
    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error>;

    /// Says whether anything is owed to the peer, where somebody else wants to know.
    fn settle(&mut self, owes: bool) {
        let _ = owes;
    }
}

/// rustls's connection of either role, without its keys.
pub(crate) enum Kernel {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
    #[cfg(all(loom, test))]
    Model(Box<dyn KeySchedule + Send>),
}

/// What is left of rustls after a handshake.
#[derive(Default)]
pub(crate) struct Remainder {
    /// Nothing in TLS 1.2, which has no use for it, unless the caller may have it.
    kernel: Option<Box<Kernel>>,
    /// The secrets of both directions, if the caller may have them.
    extractable: Option<Box<Both>>,
}

struct Both {
    tx: DirectionSecrets,
    rx: DirectionSecrets,
}

/// What rustls gives away of a direction, as [`ConnectionTrafficSecrets`].
///
/// The iv is ours, because rustls's `Iv` is not wiped. The key is rustls's, because an `AeadKey` cannot be made of every
/// key in every build.
pub(crate) struct DirectionSecrets {
    cipher: Cipher,
    key: AeadKey,
    keys: TrafficKeys,
}

impl DirectionSecrets {
    pub(crate) fn new(secrets: ConnectionTrafficSecrets) -> Result<Self, Error> {
        use ConnectionTrafficSecrets::*;
        match (Cipher::labelled(&secrets), secrets) {
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

    /// Gives them away. A key of zeros comes in the place of the key, because a move would leave the bytes of the key there.
    fn take(&mut self) -> ConnectionTrafficSecrets {
        let zeros = AeadKey::from([0; TrafficKeys::MAX_KEY_LEN]);
        let key = mem::replace(&mut self.key, zeros);
        self.cipher
            .label(key, Iv::from(*self.keys.iv().as_bytes()))
    }
}

impl Remainder {
    pub(crate) fn new(kernel: Option<Box<Kernel>>) -> Self {
        Self {
            kernel,
            extractable: None,
        }
    }

    /// With the secrets of both directions, because the caller may have them.
    pub(crate) fn extractable(
        kernel: Option<Box<Kernel>>,
        tx: DirectionSecrets,
        rx: DirectionSecrets,
    ) -> Self {
        Self {
            kernel,
            extractable: Some(Box::new(Both { tx, rx })),
        }
    }

    /// Forgets what only a whole connection gives away.
    #[cfg(feature = "std")]
    pub(crate) fn keep_secrets(&mut self) {
        self.extractable = None;
    }

    /// What the caller may take out, with the next sequence number of each direction.
    pub(crate) fn into_secrets(self, tx: u64, rx: u64) -> Option<(ExtractedSecrets, Kernel)> {
        let mut secrets = self.extractable?;
        let extracted = ExtractedSecrets {
            tx: (tx, secrets.tx.take()),
            rx: (rx, secrets.rx.take()),
        };
        Some((extracted, *self.kernel?))
    }
}

impl KeySchedule for Remainder {
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        let (_, secrets) = match self.kernel.as_deref_mut() {
            Some(Kernel::Client(kernel)) => kernel.update_tx_secret(),
            Some(Kernel::Server(kernel)) => kernel.update_tx_secret(),
            #[cfg(all(loom, test))]
            Some(Kernel::Model(model)) => return model.next_sending_keys(),
            None => Err(no_key_update()),
        }?;
        let secrets = DirectionSecrets::new(secrets)?;
        let keys = secrets.keys().clone();
        if let Some(extractable) = &mut self.extractable {
            extractable.tx = secrets;
        }
        Ok(keys)
    }

    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error> {
        let (_, secrets) = match self.kernel.as_deref_mut() {
            Some(Kernel::Client(kernel)) => kernel.update_rx_secret(),
            Some(Kernel::Server(kernel)) => kernel.update_rx_secret(),
            #[cfg(all(loom, test))]
            Some(Kernel::Model(model)) => return model.next_receiving_keys(),
            None => Err(no_key_update()),
        }?;
        let secrets = DirectionSecrets::new(secrets)?;
        let keys = secrets.keys().clone();
        if let Some(extractable) = &mut self.extractable {
            extractable.rx = secrets;
        }
        Ok(keys)
    }

    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error> {
        match self.kernel.as_deref_mut() {
            Some(Kernel::Client(kernel)) => kernel.handle_new_session_ticket(body),
            #[cfg(all(loom, test))]
            Some(Kernel::Model(model)) => model.store_ticket(body),
            _ => Ok(()),
        }
    }
}

fn no_key_update() -> Error {
    explained("TLS 1.2 has no key update")
}
