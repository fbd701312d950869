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

/// What connections are made of. Their sessions can be resumed by others of the same configs, and of clones of them.
#[derive(Clone, Debug)]
pub struct Configs {
    pub client: ClientConfig,
    pub server: ServerConfig,
    /// Whom the client asks for.
    pub name: ServerName<'static>,
    /// What our connections need to be told if the suite is not known.
    records: Option<&'static dyn RecordProvider>,
    runs_direct: bool,
}

impl Setup {
    pub fn configs(&self) -> Configs {
        Configs {
            client: Arc::unwrap_or_clone(self.client_config()),
            server: Arc::unwrap_or_clone(self.server_config()),
            name: server_name(),
            records: (self.finds == Records::Passed).then_some(self.records),
            runs_direct: self.runs_direct(),
        }
    }

    /// Our connection in `role`.
    pub fn direct(&self, role: Role) -> Box<dyn Endpoint> {
        self.configs().direct(role)
    }

    /// Our client.
    pub fn client(&self) -> UnbufferedClientConnection {
        self.configs().client()
    }

    /// Our server.
    pub fn server(&self) -> UnbufferedServerConnection {
        self.configs().server()
    }

    /// The ClientHello that a client begins with, without the header of its record.
    pub fn client_hello(&self) -> Vec<u8> {
        Peer::new(self, Role::Client)
            .write()
            .split_off(HEADER_LEN)
    }

    /// Our connection in `role` and rustls's in the other, after the handshake.
    pub fn connected(&self, role: Role) -> (Box<dyn Endpoint>, Peer) {
        self.configs().connected(role)
    }

    /// What puts a server's sessions into tickets.
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
    /// With sides that give their keys away.
    pub fn with_secret_extraction(mut self) -> Self {
        self.client.enable_secret_extraction = true;
        self.server.enable_secret_extraction = true;
        self
    }

    /// With so much early data, for clients that have been here before.
    pub fn with_early_data(mut self, max_size: u32) -> Self {
        self.client.enable_early_data = true;
        self.server.max_early_data_size = max_size;
        self
    }

    /// Our client.
    pub fn client(&self) -> UnbufferedClientConnection {
        let (config, name) = (Arc::new(self.client.clone()), self.name.clone());
        match self.records {
            Some(records) => UnbufferedClientConnection::new_with_provider(config, name, records),
            None => UnbufferedClientConnection::new(config, name),
        }
        .expect("a connection")
    }

    /// Our server.
    pub fn server(&self) -> UnbufferedServerConnection {
        let config = Arc::new(self.server.clone());
        match self.records {
            Some(records) => UnbufferedServerConnection::new_with_provider(config, records),
            None => UnbufferedServerConnection::new(config),
        }
        .expect("a connection")
    }

    /// Our connection in `role`.
    pub fn direct(&self, role: Role) -> Box<dyn Endpoint> {
        match role {
            Role::Client => Box::new(Direct::new(self.client())),
            Role::Server => Box::new(Direct::new(self.server())),
        }
    }

    /// rustls's connection in `role`.
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

    /// Our connection in `role` and rustls's in the other, after the handshake.
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
