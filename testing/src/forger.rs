//! A peer that has only the keys of a connection, and seals records that no honest peer would send.

use std::fmt;

use rustls::{Connection, ConnectionTrafficSecrets, ContentType, ExtractedSecrets};
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::record_layer::{DecryptionState, EncryptionState};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;

use crate::configs::Configs;
use crate::direct::Endpoint;
use crate::forgery::Forgery;
use crate::handshake::complete_handshake;
use crate::key_schedule::Generation;
use crate::key_schedule::Secrets;
use crate::peer::Peer;
use crate::raw::Keys;
use crate::role::Role;
use crate::setup::Setup;

/// First sequence number under made-up keys. It is not 0, so that a forgotten sequence number shows.
const FIRST_SEQ: u64 = 5;

impl Setup {
    /// Returns made-up keys.
    pub fn made_up_keys(&self) -> TrafficKeys {
        TrafficKeys::new(&vec![0x2b; self.key_len()], &[0x91; 12]).expect("key and iv")
    }

    fn key_len(&self) -> usize {
        self.records
            .algorithm(self.id())
            .expect("the provider of the suite")
            .key_len()
    }

    /// Creates an encryption state with the made-up keys.
    pub fn sealer(&self) -> EncryptionState {
        self.seals_with(&self.made_up_keys(), FIRST_SEQ)
    }

    /// Creates a decryption state for records of [`sealer`](Self::sealer).
    pub fn opener(&self) -> DecryptionState {
        self.opens_with(&self.made_up_keys(), FIRST_SEQ)
    }

    /// Creates an encryption state from the logged secret of this name, with sequence number 0. TLS 1.3 only.
    pub fn sealer_of(&self, secrets: &Secrets, label: &str) -> EncryptionState {
        self.seals_with(&self.keys_of(secrets, label), 0)
    }

    /// Creates a decryption state for records of [`sealer_of`](Self::sealer_of).
    pub fn opener_of(&self, secrets: &Secrets, label: &str) -> DecryptionState {
        self.opens_with(&self.keys_of(secrets, label), 0)
    }

    fn keys_of(&self, secrets: &Secrets, label: &str) -> TrafficKeys {
        let suite = self
            .suite
            .tls13()
            .expect("a suite of TLS 1.3");
        let secret = secrets
            .get(label)
            .unwrap_or_else(|| panic!("{label} was not logged"));
        Generation::first(suite, self.key_len(), secret).keys()
    }

    fn seals_with(&self, keys: &TrafficKeys, seq: u64) -> EncryptionState {
        EncryptionState::new(self.records, self.id(), keys, seq, u64::MAX)
            .expect("keys of the suite")
    }

    fn opens_with(&self, keys: &TrafficKeys, seq: u64) -> DecryptionState {
        DecryptionState::new(self.records, self.id(), keys, seq).expect("keys of the suite")
    }
}

/// The peer of a connection, reduced to its keys. rustls did the handshake, and the keys were extracted.
pub struct Forger {
    /// Seals what the connection opens.
    pub sealer: EncryptionState,
    /// Opens what the connection seals.
    pub opener: DecryptionState,
    /// Seals what the connection seals.
    pub twin: EncryptionState,
    setup: Setup,
    /// The keys of `sealer`.
    keys: TrafficKeys,
    /// The keys of `opener` and `twin`.
    target_keys: TrafficKeys,
    /// The traffic secrets of TLS 1.3: the sealer's, and the opener's.
    generations: Option<(Generation, Generation)>,
}

impl Forger {
    /// Connects rustls-direct in `role` to a forger, and completes the handshake.
    pub fn connected(setup: &Setup, role: Role) -> (Box<dyn Endpoint>, Self) {
        let mut direct = setup.direct(role);
        let mut peer = Self::peer(setup, role.other());
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        assert_eq!(direct.is_direct(), setup.runs_direct());
        (direct, Self::new(setup, peer))
    }

    /// Completes the handshake of `conn`, a new connection of rustls-direct in `role`, and returns its peer.
    pub fn of<Data>(
        setup: &Setup,
        role: Role,
        conn: &mut UnbufferedConnectionCommon<Data>,
    ) -> Self {
        let mut peer = Self::peer(setup, role.other());
        complete_handshake(conn, &mut peer);
        assert_eq!(conn.is_direct(), setup.runs_direct());
        Self::new(setup, peer)
    }

    /// Creates a peer in `role` whose keys can be extracted.
    pub fn peer(setup: &Setup, role: Role) -> Peer {
        Self::peer_of(setup.configs(), role)
    }

    /// As [`peer`](Self::peer), from configs that a test may have changed.
    pub fn peer_of(configs: Configs, role: Role) -> Peer {
        let secrets = Secrets::new();
        let mut configs = configs.with_secret_extraction();
        configs.client.key_log = secrets.clone();
        configs.server.key_log = secrets.clone();
        let mut peer = configs.peer(role);
        peer.secrets = secrets;
        peer
    }

    /// Extracts the keys of `peer`, which [`Forger::peer`] has created and which has nothing more to send.
    pub fn new(setup: &Setup, peer: Peer) -> Self {
        let role = match peer.conn {
            Connection::Client(_) => Role::Client,
            Connection::Server(_) => Role::Server,
        };
        let generation = |role| {
            let secret = peer.secrets.of(role)?;
            Some(Generation::first(
                setup.suite.tls13()?,
                setup.key_len(),
                secret,
            ))
        };
        let generations = generation(role).zip(generation(role.other()));
        let ExtractedSecrets { tx, rx } = peer
            .conn
            .dangerous_extract_secrets()
            .expect("the config allows it");
        let (seals_from, keys) = traffic_keys(tx);
        let (opens_from, target_keys) = traffic_keys(rx);
        Self {
            sealer: setup.seals_with(&keys, seals_from),
            opener: setup.opens_with(&target_keys, opens_from),
            twin: setup.seals_with(&target_keys, opens_from),
            setup: setup.clone(),
            keys,
            target_keys,
            generations,
        }
    }

    /// Seals a record of this type and content.
    pub fn seal(&mut self, typ: ContentType, content: &[u8]) -> Vec<u8> {
        seal(&mut self.sealer, OutboundRecord::new(typ, content.into()))
    }

    /// Seals a record with padding. TLS 1.3 only.
    pub fn seal_padded(&mut self, typ: ContentType, content: &[u8], padding: usize) -> Vec<u8> {
        let record = OutboundRecord::new(typ, content.into());
        seal(&mut self.sealer, record.padded(padding))
    }

    /// Seals `forgery` under the next sequence number.
    pub fn forge(&mut self, forgery: Forgery<'_>) -> Vec<u8> {
        let seq = self.sealer.seq();
        // Spends the sequence number.
        self.seal(ContentType::ApplicationData, &[]);
        forgery.seal(&self.setup, &self.keys, seq)
    }

    /// Returns the record that the connection should seal next, made by the bare AEAD.
    pub fn predict(&mut self, record: Forgery<'_>) -> Vec<u8> {
        let seq = self.twin.seq();
        let spent = OutboundRecord::new(ContentType::ApplicationData, b""[..].into());
        seal(&mut self.twin, spent);
        record.seal(&self.setup, &self.target_keys, seq)
    }

    /// Opens the only record in `tls`, and returns its type and content.
    pub fn open(&mut self, tls: &[u8]) -> (ContentType, Vec<u8>) {
        let mut records = self.open_all(tls);
        assert_eq!(records.len(), 1, "one record");
        records.remove(0)
    }

    /// Opens all records in `tls` with one key, and returns their types and contents.
    pub fn open_all(&mut self, tls: &[u8]) -> Vec<(ContentType, Vec<u8>)> {
        let mut tls = tls.to_vec();
        let mut rest = &mut tls[..];
        let mut records = Vec::new();
        while !rest.is_empty() {
            let record = self
                .opener
                .decrypt_incoming(rest)
                .expect("authentic")
                .expect("whole");
            records.push((record.typ(), rest[record.content()].to_vec()));
            rest = &mut rest[record.record_len()..];
        }
        records
    }

    /// Updates the key of the sealer. TLS 1.3 only.
    pub fn update_sealer(&mut self) {
        self.keys = self.generations().0.next();
        self.sealer = self.setup.seals_with(&self.keys, 0);
    }

    /// Updates the key of the opener and of the twin. TLS 1.3 only.
    pub fn update_opener(&mut self) {
        self.target_keys = self.generations().1.next();
        self.opener = self
            .setup
            .opens_with(&self.target_keys, 0);
        self.twin = self
            .setup
            .seals_with(&self.target_keys, 0);
    }

    fn generations(&mut self) -> &mut (Generation, Generation) {
        self.generations
            .as_mut()
            .expect("TLS 1.2 keeps its keys")
    }
}

impl fmt::Debug for Forger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forger")
            .field("sealer", &self.sealer)
            .field("opener", &self.opener)
            .finish_non_exhaustive()
    }
}

fn traffic_keys(secrets: (u64, ConnectionTrafficSecrets)) -> (u64, TrafficKeys) {
    let Keys { seq, key, iv } = secrets.into();
    (seq, TrafficKeys::new(&key, &iv).expect("key and iv"))
}

/// Seals `record` into a buffer of exactly its length.
pub fn seal(sealer: &mut EncryptionState, record: OutboundRecord<'_>) -> Vec<u8> {
    let mut out = vec![0; sealer.encrypted_len(record.content.len() + record.padding)];
    let written = sealer.encrypt_outgoing(record, &mut out);
    assert_eq!(written, Ok(out.len()));
    out
}
