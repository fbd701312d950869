//! The bytes of alerts and KeyUpdates, and the header of a handshake message.

use rustls::{AlertDescription, HandshakeType};

/// The level of an alert that does not end the connection. RFC 8446 s6.
pub(super) const WARNING: u8 = 1;

/// The level of an alert that ends the connection. RFC 8446 s6.
pub(super) const FATAL: u8 = 2;

/// Bytes of an alert: level (1) and description (1).
pub(crate) const ALERT_LEN: usize = 2;

/// Bytes of a handshake message's header: type (1) and length (3). RFC 8446 s4.
pub(super) const HANDSHAKE_HEADER_LEN: usize = 4;

/// Bytes of a KeyUpdate: header (4) and `request_update` (1). RFC 8446 s4.6.3.
pub(super) const KEY_UPDATE_LEN: usize = HANDSHAKE_HEADER_LEN + 1;

/// An alert that ends the connection.
pub(crate) fn fatal_alert(description: AlertDescription) -> [u8; ALERT_LEN] {
    [FATAL, u8::from(description)]
}

/// An alert that does not end the connection.
pub(super) fn warning_alert(description: AlertDescription) -> [u8; ALERT_LEN] {
    [WARNING, u8::from(description)]
}

/// The field `request_update` of a KeyUpdate. RFC 8446 s4.6.3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyUpdateRequest {
    NotRequested = 0,
    Requested = 1,
}

impl KeyUpdateRequest {
    /// Reads the body of a KeyUpdate. `None` if it is not exactly one of the two values.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        match body {
            [0] => Some(Self::NotRequested),
            [1] => Some(Self::Requested),
            _ => None,
        }
    }

    /// The whole KeyUpdate message.
    pub(super) fn message(self) -> [u8; KEY_UPDATE_LEN] {
        [HandshakeType::KeyUpdate.into(), 0, 0, 1, self as u8]
    }
}

/// Most KeyUpdates that one side may send. RFC 9846 s4.7.3.
pub(super) const MAX_KEY_UPDATES: u64 = (1 << 48) - 1;
