//! The configs of both sides, for a test to change before connections are made of them.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::server::ProducesTickets;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};
use rustls_direct::cipher::RecordProvider;
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::record::HEADER_LEN;
use rustls_direct::server::UnbufferedServerConnection;

use crate::direct::{Direct, Endpoint};
use crate::peer::Peer;
use crate::role::Role;
use crate::setup::{Records, Setup, server_name};

/// The configs of both sides. Connections of the same configs, or of clones of them, can resume each other's sessions.
#[derive(Clone, Debug)]
pub struct Configs {
    pub client: ClientConfig,
    pub server: ServerConfig,
    /// The server name that the client asks for.
    pub name: ServerName<'static>,
    /// The records that are passed to connections of rustls-direct, if they do not recognise the suite.
    records: Option<&'static dyn RecordProvider>,
    runs_direct: bool,
}

impl Setup {
    pub fn configs(&self) -> Configs {
        Configs {
            client: Arc::unwrap_or_clone(self.client_config()),
            server: Arc::unwrap_or_clone(self.server_config()),
            name: server_name(),
            records: (self.record_source == Records::Passed).then_some(self.records),
            runs_direct: self.runs_direct(),
        }
    }

    /// Creates a connection of rustls-direct in `role`.
    pub fn direct(&self, role: Role) -> Box<dyn Endpoint> {
        self.configs().direct(role)
    }

    /// Creates a client of rustls-direct.
    pub fn client(&self) -> UnbufferedClientConnection {
        self.configs().client()
    }

    /// Creates a server of rustls-direct.
    pub fn server(&self) -> UnbufferedServerConnection {
        self.configs().server()
    }

    /// Returns a client's ClientHello without its record header.
    pub fn client_hello(&self) -> Vec<u8> {
        Peer::new(self, Role::Client)
            .write()
            .split_off(HEADER_LEN)
    }

    /// Connects rustls-direct in `role` to rustls, and completes the handshake.
    pub fn connected(&self, role: Role) -> (Box<dyn Endpoint>, Peer) {
        self.configs().connected(role)
    }

    /// Creates the ticketer of a server.
    pub fn ticketer(&self) -> Arc<dyn ProducesTickets> {
        match self.library {
            #[cfg(feature = "aws_lc_rs")]
            "aws-lc-rs" => rustls::crypto::aws_lc_rs::Ticketer::new().expect("random numbers"),
            #[cfg(feature = "ring")]
            "ring" => rustls::crypto::ring::Ticketer::new().expect("random numbers"),
            other => panic!("{other} is not known here"),
        }
    }
}

impl Configs {
    /// Enables secret extraction on both sides.
    pub fn with_secret_extraction(mut self) -> Self {
        self.client.enable_secret_extraction = true;
        self.server.enable_secret_extraction = true;
        self
    }

    /// Allows clients that resume a session to send `max_size` bytes of early data.
    pub fn with_early_data(mut self, max_size: u32) -> Self {
        self.client.enable_early_data = true;
        self.server.max_early_data_size = max_size;
        self
    }

    /// Creates a client of rustls-direct.
    pub fn client(&self) -> UnbufferedClientConnection {
        let (config, name) = (Arc::new(self.client.clone()), self.name.clone());
        match self.records {
            Some(records) => UnbufferedClientConnection::new_with_provider(config, name, records),
            None => UnbufferedClientConnection::new(config, name),
        }
        .expect("a connection")
    }

    /// Creates a server of rustls-direct.
    pub fn server(&self) -> UnbufferedServerConnection {
        let config = Arc::new(self.server.clone());
        match self.records {
            Some(records) => UnbufferedServerConnection::new_with_provider(config, records),
            None => UnbufferedServerConnection::new(config),
        }
        .expect("a connection")
    }

    /// Creates a connection of rustls-direct in `role`.
    pub fn direct(&self, role: Role) -> Box<dyn Endpoint> {
        match role {
            Role::Client => Box::new(Direct::new(self.client())),
            Role::Server => Box::new(Direct::new(self.server())),
        }
    }

    /// Creates a buffered connection of rustls in `role`.
    pub fn peer(&self, role: Role) -> Peer {
        match role {
            Role::Client => Peer::of(
                ClientConnection::new(Arc::new(self.client.clone()), self.name.clone())
                    .expect("a connection"),
            ),
            Role::Server => Peer::of(
                ServerConnection::new(Arc::new(self.server.clone())).expect("a connection"),
            ),
        }
    }

    /// Connects rustls-direct in `role` to rustls, and completes the handshake.
    pub fn connected(&self, role: Role) -> (Box<dyn Endpoint>, Peer) {
        let mut direct = self.direct(role);
        let mut peer = self.peer(role.other());
        peer.talk_to(&mut *direct)
            .unwrap_or_else(|err| panic!("{role:?}: {err}"));
        assert_eq!(direct.is_direct(), self.runs_direct);
        assert!(!peer.conn.is_handshaking());
        (direct, peer)
    }
}
