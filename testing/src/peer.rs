//! Buffered connections of rustls, as peers.

use std::io::{Read, Write};
use std::mem;
use std::sync::Arc;

use rustls::{Connection, Error};

use crate::direct::Endpoint;
use crate::key_schedule::Secrets;
use crate::role::Role;
use crate::setup::Setup;

/// A buffered connection of rustls, and its application.
#[derive(Debug)]
pub struct Peer {
    pub conn: Connection,
    /// The plaintext that was read.
    pub received: Vec<u8>,
    /// Whether a close_notify came.
    pub closed: bool,
    /// The secrets of TLS 1.3, if the config logs them here.
    pub(crate) secrets: Arc<Secrets>,
}

impl Peer {
    pub fn new(setup: &Setup, role: Role) -> Self {
        setup.configs().peer(role)
    }

    /// Makes a peer of `conn`, without a limit to its buffers.
    pub fn of(conn: impl Into<Connection>) -> Self {
        let mut conn = conn.into();
        conn.set_buffer_limit(None);
        Self {
            conn,
            received: Vec::new(),
            closed: false,
            secrets: Arc::default(),
        }
    }

    /// Reads all of `incoming`.
    pub fn read(&mut self, mut incoming: &[u8]) -> Result<(), Error> {
        while !incoming.is_empty() {
            self.conn
                .read_tls(&mut incoming)
                .expect("room in rustls's buffer");
            let state = self.conn.process_new_packets()?;
            let at = self.received.len();
            self.received
                .resize(at + state.plaintext_bytes_to_read(), 0);
            self.conn
                .reader()
                .read_exact(&mut self.received[at..])
                .expect("as much as was announced");
            if state.peer_has_closed() {
                self.closed = true;
                break;
            }
        }
        Ok(())
    }

    /// Returns everything that rustls has to send.
    pub fn write(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.conn.wants_write() {
            self.conn
                .write_tls(&mut out)
                .expect("a Vec takes all");
        }
        out
    }

    /// Seals `data`, and returns everything that rustls has to send.
    pub fn send(&mut self, data: &[u8]) -> Vec<u8> {
        self.conn
            .writer()
            .write_all(data)
            .expect("no limit");
        self.write()
    }

    /// Completes the handshake with another connection of rustls.
    pub fn shake_hands(&mut self, other: &mut Self) {
        loop {
            let (to_other, to_us) = (self.write(), other.write());
            other
                .read(&to_other)
                .and(self.read(&to_us))
                .expect("a handshake");
            if to_other.is_empty() && to_us.is_empty() {
                break;
            }
        }
        assert!(!self.conn.is_handshaking() && !other.conn.is_handshaking());
    }

    /// Seals early data, and returns everything that rustls has to send. Only for clients with a ticket that allows it.
    pub fn send_early(&mut self, data: &[u8]) -> Vec<u8> {
        let Connection::Client(client) = &mut self.conn else {
            panic!("a server sends no early data");
        };
        client
            .early_data()
            .expect("a ticket that allows it")
            .write_all(data)
            .expect("no more than is allowed");
        self.write()
    }

    /// Returns the early data that was received, or `None` if the server accepts none.
    pub fn read_early(&mut self) -> Option<Vec<u8>> {
        let Connection::Server(server) = &mut self.conn else {
            panic!("a client is sent no early data");
        };
        let mut data = Vec::new();
        server
            .early_data()?
            .read_to_end(&mut data)
            .expect("what has come");
        Some(data)
    }

    /// Passes bytes between the two until neither sends any more.
    pub fn talk_to(&mut self, direct: &mut dyn Endpoint) -> Result<(), Error> {
        loop {
            direct.run()?;
            let to_peer = mem::take(&mut direct.app().outgoing);
            self.read(&to_peer)?;
            let to_direct = self.write();
            direct
                .app()
                .incoming
                .extend_from_slice(&to_direct);
            if to_peer.is_empty() && to_direct.is_empty() {
                return Ok(());
            }
        }
    }
}
