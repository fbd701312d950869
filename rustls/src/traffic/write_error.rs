//! The error of a write that was refused.

use alloc::boxed::Box;
use core::fmt;
#[cfg(feature = "std")]
use std::io::{self, ErrorKind};

use rustls::Error;
use rustls::unbuffered::{EncryptError, InsufficientSizeError};

/// Data was not sealed.
///
/// Except for [`Failed`](Self::Failed), nothing was written and no sequence number was spent.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The output slice is too short. Holds the length that is needed, in bytes.
    InsufficientSize(InsufficientSizeError),

    /// Content and padding are longer than one record may carry.
    ContentTooLong {
        /// Bytes that one record may carry.
        max: usize,
        /// Bytes of content and padding that were passed.
        provided: usize,
    },

    /// [`Reservation::seal`](crate::unbuffered::Reservation::seal) was called with more bytes than were reserved.
    BeyondReservation {
        /// Bytes that were reserved.
        reserved: usize,
        /// Bytes that were to be sealed.
        provided: usize,
    },

    /// TLS 1.2 has no padding.
    PaddingUnsupported,

    /// TLS 1.2 has no key updates.
    KeyUpdateUnsupported,

    /// The key may not seal that many more records, and there is no next key.
    ///
    /// In TLS 1.2 the connection has to end: its close_notify is owed to the peer. RFC 5246 s6.1. In TLS 1.3 the writer
    /// of `split` can try again after the client's session store has returned.
    KeyExhausted,

    /// The handshake is not complete. Data that may be sent before that is sealed by rustls, through
    /// `WriteTraffic::encrypt`.
    HandshakeNotComplete,

    /// close_notify was sealed or is owed. Nothing may follow it. RFC 8446 s6.1.
    Closed,

    /// The connection has failed.
    Failed(Box<Error>),
}

impl From<WriteError> for EncryptError {
    #[inline]
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::InsufficientSize(size) => Self::InsufficientSize(size),
            _ => Self::EncryptExhausted,
        }
    }
}

impl From<InsufficientSizeError> for WriteError {
    fn from(size: InsufficientSizeError) -> Self {
        Self::InsufficientSize(size)
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => {
                write!(f, "the output needs room for {required_size} bytes")
            }
            Self::ContentTooLong { max, provided } => write!(
                f,
                "content and padding are {provided} bytes, but a record carries at most {max}"
            ),
            Self::BeyondReservation { reserved, provided } => write!(
                f,
                "{provided} bytes were to be sealed, but only {reserved} were reserved"
            ),
            Self::PaddingUnsupported => f.write_str("TLS 1.2 has no padding"),
            Self::KeyUpdateUnsupported => f.write_str("TLS 1.2 has no key updates"),
            Self::KeyExhausted => {
                f.write_str("the key may not seal that many more records, and there is no next key")
            }
            Self::HandshakeNotComplete => f.write_str("the handshake is not complete"),
            Self::Closed => f.write_str("close_notify was sealed, and nothing may follow it"),
            Self::Failed(error) => write!(f, "the connection has failed: {error}"),
        }
    }
}

#[cfg(feature = "std")]
impl From<WriteError> for io::Error {
    /// Wraps the error: see [`io::Error::get_ref`].
    fn from(error: WriteError) -> Self {
        let kind = match &error {
            WriteError::InsufficientSize(_)
            | WriteError::ContentTooLong { .. }
            | WriteError::BeyondReservation { .. } => ErrorKind::InvalidInput,
            WriteError::PaddingUnsupported | WriteError::KeyUpdateUnsupported => {
                ErrorKind::Unsupported
            }
            WriteError::HandshakeNotComplete => ErrorKind::NotConnected,
            WriteError::Closed => ErrorKind::BrokenPipe,
            WriteError::KeyExhausted => ErrorKind::Other,
            // As rustls does for all of its errors.
            WriteError::Failed(_) => ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

impl core::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(feature = "std")]
            Self::Failed(error) => Some(&**error),
            _ => None,
        }
    }
}
