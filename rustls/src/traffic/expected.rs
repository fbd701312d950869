//! Which handshake messages a peer may send after the handshake.

use rustls::{AlertDescription, Error, HandshakeType, InvalidMessage, Side};

use super::failure::Failure;
use crate::record::Version;

/// The longest message that is accepted, as in rustls. It is held until it is whole.
const MAX_MESSAGE_LEN: usize = 0xffff;

/// The messages that this side expects.
#[derive(Clone, Copy)]
pub(super) struct ExpectedMessages {
    version: Version,
    /// Our side.
    side: Side,
}

impl ExpectedMessages {
    pub(super) fn new(version: Version, side: Side) -> Self {
        Self { version, side }
    }

    /// Checks the type of a message, which is enough to refuse it.
    pub(super) fn check_type(self, got_type: HandshakeType) -> Result<(), Failure> {
        let expected: &[HandshakeType] = match (self.version, self.side) {
            (Version::Tls13, Side::Client) => {
                &[HandshakeType::NewSessionTicket, HandshakeType::KeyUpdate]
            }
            (Version::Tls13, Side::Server) => &[HandshakeType::KeyUpdate],
            // Requests to renegotiate, which are declined.
            (Version::Tls12, Side::Client) => &[HandshakeType::HelloRequest],
            (Version::Tls12, Side::Server) => &[HandshakeType::ClientHello],
        };
        match expected.contains(&got_type) {
            true => Ok(()),
            false => Err(Failure::with_alert(
                Error::InappropriateHandshakeMessage {
                    expect_types: expected.to_vec(),
                    got_type,
                },
                AlertDescription::UnexpectedMessage,
            )),
        }
    }

    /// Checks the length in the header of a message of an expected type.
    pub(super) fn check_len(self, typ: HandshakeType, len: usize) -> Result<(), Failure> {
        let error = match typ {
            HandshakeType::KeyUpdate if len == 0 => InvalidMessage::MissingData("KeyUpdate"),
            HandshakeType::KeyUpdate if len > 1 => InvalidMessage::TrailingData("KeyUpdate"),
            HandshakeType::HelloRequest if len > 0 => InvalidMessage::TrailingData("HelloRequest"),
            _ if len > MAX_MESSAGE_LEN => InvalidMessage::HandshakePayloadTooLarge,
            _ => return Ok(()),
        };
        Err(Failure::with_alert(error, AlertDescription::DecodeError))
    }
}
