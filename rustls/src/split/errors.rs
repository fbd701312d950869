//! Why a connection could not be split, and how its input may end too early.

use alloc::boxed::Box;
use core::fmt;
use std::io::{self, ErrorKind};

use rustls::Error;

/// The transport has ended before the peer's close_notify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Truncated;

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input has ended before the peer's close_notify")
    }
}

impl core::error::Error for Truncated {}

/// A connection could not be split.
#[derive(Debug)]
pub struct SplitError<C> {
    /// The connection, unchanged.
    pub connection: Box<C>,
    /// The reason.
    pub error: Error,
}

impl<C> SplitError<C> {
    /// The same error for the connection that `f` makes of this one.
    pub(crate) fn map_connection<T>(self, f: impl FnOnce(C) -> T) -> SplitError<T> {
        SplitError {
            connection: Box::new(f(*self.connection)),
            error: self.error,
        }
    }
}

impl<C> fmt::Display for SplitError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection cannot be split now: {}", self.error)
    }
}

impl<C: fmt::Debug> core::error::Error for SplitError<C> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl<C: fmt::Debug + Send + Sync + 'static> From<SplitError<C>> for io::Error {
    /// Wraps the error, and with it the connection: see [`io::Error::into_inner`].
    fn from(error: SplitError<C>) -> Self {
        let kind = match &error.error {
            Error::HandshakeNotComplete => ErrorKind::NotConnected,
            // There are bytes to be encoded first.
            Error::Other(_) | Error::General(_) => ErrorKind::InvalidInput,
            _ => ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
