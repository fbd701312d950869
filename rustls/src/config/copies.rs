//! Copies configs, once per thread, and listens to the callbacks of each copy.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use std::thread::LocalKey;
use std::thread_local;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, KeyLog, ServerConfig};

use super::extraction::AllowExtraction;
use crate::observer;

/// A config whose key log and other callbacks can be observed.
pub(crate) trait ObservableConfig: AllowExtraction + Send + Sync + 'static {
    fn key_log(&self) -> &dyn KeyLog;

    /// Makes the config that rustls gets in place of `original`.
    fn copy_of(original: &Arc<Self>) -> Self;

    /// The copies that this thread has made.
    fn copy_cache() -> &'static LocalKey<RefCell<CopyCache<Self>>>;
}

/// Returns the config that rustls gets in place of `original`.
pub(crate) fn for_rustls<C: ObservableConfig>(original: Arc<C>) -> Arc<C> {
    C::copy_cache()
        .try_with(|cache| cache.borrow_mut().of(&original))
        // The thread-local cache is already destroyed.
        .unwrap_or_else(|_| Arc::new(C::copy_of(&original)))
}

/// The copies that may still be in use.
pub(crate) struct CopyCache<C>(Vec<CachedCopy<C>>);

struct CachedCopy<C> {
    /// The copy holds the original, so its address cannot be reused.
    original: *const C,
    copy: Weak<C>,
}

/// Most copies that a thread remembers. Each new connection searches all of them.
const MAX_COPIES: usize = 8;

impl<C: ObservableConfig> CopyCache<C> {
    const NONE: Self = Self(Vec::new());

    fn of(&mut self, original: &Arc<C>) -> Arc<C> {
        self.0
            .iter()
            .filter(|known| known.original == Arc::as_ptr(original))
            .find_map(|known| known.copy.upgrade())
            .unwrap_or_else(|| self.add(original))
    }

    fn add(&mut self, original: &Arc<C>) -> Arc<C> {
        // Free old copies first: the new one may get their memory, which may still be in the processor's cache.
        self.0
            .retain(|known| known.copy.strong_count() > 0);
        let copy = Arc::new(C::copy_of(original));
        if self.0.len() == MAX_COPIES {
            self.0.remove(0);
        }
        self.0.push(CachedCopy {
            original: Arc::as_ptr(original),
            copy: Arc::downgrade(&copy),
        });
        copy
    }
}

impl ObservableConfig for ClientConfig {
    fn key_log(&self) -> &dyn KeyLog {
        &*self.key_log
    }

    fn copy_of(original: &Arc<Self>) -> Self {
        let mut copy = Self::clone(original);
        copy.allow_extraction();
        copy.key_log = Arc::new(Tap(original.clone()));
        copy
    }

    fn copy_cache() -> &'static LocalKey<RefCell<CopyCache<Self>>> {
        thread_local! {
            static CACHE: RefCell<CopyCache<ClientConfig>> = const { RefCell::new(CopyCache::NONE) };
        }
        &CACHE
    }
}

impl ObservableConfig for ServerConfig {
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

    fn copy_cache() -> &'static LocalKey<RefCell<CopyCache<Self>>> {
        thread_local! {
            static CACHE: RefCell<CopyCache<ServerConfig>> = const { RefCell::new(CopyCache::NONE) };
        }
        &CACHE
    }
}

/// Passes each callback to the observer and to the caller's config.
struct Tap<C>(Arc<C>);

impl<C: ObservableConfig> KeyLog for Tap<C> {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        observer::observe_secret(label, client_random, secret);
        let key_log = self.0.key_log();
        if key_log.will_log(label) {
            key_log.log(label, client_random, secret);
        }
    }

    fn will_log(&self, label: &str) -> bool {
        observer::is_exporter_secret(label) || self.0.key_log().will_log(label)
    }
}

/// rustls calls the resolver in every handshake, even if it resumes a session.
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
