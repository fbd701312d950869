//! Does the record layer meet each row of `docs/requirements.md` after the handshake? The sections that the files name
//! are those of that page.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod alerts;
mod handover;
mod key_update;
mod key_update_limits;
mod limits;
mod opening;
mod post_handshake;
mod reassembly;
mod sealing;
#[cfg(feature = "std")]
mod split;
mod table;
mod tickets;
mod unsent;

use rustls::{ContentType, HandshakeType};
use testing::{Fixture, Role, Setup, message};

/// Delivers data, and checks that it is read.
fn receive_data(fixture: &mut Fixture<'_>) {
    fixture
        .receive(ContentType::ApplicationData, b"data")
        .expect("data");
    assert_eq!(fixture.target.received(), b"data");
}

/// The message with which the peer of a TLS 1.2 connection in `role` requests renegotiation.
fn renegotiation(setup: &Setup, role: Role) -> Vec<u8> {
    match role {
        Role::Client => message(HandshakeType::HelloRequest, &[]),
        Role::Server => setup.client_hello(),
    }
}
