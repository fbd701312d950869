//! The rustls server that every measured client shakes hands with.

use std::io::Write;
use std::sync::Arc;

use rustls::{ExtractedSecrets, ServerConfig, ServerConnection};
use testing::Setup;
use testing::raw::Keys;

/// Returns a server whose keys can be extracted after the handshake.
pub(crate) fn new(setup: &Setup) -> ServerConnection {
    let mut config = ServerConfig::clone(&setup.server_config());
    config.enable_secret_extraction = true;
    // Only application data follows the handshake.
    config.send_tls13_tickets = 0;
    ServerConnection::new(Arc::new(config)).expect("a connection")
}

/// Returns the keys of the client of `server`: first the key that it seals with, then the key that it opens with.
pub(crate) fn client_keys(server: ServerConnection) -> (Keys, Keys) {
    let ExtractedSecrets { tx, rx } = server
        .dangerous_extract_secrets()
        .expect("the config allows it");
    (rx.into(), tx.into())
}

/// Has `server` process all records in `outgoing`.
pub(crate) fn feed(server: &mut ServerConnection, mut outgoing: &[u8]) {
    while !outgoing.is_empty() {
        server
            .read_tls(&mut outgoing)
            .expect("room in rustls's buffer");
        server
            .process_new_packets()
            .expect("a handshake");
    }
}

/// Writes everything that `server` has to send to `incoming`, and returns the number of bytes.
pub(crate) fn drain(server: &mut ServerConnection, incoming: &mut impl Write) -> usize {
    let mut taken = 0;
    while server.wants_write() {
        taken += server
            .write_tls(incoming)
            .expect("a writer that takes all");
    }
    taken
}
