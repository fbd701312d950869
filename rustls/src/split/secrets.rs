//! The secrets that the two halves of a connection share.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
#[cfg(not(loom))]
use std::sync::Mutex;

#[cfg(loom)]
use loom::sync::Mutex;
use rustls::{Error, SupportedCipherSuite};

use super::shared::lock;
use crate::cipher::TrafficKeys;
use crate::error::explained;
use crate::observer::Exporter;
use crate::traffic::{KeySchedule, ReceivingKeys, SendingKeys, TicketStore};

/// The secrets that later keys of both directions are derived from, and the exporter's.
///
/// The reader takes the key schedule out of the lock while the caller's session store runs. The writer never waits for
/// the store, because the reader first derives keys for the writer.
#[derive(Clone)]
pub(super) struct SharedSecrets(Arc<Mutex<Secrets>>);

#[derive(Default)]
struct Secrets {
    /// `None` while the reader has borrowed it, and after it was dropped.
    key_schedule: Option<KeySchedule>,
    /// The next keys to seal with, the first one in front. The key schedule derives those that follow.
    prepared: VecDeque<TrafficKeys>,
    /// `None` if the handshake gave none, and after it was dropped.
    exporter: Option<Exporter>,
}

/// Number of keys that the reader prepares for the writer.
///
/// One is for the answer to the peer's KeyUpdate: there is at most one, because the reader reads nothing in the
/// meantime. One replaces a worn key, which with AES-GCM takes 2^24 records. The others are for a caller that refreshes
/// keys.
pub(super) const PREPARED_KEYS: usize = 4;

impl SharedSecrets {
    pub(super) fn new(key_schedule: KeySchedule, exporter: Option<Exporter>) -> Self {
        Self(Arc::new(Mutex::new(Secrets {
            key_schedule: Some(key_schedule),
            prepared: VecDeque::new(),
            exporter,
        })))
    }

    /// Fills `output` with keying material.
    pub(super) fn export(
        &self,
        suite: Option<SupportedCipherSuite>,
        output: &mut [u8],
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<(), Error> {
        match (&lock(&self.0).exporter, suite) {
            (Some(exporter), Some(suite)) => exporter.export(suite, output, label, context),
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Drops the key schedule, and leaves prepared keys to the writer, which may be changing its key.
    pub(super) fn drop_key_schedule(&self) {
        drop(
            self.borrow_key_schedule()
                .key_schedule
                .take(),
        );
    }

    /// Drops all secrets.
    pub(super) fn drop_all(&self) {
        *lock(&self.0) = Secrets::default();
    }

    /// Takes the key schedule out of the lock, and leaves prepared keys to the writer.
    fn borrow_key_schedule(&self) -> Borrowed<'_> {
        let mut secrets = lock(&self.0);
        secrets.prepare_keys();
        Borrowed {
            key_schedule: secrets.key_schedule.take(),
            owner: &self.0,
        }
    }
}

impl Secrets {
    fn prepare_keys(&mut self) {
        let Some(key_schedule) = &mut self.key_schedule else {
            return;
        };
        // Reserved at once: a queue that grew would leave copies of the keys in the memory that it gives back.
        self.prepared
            .reserve_exact(PREPARED_KEYS - self.prepared.len());
        while self.prepared.len() < PREPARED_KEYS {
            match key_schedule.next_sending_keys() {
                Ok(keys) => self.prepared.push_back(keys),
                // TLS 1.2 has no next key.
                Err(_) => break,
            }
        }
    }
}

/// The key schedule, outside the lock. `Drop` puts it back, even if the session store panics.
struct Borrowed<'a> {
    key_schedule: Option<KeySchedule>,
    owner: &'a Mutex<Secrets>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(key_schedule) = self.key_schedule.take() {
            lock(self.owner).key_schedule = Some(key_schedule);
        }
    }
}

impl SendingKeys for SharedSecrets {
    fn sending_keys_left(&self) -> usize {
        let secrets = lock(&self.0);
        match secrets.key_schedule {
            Some(_) => usize::MAX,
            None => secrets.prepared.len(),
        }
    }

    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        let mut secrets = lock(&self.0);
        match (secrets.prepared.pop_front(), &mut secrets.key_schedule) {
            (Some(keys), _) => Ok(keys),
            (None, Some(key_schedule)) => key_schedule.next_sending_keys(),
            (None, None) => Err(dropped()),
        }
    }
}

impl ReceivingKeys for SharedSecrets {
    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error> {
        match &mut lock(&self.0).key_schedule {
            Some(key_schedule) => key_schedule.next_receiving_keys(),
            None => Err(dropped()),
        }
    }
}

impl TicketStore for SharedSecrets {
    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error> {
        match &mut self.borrow_key_schedule().key_schedule {
            Some(key_schedule) => key_schedule.store_ticket(body),
            None => Err(dropped()),
        }
    }
}

fn dropped() -> Error {
    explained("the connection has ended, and the secret of its next key was dropped")
}
