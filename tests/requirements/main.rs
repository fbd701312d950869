//! What the standards ask of a record layer after the handshake, row by row. `docs/requirements.md` has the rows.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod alerts;
mod handover;
mod key_update;
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
use testing::{Role, Scene, Setup, message};

/// Data, received and read.
fn receives_data(scene: &mut Scene<'_>) {
    scene
        .receive(ContentType::ApplicationData, b"data")
        .expect("data");
    assert_eq!(scene.victim.received(), b"data");
}

/// What the peer of a connection of TLS 1.2 in `role` would begin a renegotiation with.
fn renegotiation(setup: &Setup, role: Role) -> Vec<u8> {
    match role {
        Role::Client => message(HandshakeType::HelloRequest, &[]),
        Role::Server => setup.client_hello(),
    }
}
