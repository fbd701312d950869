//! Refuses input that rustls accepts.

use rustls::{Error, InvalidMessage, PeerMisbehaved};

use crate::error::explained;

/// The reason to refuse the peer's records, and how to make rustls send the alert.
pub(super) struct Refusal {
    pub(super) error: Error,
    /// Invalid input that rustls answers with the right alert.
    pub(super) alert_trigger: &'static [u8],
}

/// A type that no record has: rustls answers with `decode_error`.
const UNKNOWN_TYPE: &[u8] = &[0xff];

/// A ChangeCipherSpec with content that RFC 8446 s5 forbids: in TLS 1.3 rustls answers with `unexpected_message`.
const INVALID_CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 2];

/// A second ChangeCipherSpec: in TLS 1.2 rustls answers with `unexpected_message`.
#[cfg(feature = "tls12")]
const CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 1];

impl Refusal {
    pub(super) fn too_large() -> Self {
        Self {
            error: InvalidMessage::HandshakePayloadTooLarge.into(),
            alert_trigger: UNKNOWN_TYPE,
        }
    }

    pub(super) fn too_many_unclassified_records() -> Self {
        Self {
            error: explained(
                "the client sent too many records before its Finished: with this crypto provider, rejected early data \
                 cannot be told from parts of a handshake message, and so is not removed",
            ),
            alert_trigger: UNKNOWN_TYPE,
        }
    }

    pub(super) fn empty_handshake_record() -> Self {
        Self {
            error: InvalidMessage::InvalidEmptyPayload.into(),
            alert_trigger: INVALID_CHANGE_CIPHER_SPEC,
        }
    }

    /// As [`empty_handshake_record`](Self::empty_handshake_record), in TLS 1.2 after the peer's ChangeCipherSpec.
    #[cfg(feature = "tls12")]
    pub(super) fn empty_finished() -> Self {
        Self {
            error: InvalidMessage::InvalidEmptyPayload.into(),
            alert_trigger: CHANGE_CIPHER_SPEC,
        }
    }

    pub(super) fn too_many_empty_records() -> Self {
        Self {
            error: PeerMisbehaved::TooManyEmptyFragments.into(),
            alert_trigger: INVALID_CHANGE_CIPHER_SPEC,
        }
    }
}
