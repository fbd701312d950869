//! The records of another provider, with something that happens before each of them.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use rustls::CipherSuite;
use rustls_direct::cipher::{
    AeadAlgorithm, Content, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter,
    MessageEncrypter, Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::record::RecordHeader;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct::split::{Reader, Writer};
use testing::{Forger, Peer, Role, Setup, server_name, setups, split};

/// Whoever comes next is stopped here, if it is closed.
#[derive(Default)]
pub(crate) struct Gate(Mutex<Option<(Sender<()>, Receiver<()>)>>);

/// One who is going to be stopped.
pub(crate) struct Stop {
    arrived: Receiver<()>,
    go_on: Sender<()>,
}

impl Gate {
    /// Stops the next one.
    pub(crate) fn close(&self) -> Stop {
        let (arrive, arrived) = mpsc::channel();
        let (go_on, wait) = mpsc::channel();
        *self.0.lock().expect("no panic") = Some((arrive, wait));
        Stop { arrived, go_on }
    }

    pub(crate) fn pass(&self) {
        let stopped = self.0.lock().expect("no panic").take();
        if let Some((arrive, wait)) = stopped {
            // Errors mean that the test is over, and has failed.
            let _ = arrive.send(());
            let _ = wait.recv();
        }
    }
}

impl Stop {
    /// Returns once somebody has been stopped.
    pub(crate) fn arrived(&self) {
        self.arrived
            .recv_timeout(crate::PATIENCE)
            .expect("somebody comes");
    }

    pub(crate) fn go_on(self) {
        self.go_on
            .send(())
            .expect("somebody was stopped");
    }
}

/// What happens before each record.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) sealing: Gate,
    pub(crate) opening: Gate,
    /// How many records were sealed whose content was copied to its place by the caller.
    pub(crate) in_place: AtomicUsize,
    /// Whether sealing fails.
    pub(crate) fails: Mutex<bool>,
}

/// Runs `test` with the halves of a connection that is observed, and its peer, for every library, suite and role.
pub(crate) fn each_observed(test: impl Fn(&Hooks, Reader, Writer, Forger)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let hooks: Arc<Hooks> = Arc::default();
            let mut peer = Forger::peer(&setup, role.other());
            let (reader, writer) = observed(&setup, role, &hooks, &mut peer);
            test(&hooks, reader, writer, Forger::new(&setup, peer));
        }
    }
}

/// The halves of a connection with `hooks`, after its handshake with `peer`.
fn observed(setup: &Setup, role: Role, hooks: &Arc<Hooks>, peer: &mut Peer) -> (Reader, Writer) {
    let records = Box::leak(Box::new(Observed {
        records: setup.records,
        hooks: hooks.clone(),
    }));
    match role {
        Role::Client => {
            let config = setup.client_config();
            let conn =
                UnbufferedClientConnection::new_with_provider(config, server_name(), records);
            split(conn.expect("a connection"), peer)
        }
        Role::Server => {
            let conn =
                UnbufferedServerConnection::new_with_provider(setup.server_config(), records);
            split(conn.expect("a connection"), peer)
        }
    }
}

struct Observed {
    records: &'static dyn RecordProvider,
    hooks: Arc<Hooks>,
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .finish_non_exhaustive()
    }
}

impl RecordProvider for Observed {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let algorithm = self.records.algorithm(suite)?;
        Some(Box::leak(Box::new(ObservedAlgorithm {
            algorithm,
            hooks: self.hooks.clone(),
        })))
    }
}

struct ObservedAlgorithm {
    algorithm: &'static dyn AeadAlgorithm,
    hooks: Arc<Hooks>,
}

impl AeadAlgorithm for ObservedAlgorithm {
    fn key_len(&self) -> usize {
        self.algorithm.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(ObservedEncrypter {
            encrypter: self.algorithm.encrypter(keys)?,
            hooks: self.hooks.clone(),
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(ObservedDecrypter {
            decrypter: self.algorithm.decrypter(keys)?,
            hooks: self.hooks.clone(),
        }))
    }
}

struct ObservedEncrypter {
    encrypter: Box<dyn MessageEncrypter>,
    hooks: Arc<Hooks>,
}

impl MessageEncrypter for ObservedEncrypter {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        self.hooks.sealing.pass();
        if let Content::InPlace { .. } = record.content {
            self.hooks
                .in_place
                .fetch_add(1, Ordering::Relaxed);
        }
        if *self
            .hooks
            .fails
            .lock()
            .expect("no panic")
        {
            return Err(EncryptFailed);
        }
        self.encrypter
            .encrypt_into(record, seq, out)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.encrypter
            .encrypted_payload_len(content_and_padding)
    }

    fn payload_prefix_len(&self) -> usize {
        self.encrypter.payload_prefix_len()
    }
}

struct ObservedDecrypter {
    decrypter: Box<dyn MessageDecrypter>,
    hooks: Arc<Hooks>,
}

impl MessageDecrypter for ObservedDecrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        self.hooks.opening.pass();
        self.decrypter
            .decrypt_in_place(header, payload, seq)
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        self.hooks.opening.pass();
        self.decrypter
            .decrypt_into(header, payload, seq, out)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.decrypter
            .decrypted_payload_len(payload_len)
    }
}
