//! After the handshake: what the records mean.
//!
//! A connection is two halves that can live on two threads. What a record from the peer asks of the half that seals goes
//! to it as a [`Request`]. On the way back goes its [`Progress`] alone, when somebody asks.

mod fruitless;
mod gathered;
mod key_schedule;
mod messages;
mod receiver;
mod reservation;
mod sender;
#[cfg(test)]
mod tests;
mod untaken;
mod write_error;

use alloc::format;
use alloc::vec;

use rustls::{AlertDescription, ContentType, Error, InvalidMessage, PeerMisbehaved};

pub use gathered::Gathered;
#[cfg(feature = "std")]
pub(crate) use key_schedule::KeySchedule;
pub(crate) use key_schedule::{DirectionSecrets, Kernel, Remainder};
pub(crate) use receiver::{OpenedWithin, Received, Receiver};
pub use reservation::Reservation;
pub(crate) use sender::Sender;
pub use sender::Written;
#[cfg(feature = "std")]
pub(crate) use sender::{Progress, Request};
pub(crate) use untaken::{Untaken, input_missing, taken_already};
pub use write_error::WriteError;

use crate::error::explained;
use crate::record_layer::DecryptionError;

/// A connection after its handshake.
pub(crate) struct Traffic {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
    pub(crate) remainder: Remainder,
}

/// The level of an alert that does not end the connection. RFC 8446 s6.
const WARNING: u8 = 1;

/// The level of one that does.
pub(crate) const FATAL: u8 = 2;

/// Bytes of an alert: level and description.
const ALERT_LEN: usize = 2;

/// Bytes of a KeyUpdate: type (1), length (3), `request_update` (1). RFC 8446 s4.6.3.
const KEY_UPDATE_LEN: usize = 5;

/// Why a connection has to end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// What the peer is told, unless it was the peer that ended the connection.
    pub(crate) alert: Option<AlertDescription>,
}

impl Failure {
    fn because(error: impl Into<Error>, alert: AlertDescription) -> Self {
        Self {
            error: error.into(),
            alert: Some(alert),
        }
    }
}

impl From<DecryptionError> for Failure {
    #[cold]
    fn from(err: DecryptionError) -> Self {
        let error = match err {
            DecryptionError::BadRecordMac => Error::DecryptError,
            DecryptionError::RecordOverflow => Error::PeerSentOversizedRecord,
            DecryptionError::UnexpectedType(got_type) => Error::InappropriateMessage {
                expect_types: vec![ContentType::ApplicationData],
                got_type,
            },
            DecryptionError::UnexpectedVersion(_) => InvalidMessage::UnknownProtocolVersion.into(),
            DecryptionError::NoContentType => PeerMisbehaved::IllegalTlsInnerPlaintext.into(),
            DecryptionError::KeyExhausted
            | DecryptionError::NoKey
            | DecryptionError::OpenedBefore => explained(format!("{err}")),
        };
        Self::because(error, err.alert())
    }
}
