//! Connections before the end of their handshake.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct_tests::{Direct, Endpoint, Ours, Peer, Role, Setup, Victim, server_name, setups};

#[derive(Clone)]
/// What two connections are made of, so that the peer has something to send right behind its last flight.
pub(crate) struct Pair {
    pub(crate) setup: Setup,
    /// Of the one that is to be taken over.
    pub(crate) role: Role,
    pub(crate) client: ClientConfig,
    pub(crate) server: ServerConfig,
}

impl Pair {
    /// Runs `test` with one for every suite and role.
    pub(crate) fn each(test: impl Fn(&Self)) {
        for setup in setups() {
            for role in Role::BOTH {
                println!("{} {role:?}", setup.name());
                test(&Self::new(&setup, role));
            }
        }
    }

    fn new(setup: &Setup, role: Role) -> Self {
        let mut client = ClientConfig::clone(&setup.client_config());
        let mut server = ServerConfig::clone(&setup.server_config());
        client.enable_secret_extraction = true;
        server.enable_secret_extraction = true;
        // A server of TLS 1.3 otherwise waits for the client's Finished.
        server.send_half_rtt_data = true;
        // Only then the client of TLS 1.2 has the last word.
        let resumed = !setup.is_tls13() && role == Role::Server;
        if !resumed {
            client.resumption = Resumption::disabled();
        }
        let pair = Self {
            setup: setup.clone(),
            role,
            client,
            server,
        };
        if resumed {
            pair.rustls(Role::Client)
                .shake_hands(&mut pair.rustls(Role::Server));
        }
        pair
    }

    pub(crate) fn rustls(&self, role: Role) -> Peer {
        match role {
            Role::Client => Peer::of(
                ClientConnection::new(Arc::new(self.client.clone()), server_name())
                    .expect("a connection"),
            ),
            Role::Server => Peer::of(
                ServerConnection::new(Arc::new(self.server.clone())).expect("a connection"),
            ),
        }
    }

    pub(crate) fn peer(&self) -> Peer {
        self.rustls(self.role.other())
    }

    pub(crate) fn ours(&self) -> Ours {
        let direct: Box<dyn Endpoint> = match self.role {
            Role::Client => Box::new(Direct::new(
                UnbufferedClientConnection::new(Arc::new(self.client.clone()), server_name())
                    .expect("a connection"),
            )),
            Role::Server => Box::new(Direct::new(
                UnbufferedServerConnection::new(Arc::new(self.server.clone()))
                    .expect("a connection"),
            )),
        };
        direct.into()
    }

    /// Goes on to the flight of `peer` that completes the handshake for `victim`, and returns that.
    ///
    /// `victim` is in the role of the pair. It has not received the flight yet.
    pub(crate) fn last_flight(&self, victim: &mut dyn Victim, peer: &mut Peer) -> Vec<u8> {
        let is_first = self.setup.is_tls13() && self.role == Role::Client;
        if self.role == Role::Client {
            peer.read(&victim.answer())
                .expect("a ClientHello");
        }
        if !is_first {
            let flight = peer.write();
            victim
                .receive(&flight)
                .expect("the first flight");
            assert!(!victim.is_direct());
            peer.read(&victim.answer())
                .expect("the other side's flight");
        }
        let flight = peer.write();
        assert!(!flight.is_empty());
        flight
    }

    /// Sends what `victim` has to send of its handshake, and receives the rest of that of `peer`.
    pub(crate) fn finish(&self, victim: &mut dyn Victim, peer: &mut Peer) {
        peer.read(&victim.answer())
            .expect("the last flight");
        assert!(!peer.conn.is_handshaking());
        victim
            .receive(&peer.write())
            .expect("tickets, or nothing");
    }
}
