//! Reads the ClientHello before the server has a config.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use rustls::server::{Accepted, Acceptor, ClientHello, ServerConfig};
use rustls::{AlertDescription, ContentType, Error, InvalidMessage};

use super::connection::UnbufferedServerConnection;
use crate::cipher::RecordProvider;
use crate::error::explained;
use crate::handover::append_plaintext_alert;
use crate::traffic::input_missing;

/// Reads a ClientHello, so that the server can choose a config for it.
///
/// It leaves the input as it is: the connection that is made with the config reads the same bytes again.
///
/// ```no_run
/// # use std::error::Error;
/// # use std::io::{Read, Write};
/// # use std::net::TcpStream;
/// # use std::sync::Arc;
/// # use rustls_direct::server::{ClientHello, ServerConfig, UnbufferedAcceptor};
/// fn serve(
///     mut socket: TcpStream,
///     choose: impl Fn(ClientHello<'_>) -> Arc<ServerConfig>,
/// ) -> Result<(), Box<dyn Error>> {
///     let mut incoming = Vec::new();
///     let mut acceptor = UnbufferedAcceptor::default();
///     let accepted = loop {
///         let mut buffer = [0; 4096];
///         match socket.read(&mut buffer)? {
///             0 => return Err("the client has gone".into()),
///             len => incoming.extend_from_slice(&buffer[..len]),
///         }
///         match acceptor.accept(&incoming) {
///             Ok(None) => {}
///             Ok(Some(accepted)) => break accepted,
///             Err(refused) => {
///                 socket.write_all(&refused.alert)?;
///                 return Err(refused.into());
///             }
///         }
///     };
///     let config = choose(accepted.client_hello());
///     let mut conn = accepted.into_connection(config)?;
///     conn.complete_handshake(&mut socket, &mut incoming)?;
///     # Ok(())
///     // ...
/// }
/// ```
pub struct UnbufferedAcceptor {
    /// `None` after a result was returned.
    rustls: Option<Acceptor>,
    /// Bytes at the front of the input that were copied into rustls.
    copied: usize,
}

impl UnbufferedAcceptor {
    /// Reads `incoming_tls`, which holds all bytes from the client since the connection began.
    ///
    /// Returns `None` until the whole ClientHello has come. Each byte is read once, however often this is called. Bytes
    /// after the ClientHello are ignored. A ClientHello may take up to 64 KiB, with the headers of its records.
    ///
    /// # Errors
    ///
    /// [`AcceptError`] if `incoming_tls` does not begin with a ClientHello, if it is shorter than at the last call, and
    /// at every call after a ClientHello or an error was returned.
    pub fn accept(
        &mut self,
        incoming_tls: &[u8],
    ) -> Result<Option<UnbufferedAccepted>, AcceptError> {
        let mut new = incoming_tls
            .get(self.copied..)
            .ok_or_else(|| AcceptError::without_alert(input_missing()))?;
        let Some(mut rustls) = self.rustls.take() else {
            let error = explained("the acceptor has returned its result already");
            return Err(AcceptError::without_alert(error));
        };
        while !new.is_empty() {
            // rustls copies nothing only if its buffer is full.
            match rustls.read_tls(&mut new) {
                Ok(0) | Err(_) => return Err(AcceptError::too_large()),
                Ok(copied) => self.copied += copied,
            }
            match rustls.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => return Ok(Some(UnbufferedAccepted(accepted))),
                Err((error, mut alert)) => {
                    let mut refused = AcceptError::without_alert(error);
                    // Writing to a `Vec` does not fail.
                    let _ = alert.write_all(&mut refused.alert);
                    refused.complete_alert();
                    return Err(refused);
                }
            }
        }
        self.rustls = Some(rustls);
        Ok(None)
    }
}

impl Default for UnbufferedAcceptor {
    fn default() -> Self {
        Self {
            rustls: Some(Acceptor::default()),
            copied: 0,
        }
    }
}

/// A ClientHello, from which a connection can be made.
pub struct UnbufferedAccepted(Accepted);

impl UnbufferedAccepted {
    /// The contents of the ClientHello: server name, cipher suites, application protocols and more.
    pub fn client_hello(&self) -> ClientHello<'_> {
        self.0.client_hello()
    }

    /// Makes a connection with the chosen `config`. Pass it the whole input, which begins with the ClientHello.
    ///
    /// # Errors
    ///
    /// As [`UnbufferedServerConnection::new`].
    pub fn into_connection(
        self,
        config: Arc<ServerConfig>,
    ) -> Result<UnbufferedServerConnection, Error> {
        UnbufferedServerConnection::new(config)
    }

    /// As [`into_connection`](Self::into_connection), but all records are sealed and opened by `provider`.
    ///
    /// # Errors
    ///
    /// As [`UnbufferedServerConnection::new_with_provider`].
    pub fn into_connection_with_provider(
        self,
        config: Arc<ServerConfig>,
        provider: &'static dyn RecordProvider,
    ) -> Result<UnbufferedServerConnection, Error> {
        UnbufferedServerConnection::new_with_provider(config, provider)
    }
}

/// A client was refused. Holds the error, and the alert to send.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AcceptError {
    /// The reason.
    pub error: Error,
    /// A whole record with the alert, to be sent to the client. Empty if no alert is to be sent.
    pub alert: Vec<u8>,
}

impl AcceptError {
    fn without_alert(error: Error) -> Self {
        Self {
            error,
            alert: Vec::new(),
        }
    }

    /// Adds the alert for a message that is not a ClientHello, for which rustls makes none. An alert is not answered
    /// with an alert.
    fn complete_alert(&mut self) {
        let lacks_alert = match &self.error {
            Error::InappropriateMessage { got_type, .. } => *got_type != ContentType::Alert,
            Error::InappropriateHandshakeMessage { .. } => true,
            _ => false,
        };
        if lacks_alert && self.alert.is_empty() {
            append_plaintext_alert(AlertDescription::UnexpectedMessage, &mut self.alert);
        }
    }

    fn too_large() -> Self {
        let mut refused = Self::without_alert(InvalidMessage::HandshakePayloadTooLarge.into());
        append_plaintext_alert(AlertDescription::DecodeError, &mut refused.alert);
        refused
    }
}

impl fmt::Display for AcceptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no ClientHello was accepted: {}", self.error)
    }
}

impl core::error::Error for AcceptError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl fmt::Debug for UnbufferedAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnbufferedAcceptor")
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UnbufferedAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnbufferedAccepted")
            .finish_non_exhaustive()
    }
}
