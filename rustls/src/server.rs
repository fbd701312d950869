//! What a server needs: [`UnbufferedServerConnection`], and everything else of `rustls::server`.

#[cfg(feature = "std")]
mod acceptor;

use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};

use rustls::kernel::KernelConnection;
pub use rustls::server::*;
use rustls::{Error, ExtractedSecrets};

#[cfg(feature = "std")]
pub use acceptor::{AcceptError, UnbufferedAccepted, UnbufferedAcceptor};

use crate::cipher::RecordProvider;
use crate::config;
use crate::crypto::AlgorithmSelector;
use crate::handover::{Connection, Handshake, HandshakeParameters};
use crate::record::Fragmenter;
#[cfg(feature = "std")]
use crate::split::{Reader, SplitError, Writer};
use crate::traffic::Kernel;
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
    /// As [`UnbufferedClientConnection::new`](crate::client::UnbufferedClientConnection::new).
    pub fn new(config: Arc<ServerConfig>) -> Result<Self, Error> {
        Self::with_algorithms(config, AlgorithmSelector::default())
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
        Self::with_algorithms(config, AlgorithmSelector::new(provider))
    }

    fn with_algorithms(
        config: Arc<ServerConfig>,
        algorithms: AlgorithmSelector,
    ) -> Result<Self, Error> {
        algorithms.check(config.crypto_provider())?;
        let parameters = HandshakeParameters {
            algorithms,
            fragmenter: Fragmenter::new(config.max_fragment_size)?,
            extractable: config.enable_secret_extraction,
            random: config.crypto_provider().secure_random,
        };
        let rustls = UnbufferedConnection::new(config::for_rustls(config))?;
        let handshake = Handshake::new(Connection::Server(rustls), parameters);
        Ok(Self {
            inner: UnbufferedConnectionCommon::new(handshake),
        })
    }

    /// The name that the client has asked for, once its first message has come. RFC 6066 s3.
    ///
    /// `None` also if it asked for none.
    #[cfg(feature = "std")]
    pub fn server_name(&self) -> Option<&str> {
        self.inner.server_name()
    }

    /// Takes out the secrets of both directions, and their sequence numbers: see
    /// [`dangerous_into_kernel_connection`](Self::dangerous_into_kernel_connection).
    ///
    /// # Errors
    ///
    /// As there.
    #[deprecated = "this supports neither session tickets nor key updates, \
                    use dangerous_into_kernel_connection() instead"]
    pub fn dangerous_extract_secrets(self) -> Result<ExtractedSecrets, Error> {
        let (secrets, _) = self.inner.into_state().into_secrets()?;
        Ok(secrets)
    }

    /// Takes out the secrets of both directions and their sequence numbers, and what of rustls goes on with them.
    ///
    /// # Errors
    ///
    /// As on the [client](crate::client::UnbufferedClientConnection::dangerous_into_kernel_connection).
    pub fn dangerous_into_kernel_connection(
        self,
    ) -> Result<(ExtractedSecrets, KernelConnection<ServerConnectionData>), Error> {
        match self.inner.into_state().into_secrets()? {
            (secrets, Kernel::Server(kernel)) => Ok((secrets, kernel)),
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Cuts the connection into a half that opens and a half that seals: see
    /// [`UnbufferedClientConnection::split`](crate::client::UnbufferedClientConnection::split).
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg(feature = "std")]
    pub fn split(self) -> Result<(Reader, Writer), SplitError<Self>> {
        self.inner
            .into_state()
            .split()
            .map_err(|err| {
                err.map_connection(|state| Self {
                    inner: state.into(),
                })
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
