//! Keeps handshakes in memory that each thread reuses.
//!
//! A handshake takes more than 1024 bytes. For a request of that size, glibc's malloc first merges all small free
//! chunks, and may have to split chunks again for the small requests that follow.

use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};

use rustls::Error;

use super::handshake::Handshake;
use super::negotiated::Negotiated;
use crate::traffic::Traffic;

/// A handshake in a slot of the thread's pool. The slot is never empty while this value exists.
pub(crate) struct PooledHandshake(Slot);

/// The memory for a handshake. It is `None` in the pool.
type Slot = Box<Option<Handshake>>;

impl PooledHandshake {
    pub(crate) fn new(handshake: Handshake) -> Self {
        match pool::take() {
            Some(mut slot) => {
                *slot = Some(handshake);
                Self(slot)
            }
            None => Self(Box::new(Some(handshake))),
        }
    }

    /// Takes over the connection, and returns the slot to the pool: see [`Handshake::take_over`].
    pub(crate) fn take_over(mut self, negotiated: &mut Negotiated) -> Result<Traffic, Error> {
        let traffic = match self.0.take() {
            Some(handshake) => handshake.take_over(negotiated),
            None => Err(Error::HandshakeNotComplete),
        };
        pool::give_back(self.0);
        traffic
    }
}

impl Deref for PooledHandshake {
    type Target = Handshake;

    fn deref(&self) -> &Handshake {
        self.0
            .as_ref()
            .as_ref()
            .expect("it goes with its place")
    }
}

impl DerefMut for PooledHandshake {
    fn deref_mut(&mut self) -> &mut Handshake {
        self.0
            .as_mut()
            .as_mut()
            .expect("it goes with its place")
    }
}

#[cfg(feature = "std")]
mod pool {
    use alloc::vec::Vec;
    use core::cell::RefCell;
    use std::thread_local;

    use super::Slot;

    /// Maximum number of slots that a thread keeps, 1.2 kB each.
    pub(super) const MAX: usize = 8;

    thread_local! {
        static FREE: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
    }

    /// Takes a slot. `None` if the pool is empty, or if the thread-local pool is already destroyed.
    pub(super) fn take() -> Option<Slot> {
        FREE.try_with(|free| free.borrow_mut().pop())
            .ok()
            .flatten()
    }

    pub(super) fn give_back(slot: Slot) {
        let _ = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() < MAX {
                free.push(slot);
            }
        });
    }
}

#[cfg(not(feature = "std"))]
mod pool {
    use super::Slot;

    pub(super) fn take() -> Option<Slot> {
        None
    }

    pub(super) fn give_back(_: Slot) {}
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use alloc::boxed::Box;
    use alloc::vec::Vec;
    use core::ptr;

    use super::*;

    #[cfg(feature = "aws_lc_rs")]
    #[test]
    fn a_new_handshake_reuses_the_memory_of_a_completed_one() {
        use alloc::sync::Arc;

        use rustls::ServerConfig;
        use rustls::crypto::aws_lc_rs::default_provider;
        use rustls::server::{ResolvesServerCertUsingSni, UnbufferedServerConnection};

        use crate::crypto::AlgorithmSelector;
        use crate::handover::{Connection, HandshakeParameters};

        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
        let config = Arc::new(config);
        let place = || {
            let rustls = UnbufferedServerConnection::new(config.clone()).unwrap();
            let parameters = HandshakeParameters::new(
                AlgorithmSelector::default(),
                config.crypto_provider(),
                None,
                false,
            )
            .unwrap();
            PooledHandshake::new(Handshake::new(Connection::Server(rustls), parameters))
        };

        let first = place();
        let address = ptr::from_ref(&*first);
        let ended = first.take_over(&mut Negotiated::default());
        assert!(matches!(ended, Err(Error::HandshakeNotComplete)));
        // This allocation would get the memory if it were free.
        let between: Box<Option<Handshake>> = Box::new(None);
        assert!(ptr::eq(&*place(), address));
        drop(between);
    }

    #[test]
    fn the_pool_keeps_a_limited_number_of_slots_and_returns_them() {
        assert!(pool::take().is_none());
        let given: Vec<Slot> = (0..=pool::MAX)
            .map(|_| Box::new(None))
            .collect();
        let addresses: Vec<_> = given
            .iter()
            .map(|slot| ptr::from_ref(&**slot))
            .collect();
        given
            .into_iter()
            .for_each(pool::give_back);

        let taken: Vec<Slot> = core::iter::from_fn(pool::take).collect();
        assert_eq!(taken.len(), pool::MAX);
        for (slot, address) in taken.iter().rev().zip(addresses) {
            assert!(ptr::eq(&**slot, address));
        }
    }
}
