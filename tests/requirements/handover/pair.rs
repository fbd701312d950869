//! A connection and its peer before the end of their handshake.

use rustls::client::Resumption;
use testing::{Configs, Peer, Role, Setup, StateMachineTarget, Target, setups};

/// Configs with which the peer can send data directly after its last flight.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) setup: Setup,
    /// The role of the connection that is taken over.
    pub(crate) role: Role,
    pub(crate) configs: Configs,
}

impl Pair {
    /// Runs `test` with a pair for every suite and role.
    pub(crate) fn each(test: impl Fn(&Self)) {
        for setup in setups() {
            for role in Role::BOTH {
                println!("{} {role:?}", setup.name());
                test(&Self::new(&setup, role));
            }
        }
    }

    fn new(setup: &Setup, role: Role) -> Self {
        let mut configs = setup.configs().with_secret_extraction();
        // Otherwise a TLS 1.3 server waits for the client's Finished.
        configs.server.send_half_rtt_data = true;
        // Only then the TLS 1.2 client sends the last flight.
        let resumed = !setup.is_tls13() && role == Role::Server;
        match resumed {
            true => configs
                .peer(Role::Client)
                .shake_hands(&mut configs.peer(Role::Server)),
            false => configs.client.resumption = Resumption::disabled(),
        }
        Self {
            setup: setup.clone(),
            role,
            configs,
        }
    }

    /// A connection of rustls in the role of the pair.
    pub(crate) fn rustls(&self) -> Peer {
        self.configs.peer(self.role)
    }

    /// A connection of ours in the role of the pair.
    pub(crate) fn ours(&self) -> StateMachineTarget {
        self.configs.direct(self.role).into()
    }

    /// The peer of either.
    pub(crate) fn peer(&self) -> Peer {
        self.configs.peer(self.role.other())
    }

    /// Runs the handshake up to the flight of `peer` that completes it for `target`, and returns that flight.
    ///
    /// `target` is in the role of the pair. It has not received the flight yet.
    pub(crate) fn last_flight(&self, target: &mut dyn Target, peer: &mut Peer) -> Vec<u8> {
        let is_first = self.setup.is_tls13() && self.role == Role::Client;
        if self.role == Role::Client {
            peer.read(&target.answer())
                .expect("a ClientHello");
        }
        if !is_first {
            let flight = peer.write();
            target
                .receive(&flight)
                .expect("the first flight");
            assert!(!target.is_direct());
            peer.read(&target.answer())
                .expect("the other side's flight");
        }
        let flight = peer.write();
        assert!(!flight.is_empty());
        flight
    }

    /// Delivers the last flight of `target`, and the rest of the peer's output.
    pub(crate) fn finish(&self, target: &mut dyn Target, peer: &mut Peer) {
        peer.read(&target.answer())
            .expect("the last flight");
        assert!(!peer.conn.is_handshaking());
        target
            .receive(&peer.write())
            .expect("tickets or nothing");
    }
}
