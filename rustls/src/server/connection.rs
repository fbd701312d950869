//! The connection of a server.

use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};

use rustls::kernel::KernelConnection;
use rustls::server::{ServerConfig, ServerConnectionData};
use rustls::{Error, ExtractedSecrets};

use crate::cipher::RecordProvider;
use crate::config;
use crate::crypto::AlgorithmSelector;
use crate::handover::{Connection, Handshake, HandshakeParameters};
#[cfg(feature = "std")]
use crate::split::{Reader, SplitError, Writer};
use crate::traffic::Kernel;
use crate::unbuffered::UnbufferedConnectionCommon;

/// A server's connection, whose records are sealed and opened in the caller's buffers.
///
/// rustls does the handshake. The module [`unbuffered`](crate::unbuffered) describes how a program drives the
/// connection.
#[derive(Debug)]
pub struct UnbufferedServerConnection {
    inner: UnbufferedConnectionCommon<ServerConnectionData>,
}

impl UnbufferedServerConnection {
    /// Makes a connection to a client.
    ///
    /// # Errors
    ///
    /// As [`UnbufferedClientConnection::new`](crate::client::UnbufferedClientConnection::new).
    pub fn new(config: Arc<ServerConfig>) -> Result<Self, Error> {
        Self::with_algorithms(config, AlgorithmSelector::default())
    }

    /// Makes a connection to a client, with records that are all sealed and opened by `provider`.
    ///
    /// # Errors
    ///
    /// As
    /// [`UnbufferedClientConnection::new_with_provider`](crate::client::UnbufferedClientConnection::new_with_provider).
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
        let parameters = HandshakeParameters::new(
            algorithms,
            config.crypto_provider(),
            config.max_fragment_size,
            config.enable_secret_extraction,
        )?;
        let config = config::for_rustls(config);
        let rustls = rustls::server::UnbufferedServerConnection::new(config)?;
        let handshake = Handshake::new(Connection::Server(rustls), parameters);
        Ok(Self {
            inner: UnbufferedConnectionCommon::new(handshake),
        })
    }

    /// The server name that the client asked for. RFC 6066 s3.
    ///
    /// `None` before the ClientHello has come, and if the client asked for none.
    #[cfg(feature = "std")]
    pub fn server_name(&self) -> Option<&str> {
        self.inner.server_name()
    }

    /// Extracts the secrets and sequence numbers of both directions: see
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

    /// Extracts the secrets and sequence numbers of both directions, and rustls's kernel connection, which derives
    /// later keys and stores tickets.
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

    /// Splits the connection into a reader and a writer: see
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
                    inner: UnbufferedConnectionCommon::from_state(state),
                })
            })
    }
}

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
