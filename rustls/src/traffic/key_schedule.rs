//! The secrets that a connection keeps after its handshake, other than its traffic keys.

use alloc::boxed::Box;

use rustls::{Error, ExtractedSecrets};

use super::kernel::Kernel;
use super::keys::{ReceivingKeys, SendingKeys, TicketStore};
use super::secrets::DirectionSecrets;
use crate::cipher::TrafficKeys;
use crate::error::explained;

/// Derives the keys of both directions, stores tickets, and holds the secrets that the caller may extract.
#[derive(Default)]
pub(crate) struct KeySchedule {
    /// `None` in TLS 1.2, unless the caller may extract secrets: TLS 1.2 has neither key updates nor tickets after the
    /// handshake.
    kernel: Option<Box<Kernel>>,
    /// `None` unless the caller's config allows the extraction of secrets.
    extractable: Option<Box<Extractable>>,
}

struct Extractable {
    tx: DirectionSecrets,
    rx: DirectionSecrets,
}

impl KeySchedule {
    pub(crate) fn new(kernel: Option<Box<Kernel>>) -> Self {
        Self {
            kernel,
            extractable: None,
        }
    }

    /// Makes one that also holds the secrets of both directions, for the caller to extract.
    pub(crate) fn extractable(
        kernel: Option<Box<Kernel>>,
        tx: DirectionSecrets,
        rx: DirectionSecrets,
    ) -> Self {
        Self {
            kernel,
            extractable: Some(Box::new(Extractable { tx, rx })),
        }
    }

    /// Wipes the secrets that the caller could extract. A connection that is split no longer gives them away.
    #[cfg(feature = "std")]
    pub(crate) fn drop_extractable(&mut self) {
        self.extractable = None;
    }

    /// The secrets of both directions, with the sequence number of the next record in each. `None` if the caller may
    /// not extract them.
    pub(crate) fn into_secrets(self, tx: u64, rx: u64) -> Option<(ExtractedSecrets, Kernel)> {
        let mut secrets = self.extractable?;
        let extracted = ExtractedSecrets {
            tx: (tx, secrets.tx.take()),
            rx: (rx, secrets.rx.take()),
        };
        Some((extracted, *self.kernel?))
    }
}

impl SendingKeys for KeySchedule {
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        let secrets = match self.kernel.as_deref_mut() {
            #[cfg(all(loom, test))]
            Some(Kernel::Model(model)) => return model.next_sending_keys(),
            Some(kernel) => DirectionSecrets::new(kernel.update_tx_secret()?)?,
            None => return Err(no_key_update()),
        };
        let keys = secrets.keys().clone();
        if let Some(extractable) = &mut self.extractable {
            extractable.tx = secrets;
        }
        Ok(keys)
    }
}

impl ReceivingKeys for KeySchedule {
    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error> {
        let secrets = match self.kernel.as_deref_mut() {
            #[cfg(all(loom, test))]
            Some(Kernel::Model(model)) => return model.next_receiving_keys(),
            Some(kernel) => DirectionSecrets::new(kernel.update_rx_secret()?)?,
            None => return Err(no_key_update()),
        };
        let keys = secrets.keys().clone();
        if let Some(extractable) = &mut self.extractable {
            extractable.rx = secrets;
        }
        Ok(keys)
    }
}

impl TicketStore for KeySchedule {
    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error> {
        match &mut self.kernel {
            Some(kernel) => kernel.store_ticket(body),
            None => Ok(()),
        }
    }
}

fn no_key_update() -> Error {
    explained("TLS 1.2 has no key update")
}
