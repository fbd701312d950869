//! Observes the exporter secret and the requested server name, which rustls's unbuffered API does not return.
//!
//! rustls passes both to the key log and the certificate resolver of its config, which all connections with that config
//! share. The callbacks leave them in a thread-local slot; the [`Observer`] that called rustls collects them from
//! there.

mod exporter;
mod randoms;

use alloc::boxed::Box;
use core::cell::Cell;
use std::thread_local;

use rustls::SupportedCipherSuite;

use exporter::Secret;
pub(crate) use exporter::is_exporter_secret;
pub(crate) use exporter::{Exporter, check_output};
use randoms::ServerRandom;

/// The observations of one handshake so far.
#[derive(Default)]
pub(crate) struct Observer {
    observations: Option<Box<Observations>>,
    server_random: ServerRandom,
}

/// What rustls passed to the callbacks of its config.
#[derive(Default)]
struct Observations {
    secret: Option<Secret>,
    server_name: Option<Box<str>>,
}

thread_local! {
    static SLOT: Cell<Option<Box<Observations>>> = const { Cell::new(None) };
}

/// Records a secret of the handshake that this thread is processing, if an exporter needs it.
pub(crate) fn observe_secret(label: &str, client_random: &[u8], secret: &[u8]) {
    if is_exporter_secret(label) {
        record(|observations| {
            observations.secret = Some(Secret::new(label, client_random, secret));
        });
    }
}

/// Records the server name that the client asks for in the handshake that this thread is processing.
pub(crate) fn observe_server_name(name: &str) {
    // A second ClientHello has the same name: rustls has checked that.
    record(|observations| observations.server_name = Some(name.into()));
}

/// Adds an observation to the slot. A thread whose slot is already destroyed records nothing.
fn record(f: impl FnOnce(&mut Observations)) {
    let _ = SLOT.try_with(|slot| {
        let mut observations = slot.take().unwrap_or_default();
        f(&mut observations);
        slot.set(Some(observations));
    });
}

impl Observer {
    /// Runs `f`, which may call rustls, and collects the observations that its callbacks record.
    #[inline(always)]
    pub(crate) fn watch<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let _guard = SlotGuard::begin(&mut self.observations);
        f()
    }

    /// Looks for the server's random in records that the server sends.
    pub(crate) fn observe_server_records(&mut self, records: &[u8]) {
        self.server_random.observe(records);
    }

    /// The server name that the client asked for.
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.observations
            .as_ref()?
            .server_name
            .as_deref()
    }

    /// Takes the server name that the client asked for out of the observer.
    pub(crate) fn take_server_name(&mut self) -> Option<Box<str>> {
        self.observations
            .as_mut()?
            .server_name
            .take()
    }

    /// Makes the exporter of a complete handshake.
    ///
    /// `None` if its secret was not observed.
    pub(crate) fn exporter(self, suite: SupportedCipherSuite) -> Option<Exporter> {
        Exporter::new(suite, self.observations?.secret?, self.server_random.get())
    }
}

/// Keeps the observations of one observer in the slot until it is dropped.
struct SlotGuard<'a> {
    observations: &'a mut Option<Box<Observations>>,
    /// The slot's earlier content: a callback of one handshake may process another handshake.
    previous: Option<Box<Observations>>,
}

impl<'a> SlotGuard<'a> {
    #[inline]
    fn begin(observations: &'a mut Option<Box<Observations>>) -> Self {
        Self {
            previous: swap_slot(observations.take()),
            observations,
        }
    }
}

/// Runs even if a callback panics: its observations must not reach another connection.
impl Drop for SlotGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.observations = swap_slot(self.previous.take());
    }
}

/// Puts `observations` into the slot and returns its earlier content.
///
/// Returns `observations` themselves if the slot is already destroyed.
#[inline]
fn swap_slot(mut observations: Option<Box<Observations>>) -> Option<Box<Observations>> {
    let _ = SLOT.try_with(|slot| observations = slot.replace(observations.take()));
    observations
}
