//! Why a connection has failed.

use alloc::format;
use alloc::vec;

use rustls::{AlertDescription, ContentType, Error, InvalidMessage, PeerMisbehaved};

use crate::error::explained;
use crate::record_layer::DecryptionError;

/// The error of a failed connection, and the alert that tells the peer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// `None` if the peer ended the connection, or if no alert can be sealed.
    pub(crate) alert: Option<AlertDescription>,
}

impl Failure {
    pub(super) fn with_alert(error: impl Into<Error>, alert: AlertDescription) -> Self {
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
        Self::with_alert(error, err.alert())
    }
}
