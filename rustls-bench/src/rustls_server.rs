//! The rustls server that every measured client shakes hands with.

use std::io::Write;
use std::sync::Arc;

use rustls::{ExtractedSecrets, ServerConfig, ServerConnection};
use testing::Setup;
use testing::raw::Keys;

/// rustls, which gives its keys away afterwards.
pub(crate) fn new(setup: &Setup) -> ServerConnection {
    let mut config = ServerConfig::clone(&setup.server_config());
    config.enable_secret_extraction = true;
    // So that nothing but data comes behind the handshake.
    config.send_tls13_tickets = 0;
    ServerConnection::new(Arc::new(config)).expect("a connection")
}

/// What the client of `server` seals with, and what it opens with.
pub(crate) fn keys(server: ServerConnection) -> (Keys, Keys) {
    let ExtractedSecrets { tx, rx } = server
        .dangerous_extract_secrets()
        .expect("the config allows it");
    (rx.into(), tx.into())
}

pub(crate) fn pass_to(server: &mut ServerConnection, mut outgoing: &[u8]) {
    while !outgoing.is_empty() {
        server
            .read_tls(&mut outgoing)
            .expect("room in rustls's buffer");
        server
            .process_new_packets()
            .expect("a handshake");
    }
}

/// Returns how many bytes that was.
pub(crate) fn take_from(server: &mut ServerConnection, incoming: &mut impl Write) -> usize {
    let mut taken = 0;
    while server.wants_write() {
        taken += server
            .write_tls(incoming)
            .expect("it takes all");
    }
    taken
}
