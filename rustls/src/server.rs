//! What a server needs: [`UnbufferedServerConnection`], and everything else of `rustls::server`.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};

use rustls::Error;
pub use rustls::server::*;

use crate::cipher::RecordProvider;
use crate::crypto::Choice;
use crate::handover::{Connection, Handshake};
use crate::record::Fragmenter;
use crate::unbuffered::UnbufferedConnectionCommon;

/// A server's connection whose records are sealed and opened in the caller's buffers.
///
/// rustls does the handshake. See [`unbuffered`](crate::unbuffered) for how it is driven.
#[derive(Debug)]
pub struct UnbufferedServerConnection {
    inner: UnbufferedConnectionCommon<ServerConnectionData>,
}

impl UnbufferedServerConnection {
    /// A connection to a client.
    ///
    /// # Errors
    ///
    /// As [`UnbufferedClientConnection::new`](crate::client::UnbufferedClientConnection::new), and `General` if
    /// `max_early_data_size` is not 0.
    pub fn new(config: Arc<ServerConfig>) -> Result<Self, Error> {
        Self::with_choice(config, Choice::default())
    }

    /// A connection to a client whose records are all sealed and opened by `provider`.
    ///
    /// # Errors
    ///
    /// As [`UnbufferedClientConnection::new_with_provider`](crate::client::UnbufferedClientConnection::new_with_provider).
    pub fn new_with_provider(
        config: Arc<ServerConfig>,
        provider: &'static dyn RecordProvider,
    ) -> Result<Self, Error> {
        Self::with_choice(config, Choice::of(provider))
    }

    fn with_choice(mut config: Arc<ServerConfig>, choice: Choice) -> Result<Self, Error> {
        choice.check(config.crypto_provider())?;
        if config.max_early_data_size != 0 {
            return Err(Error::General(
                "rustls-direct can not accept early data yet: `max_early_data_size` has to be 0"
                    .into(),
            ));
        }
        let fragmenter = Fragmenter::new(config.max_fragment_size)?;
        if !config.enable_secret_extraction {
            Arc::make_mut(&mut config).enable_secret_extraction = true;
        }
        let rustls = UnbufferedConnection::new(config)?;
        Ok(Self {
            inner: UnbufferedConnectionCommon::new(Handshake::new(
                Connection::Server(Box::new(rustls)),
                choice,
                fragmenter,
            )),
        })
    }
}

/// rustls's, which ours hides.
type UnbufferedConnection = rustls::server::UnbufferedServerConnection;

impl Deref for UnbufferedServerConnection {
    type Target = UnbufferedConnectionCommon<ServerConnectionData>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for UnbufferedServerConnection {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}
