//! Watches a handshake for what rustls's unbuffered API does not tell: the exporter's secret, and the name that a client
//! asked for.
//!
//! rustls tells them to the key log and the resolver of certificates in its config, which all connections of that
//! config share. So they are left in a slot of the thread, from which the [`Observer`] takes them that has called rustls.

mod exporter;
mod randoms;

use alloc::boxed::Box;
use core::cell::Cell;
use std::thread_local;

use rustls::SupportedCipherSuite;

use exporter::Secret;
pub(crate) use exporter::wants_secret;
pub(crate) use exporter::{Exporter, check_output};
use randoms::ServerRandom;

/// What was seen of one handshake so far.
#[derive(Default)]
pub(crate) struct Observer {
    seen: Option<Box<Seen>>,
    server_random: ServerRandom,
}

/// What rustls has told.
#[derive(Default)]
struct Seen {
    secret: Option<Secret>,
    server_name: Option<Box<str>>,
}

thread_local! {
    static SEEN: Cell<Option<Box<Seen>>> = const { Cell::new(None) };
}

/// A secret of the handshake that this thread is in.
pub(crate) fn observe_secret(label: &str, client_random: &[u8], secret: &[u8]) {
    if wants_secret(label) {
        see(|seen| seen.secret = Some(Secret::new(label, client_random, secret)));
    }
}

/// The name that a client asks for in the handshake that this thread is in.
pub(crate) fn observe_server_name(name: &str) {
    // That of a second ClientHello is the same: rustls has checked it.
    see(|seen| seen.server_name = Some(name.into()));
}

/// A thread that is coming to its end has no slot any more: what is told then is lost.
fn see(f: impl FnOnce(&mut Seen)) {
    let _ = SEEN.try_with(|slot| {
        let mut seen = slot.take().unwrap_or_default();
        f(&mut seen);
        slot.set(Some(seen));
    });
}

impl Observer {
    /// Does what may call into rustls, and keeps what it tells.
    #[inline(always)]
    pub(crate) fn watch<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let _watch = Watch::begin(&mut self.seen);
        f()
    }

    /// Looks at records that the server sends.
    pub(crate) fn observe_server_records(&mut self, records: &[u8]) {
        self.server_random.see(records);
    }

    /// The name that the client asked for.
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.seen
            .as_ref()?
            .server_name
            .as_deref()
    }

    /// The name that the client asked for, which is told no more.
    pub(crate) fn take_server_name(&mut self) -> Option<Box<str>> {
        self.seen.as_mut()?.server_name.take()
    }

    /// What keying material is derived with, once the handshake is complete.
    pub(crate) fn exporter(self, suite: SupportedCipherSuite) -> Option<Exporter> {
        Exporter::new(suite, self.seen?.secret?, self.server_random.get())
    }
}

/// While it lives, the slot is that of one observer.
struct Watch<'a> {
    of: &'a mut Option<Box<Seen>>,
    /// What was in the slot before: a handshake may go on in a callback of another one.
    before: Option<Box<Seen>>,
}

impl<'a> Watch<'a> {
    #[inline]
    fn begin(of: &'a mut Option<Box<Seen>>) -> Self {
        Self {
            before: exchange(of.take()),
            of,
        }
    }
}

/// Also where a callback panics: what it has told must not become another connection's.
impl Drop for Watch<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.of = exchange(self.before.take());
    }
}

/// Puts `seen` into the slot, and takes out what was in there. Where there is none any more, nothing changes.
#[inline]
fn exchange(mut seen: Option<Box<Seen>>) -> Option<Box<Seen>> {
    let _ = SEEN.try_with(|slot| seen = slot.replace(seen.take()));
    seen
}
