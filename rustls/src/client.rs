//! What a client needs: [`UnbufferedClientConnection`], and everything else of `rustls::client`.

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
use crate::record::Fragmenter;
#[cfg(feature = "std")]
use crate::split::{Reader, SplitError, Writer};
use crate::traffic::Kernel;
use crate::unbuffered::{CommonState, TransmitTlsData, UnbufferedConnectionCommon};

/// A client's connection whose records are sealed and opened in the caller's buffers.
///
/// rustls does the handshake. See [`unbuffered`](crate::unbuffered) for how it is driven.
#[derive(Debug)]
pub struct UnbufferedClientConnection {
    inner: UnbufferedConnectionCommon<ClientConnectionData>,
}

impl UnbufferedClientConnection {
    /// A connection to the server `name`.
    ///
    /// The records are sealed by the library that each cipher suite of `config` comes from, directly where that library
    /// is known: see [`crypto`](crate::crypto).
    ///
    /// # Errors
    ///
    /// - Those of rustls.
    /// - `Other`, if a suite of `config` does not give its keys away as they are, or is the FIPS-approved one. It names
    ///   the suite.
    pub fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        let alpn_protocols = config.alpn_protocols.clone();
        Self::with_algorithms(config, name, alpn_protocols, AlgorithmSelector::default())
    }

    /// A connection to the server `name` that offers `alpn_protocols` instead of those of `config`.
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

    /// A connection to the server `name` whose records are all sealed and opened by `provider`.
    ///
    /// # Errors
    ///
    /// - Those of rustls.
    /// - `Other`, if `provider` has no algorithm for a suite of `config`, or if the suite is the FIPS-approved one or
    ///   does not give its keys away as they are. It names the suite.
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
        algorithms.check(config.crypto_provider())?;
        let parameters = HandshakeParameters {
            algorithms,
            fragmenter: Fragmenter::new(config.max_fragment_size)?,
            extractable: config.enable_secret_extraction,
            random: config.crypto_provider().secure_random,
        };
        let config = config::for_rustls(config);
        let rustls = UnbufferedConnection::new_with_alpn(config, name, alpn_protocols)?;
        let handshake = Handshake::new(Connection::Client(rustls), parameters);
        Ok(Self {
            inner: UnbufferedConnectionCommon::new(handshake),
        })
    }

    /// How many session tickets of TLS 1.3 have come.
    pub fn tls13_tickets_received(&self) -> u32 {
        self.inner.tickets_received()
    }

    /// Whether the server has accepted early data. RFC 8446 s4.2.10.
    ///
    /// It is false until the client's last flight is there to be encoded, and it stays false if the server rejected early
    /// data or none was offered. The application then has to send again what
    /// [`MayEncryptEarlyData::encrypt`] sealed: nobody reads rejected early data.
    pub fn is_early_data_accepted(&self) -> bool {
        self.inner.is_early_data_accepted()
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
    /// - `General`, if `enable_secret_extraction` was not set in the config.
    /// - `HandshakeNotComplete`.
    /// - `Other`, while something has to be sent first, a record was not taken, or a handshake message is half read.
    /// - The error that the connection has failed with.
    pub fn dangerous_into_kernel_connection(
        self,
    ) -> Result<(ExtractedSecrets, KernelConnection<ClientConnectionData>), Error> {
        match self.inner.into_state().into_secrets()? {
            (secrets, Kernel::Client(kernel)) => Ok((secrets, kernel)),
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Cuts the connection into a half that opens and a half that seals, which can live on two threads.
    ///
    /// Either half tells what the handshake agreed on. A record that was opened and not taken comes again from
    /// the reader, and what is owed to the peer is the writer's to [`flush`](Writer::flush).
    ///
    /// # Errors
    ///
    /// Gives the connection back before the handshake is complete, while there are bytes to be encoded, and after it has
    /// failed.
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

impl TransmitTlsData<'_, ClientConnectionData> {
    /// Seals early data to be sent behind the encoded bytes, if the server may accept any. RFC 8446 s2.3.
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
    /// Seals `early_data`, or as much of it as the server allows, at the front of `outgoing_tls`, and returns how many
    /// bytes that made.
    ///
    /// rustls seals it, as a part of the handshake. `Ok` does not say that the server takes it:
    /// [`is_early_data_accepted`](UnbufferedClientConnection::is_early_data_accepted) does, once the handshake is complete.
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

/// rustls's, which ours hides.
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
