//! TLS clients: [`UnbufferedClientConnection`], and everything else of `rustls::client`.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

pub use rustls::client::*;
use rustls::kernel::KernelConnection;
use rustls::pki_types::ServerName;
use rustls::{Error, ExtractedSecrets};

use crate::cipher::RecordProvider;
use crate::config;
use crate::crypto::AlgorithmSelector;
use crate::handover::{Connection, Handshake, HandshakeParameters};
#[cfg(feature = "std")]
use crate::split::{Reader, SplitError, Writer};
use crate::traffic::Kernel;
use crate::unbuffered::{CommonState, TransmitTlsData, UnbufferedConnectionCommon};

/// A client's connection, whose records are sealed and opened in the caller's buffers.
///
/// rustls does the handshake. The module [`unbuffered`](crate::unbuffered) describes how a program drives the
/// connection.
#[derive(Debug)]
pub struct UnbufferedClientConnection {
    inner: UnbufferedConnectionCommon<ClientConnectionData>,
}

impl UnbufferedClientConnection {
    /// Makes a connection to the server `name`.
    ///
    /// Records are sealed and opened by the library that the negotiated cipher suite comes from, in the caller's
    /// buffers if rustls-direct knows that library: see [`crypto`](crate::crypto).
    ///
    /// # Errors
    ///
    /// - Those of rustls.
    /// - `Other`: a suite of `config` does not return its keys from `extract_keys`, or is FIPS-approved. The error
    ///   names the suite.
    pub fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        let alpn_protocols = config.alpn_protocols.clone();
        Self::with_algorithms(config, name, alpn_protocols, AlgorithmSelector::default())
    }

    /// Makes a connection to the server `name` that offers `alpn_protocols` instead of the protocols in `config`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn new_with_alpn(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        alpn_protocols: Vec<Vec<u8>>,
    ) -> Result<Self, Error> {
        Self::with_algorithms(config, name, alpn_protocols, AlgorithmSelector::default())
    }

    /// Makes a connection to the server `name`, with records that are all sealed and opened by `provider`.
    ///
    /// # Errors
    ///
    /// - Those of rustls.
    /// - `Other`: `provider` has no algorithm for a suite of `config`, or the suite does not return its keys from
    ///   `extract_keys`, or is FIPS-approved. The error names the suite.
    pub fn new_with_provider(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        provider: &'static dyn RecordProvider,
    ) -> Result<Self, Error> {
        let alpn_protocols = config.alpn_protocols.clone();
        Self::with_algorithms(
            config,
            name,
            alpn_protocols,
            AlgorithmSelector::new(provider),
        )
    }

    fn with_algorithms(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        alpn_protocols: Vec<Vec<u8>>,
        algorithms: AlgorithmSelector,
    ) -> Result<Self, Error> {
        let parameters = HandshakeParameters::new(
            algorithms,
            config.crypto_provider(),
            config.max_fragment_size,
            config.enable_secret_extraction,
        )?;
        let config = config::for_rustls(config);
        let rustls = UnbufferedConnection::new_with_alpn(config, name, alpn_protocols)?;
        let handshake = Handshake::new(Connection::Client(rustls), parameters);
        Ok(Self {
            inner: UnbufferedConnectionCommon::new(handshake),
        })
    }

    /// Number of session tickets of TLS 1.3 that have come.
    pub fn tls13_tickets_received(&self) -> u32 {
        self.inner.tickets_received()
    }

    /// Whether the server has accepted early data. RFC 8446 s4.2.10.
    ///
    /// False until the client's last flight is ready to be encoded. From then on, false if the server has rejected
    /// early data or the client has offered none. The server skips rejected early data, so the application has to send
    /// again what [`MayEncryptEarlyData::encrypt`] has sealed.
    pub fn is_early_data_accepted(&self) -> bool {
        self.inner.is_early_data_accepted()
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
    /// - `General`: `enable_secret_extraction` is not set in the config.
    /// - `HandshakeNotComplete`.
    /// - `Other`: bytes have to be encoded first, a record was not taken, or the rest of a handshake message has yet to
    ///   come.
    /// - The error that the connection has failed with.
    pub fn dangerous_into_kernel_connection(
        self,
    ) -> Result<(ExtractedSecrets, KernelConnection<ClientConnectionData>), Error> {
        match self.inner.into_state().into_secrets()? {
            (secrets, Kernel::Client(kernel)) => Ok((secrets, kernel)),
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Splits the connection into a reader and a writer, which can live on two threads.
    ///
    /// The reader returns a record that was opened and not taken. Messages that are owed to the peer pass to the
    /// writer, whose [`flush`](Writer::flush) seals them.
    ///
    /// # Errors
    ///
    /// Returns the connection if the handshake is not complete, if there are bytes to be encoded, or if it has failed.
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

impl TransmitTlsData<'_, ClientConnectionData> {
    /// Seals early data to be sent after the encoded bytes. `None` if none can be sent now. RFC 8446 s2.3.
    pub fn may_encrypt_early_data(&mut self) -> Option<MayEncryptEarlyData<'_>> {
        self.conn
            .handshake()
            .is_some_and(Handshake::may_encrypt_early_data)
            .then_some(MayEncryptEarlyData { conn: self.conn })
    }
}

/// Seals early data.
pub struct MayEncryptEarlyData<'c> {
    conn: &'c mut CommonState,
}

impl MayEncryptEarlyData<'_> {
    /// Seals `early_data`, or as much of it as the server allows, at the front of `outgoing_tls`, and returns the
    /// number of bytes written.
    ///
    /// rustls seals it, as a part of the handshake. `Ok` does not mean that the server accepts it: see
    /// [`is_early_data_accepted`](UnbufferedClientConnection::is_early_data_accepted) after the handshake.
    ///
    /// # Errors
    ///
    /// Those of rustls.
    pub fn encrypt(
        &mut self,
        early_data: &[u8],
        outgoing_tls: &mut [u8],
    ) -> Result<usize, EarlyDataError> {
        match self.conn.handshake() {
            Some(handshake) => handshake.encrypt_early_data(early_data, outgoing_tls),
            None => Err(EarlyDataError::ExceededAllowedEarlyData),
        }
    }
}

/// The type of rustls that has the same name as ours.
type UnbufferedConnection = rustls::client::UnbufferedClientConnection;

impl Deref for UnbufferedClientConnection {
    type Target = UnbufferedConnectionCommon<ClientConnectionData>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for UnbufferedClientConnection {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}
