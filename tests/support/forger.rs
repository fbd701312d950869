//! The record layer without a connection around it: a peer that seals what no honest one would.

use std::sync::Arc;

use rustls::{
    ClientConfig, ClientConnection, Connection, ContentType, ExtractedSecrets, ServerConfig,
    ServerConnection,
};
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::record_layer::{DecryptionState, EncryptionState};

use crate::raw::Keys;
use crate::{Endpoint, Peer, Role, Setup, server_name};

/// Where the halves with made-up keys begin. Not 0, so that a sequence number that is left out shows.
const FIRST_SEQ: u64 = 5;

impl Setup {
    /// Keys that nobody agreed on.
    pub fn made_up_keys(&self) -> TrafficKeys {
        let key_len = self
            .records
            .algorithm(self.id())
            .expect("the provider of the suite")
            .key_len();
        TrafficKeys::new(&vec![0x2b; key_len], &[0x91; 12]).expect("key and iv")
    }

    /// Seals with the made-up keys.
    pub fn sealer(&self) -> EncryptionState {
        EncryptionState::new(
            self.records,
            self.id(),
            &self.made_up_keys(),
            FIRST_SEQ,
            u64::MAX,
        )
        .expect("keys of the suite")
    }

    /// Opens what [`sealer`](Self::sealer) sealed.
    pub fn opener(&self) -> DecryptionState {
        DecryptionState::new(self.records, self.id(), &self.made_up_keys(), FIRST_SEQ)
            .expect("keys of the suite")
    }
}

/// The peer of a connection, reduced to its keys: rustls did the handshake and gave them away.
#[derive(Debug)]
pub struct Forger {
    /// Seals what our connection opens.
    pub sealer: EncryptionState,
    /// Opens what our connection seals.
    pub opener: DecryptionState,
    /// Seals what our connection seals.
    pub twin: EncryptionState,
}

impl Forger {
    /// Our connection in `role` after the handshake, and its peer.
    pub fn connected(setup: &Setup, role: Role) -> (Box<dyn Endpoint>, Self) {
        let mut direct = setup.direct(role);
        let mut peer = Self::peer(setup, role.other());
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        assert!(direct.is_direct());
        (direct, Self::new(setup, peer))
    }

    /// rustls in `role`, as one that gives its keys away.
    pub fn peer(setup: &Setup, role: Role) -> Peer {
        let conn: Connection = match role {
            Role::Client => {
                let mut config = ClientConfig::clone(&setup.client_config());
                config.enable_secret_extraction = true;
                ClientConnection::new(Arc::new(config), server_name())
                    .expect("a connection")
                    .into()
            }
            Role::Server => {
                let mut config = ServerConfig::clone(&setup.server_config());
                config.enable_secret_extraction = true;
                ServerConnection::new(Arc::new(config))
                    .expect("a connection")
                    .into()
            }
        };
        Peer {
            conn,
            received: Vec::new(),
            closed: false,
        }
    }

    /// Takes the keys of `peer`, which has come from [`Forger::peer`] and has nothing more to send.
    pub fn new(setup: &Setup, peer: Peer) -> Self {
        let ExtractedSecrets { tx, rx } = peer
            .conn
            .dangerous_extract_secrets()
            .expect("the config allows it");
        let seals = |Keys { seq, key, iv }: &Keys| {
            let keys = TrafficKeys::new(key, iv).expect("key and iv");
            EncryptionState::new(setup.records, setup.id(), &keys, *seq, u64::MAX)
                .expect("keys of the suite")
        };
        let (tx, rx) = (Keys::from(tx), Keys::from(rx));
        let keys = TrafficKeys::new(&rx.key, &rx.iv).expect("key and iv");
        Self {
            sealer: seals(&tx),
            opener: DecryptionState::new(setup.records, setup.id(), &keys, rx.seq)
                .expect("keys of the suite"),
            twin: seals(&rx),
        }
    }

    /// A record of this type and content.
    pub fn seal(&mut self, typ: ContentType, content: &[u8]) -> Vec<u8> {
        seal(&mut self.sealer, OutboundRecord::new(typ, content.into()))
    }

    /// The type and content of the only record in `tls`.
    pub fn open(&mut self, tls: &[u8]) -> (ContentType, Vec<u8>) {
        let mut tls = tls.to_vec();
        let record = self
            .opener
            .decrypt_incoming(&mut tls)
            .expect("authentic")
            .expect("whole");
        assert_eq!(record.record_len(), tls.len(), "one record");
        (record.typ(), tls[record.content()].to_vec())
    }
}

/// One record, in a buffer of just its length.
pub fn seal(sealer: &mut EncryptionState, record: OutboundRecord<'_>) -> Vec<u8> {
    let mut out = vec![0; sealer.encrypted_len(record.content.len() + record.padding)];
    let written = sealer.encrypt_outgoing(record, &mut out);
    assert_eq!(written, Ok(out.len()));
    out
}
