//! The copies of configs, and the taps in them.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use std::thread::LocalKey;
use std::thread_local;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, KeyLog, ServerConfig};

use super::extraction::Config;
use crate::observer;

/// A config whose key log, and what else rustls tells, can be listened to.
pub(crate) trait Observed: Config + Send + Sync + 'static {
    fn key_log(&self) -> &dyn KeyLog;

    /// What rustls gets in place of `original`.
    fn copy_of(original: &Arc<Self>) -> Self;

    /// What this thread has made.
    fn copies() -> &'static LocalKey<RefCell<Copies<Self>>>;
}

/// What rustls gets in place of `original`.
pub(crate) fn for_rustls<C: Observed>(original: Arc<C>) -> Arc<C> {
    C::copies()
        .try_with(|copies| copies.borrow_mut().of(&original))
        // The thread is coming to its end.
        .unwrap_or_else(|_| Arc::new(C::copy_of(&original)))
}

/// The copies that may be in use still.
pub(crate) struct Copies<C>(Vec<Known<C>>);

struct Known<C> {
    /// The copy holds the original, so its address cannot be reused.
    original: *const C,
    copy: Weak<C>,
}

/// How many copies a thread remembers: it looks at all of them for every connection.
const MAX_COPIES: usize = 8;

impl<C: Observed> Copies<C> {
    const NONE: Self = Self(Vec::new());

    fn of(&mut self, original: &Arc<C>) -> Arc<C> {
        self.0
            .iter()
            .filter(|known| known.original == Arc::as_ptr(original))
            .find_map(|known| known.copy.upgrade())
            .unwrap_or_else(|| self.add(original))
    }

    fn add(&mut self, original: &Arc<C>) -> Arc<C> {
        // First, so that a new one takes the memory of an old one, which may be in the cache still.
        self.0
            .retain(|known| known.copy.strong_count() > 0);
        let copy = Arc::new(C::copy_of(original));
        if self.0.len() == MAX_COPIES {
            self.0.remove(0);
        }
        self.0.push(Known {
            original: Arc::as_ptr(original),
            copy: Arc::downgrade(&copy),
        });
        copy
    }
}

impl Observed for ClientConfig {
    fn key_log(&self) -> &dyn KeyLog {
        &*self.key_log
    }

    fn copy_of(original: &Arc<Self>) -> Self {
        let mut copy = Self::clone(original);
        copy.allow_extraction();
        copy.key_log = Arc::new(Tap(original.clone()));
        copy
    }

    fn copies() -> &'static LocalKey<RefCell<Copies<Self>>> {
        thread_local! {
            static COPIES: RefCell<Copies<ClientConfig>> = const { RefCell::new(Copies::NONE) };
        }
        &COPIES
    }
}

impl Observed for ServerConfig {
    fn key_log(&self) -> &dyn KeyLog {
        &*self.key_log
    }

    fn copy_of(original: &Arc<Self>) -> Self {
        let tap = Arc::new(Tap(original.clone()));
        let mut copy = Self::clone(original);
        copy.allow_extraction();
        copy.key_log = tap.clone();
        copy.cert_resolver = tap;
        copy
    }

    fn copies() -> &'static LocalKey<RefCell<Copies<Self>>> {
        thread_local! {
            static COPIES: RefCell<Copies<ServerConfig>> = const { RefCell::new(Copies::NONE) };
        }
        &COPIES
    }
}

/// Tells the observer what the caller's config is told.
struct Tap<C>(Arc<C>);

impl<C: Observed> KeyLog for Tap<C> {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        observer::observe_secret(label, client_random, secret);
        let key_log = self.0.key_log();
        if key_log.will_log(label) {
            key_log.log(label, client_random, secret);
        }
    }

    fn will_log(&self, label: &str) -> bool {
        observer::wants_secret(label) || self.0.key_log().will_log(label)
    }
}

/// It is asked in every handshake, a resumption among them.
impl ResolvesServerCert for Tap<ServerConfig> {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = client_hello.server_name() {
            observer::observe_server_name(name);
        }
        self.0
            .cert_resolver
            .resolve(client_hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.0
            .cert_resolver
            .only_raw_public_keys()
    }
}

impl<C> fmt::Debug for Tap<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .finish_non_exhaustive()
    }
}
