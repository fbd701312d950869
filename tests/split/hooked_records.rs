//! Hooks that run before each record is sealed or opened.

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

/// Stops the next thread that passes, if the gate is closed.
#[derive(Default)]
pub(crate) struct Gate(Mutex<Option<(Sender<()>, Receiver<()>)>>);

/// The control over a thread that will be stopped.
pub(crate) struct Stop {
    arrived: Receiver<()>,
    resume: Sender<()>,
}

impl Gate {
    /// Closes the gate for the next thread.
    pub(crate) fn close(&self) -> Stop {
        let (arrive, arrived) = mpsc::channel();
        let (resume, wait) = mpsc::channel();
        *self.0.lock().expect("no panic") = Some((arrive, wait));
        Stop { arrived, resume }
    }

    pub(crate) fn pass(&self) {
        let stopped = self.0.lock().expect("no panic").take();
        if let Some((arrive, wait)) = stopped {
            // Errors mean that the test has failed already.
            let _ = arrive.send(());
            let _ = wait.recv();
        }
    }
}

impl Stop {
    /// Waits until a thread has been stopped.
    pub(crate) fn arrived(&self) {
        self.arrived
            .recv_timeout(crate::TIMEOUT)
            .expect("a thread is stopped");
    }

    pub(crate) fn resume(self) {
        self.resume
            .send(())
            .expect("a thread was stopped");
    }
}

/// The hooks of one connection.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) sealing: Gate,
    pub(crate) opening: Gate,
    /// How many records were sealed whose content the caller had copied to its place.
    pub(crate) in_place: AtomicUsize,
    /// Whether sealing fails.
    pub(crate) fails: Mutex<bool>,
}

/// Runs `test` with the hooks and the halves of a connection, and its peer, for every library, suite and role.
pub(crate) fn each_hooked(test: impl Fn(&Hooks, Reader, Writer, Forger)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let hooks: Arc<Hooks> = Arc::default();
            let mut peer = Forger::peer(&setup, role.other());
            let (reader, writer) = hooked(&setup, role, &hooks, &mut peer);
            test(&hooks, reader, writer, Forger::new(&setup, peer));
        }
    }
}

/// The halves of a connection with `hooks`, after its handshake with `peer`.
fn hooked(setup: &Setup, role: Role, hooks: &Arc<Hooks>, peer: &mut Peer) -> (Reader, Writer) {
    let records = Box::leak(Box::new(HookedRecords {
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

struct HookedRecords {
    records: &'static dyn RecordProvider,
    hooks: Arc<Hooks>,
}

impl fmt::Debug for HookedRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookedRecords")
            .finish_non_exhaustive()
    }
}

impl RecordProvider for HookedRecords {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let algorithm = self.records.algorithm(suite)?;
        Some(Box::leak(Box::new(HookedAlgorithm {
            algorithm,
            hooks: self.hooks.clone(),
        })))
    }
}

struct HookedAlgorithm {
    algorithm: &'static dyn AeadAlgorithm,
    hooks: Arc<Hooks>,
}

impl AeadAlgorithm for HookedAlgorithm {
    fn key_len(&self) -> usize {
        self.algorithm.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(HookedEncrypter {
            encrypter: self.algorithm.encrypter(keys)?,
            hooks: self.hooks.clone(),
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(HookedDecrypter {
            decrypter: self.algorithm.decrypter(keys)?,
            hooks: self.hooks.clone(),
        }))
    }
}

struct HookedEncrypter {
    encrypter: Box<dyn MessageEncrypter>,
    hooks: Arc<Hooks>,
}

impl MessageEncrypter for HookedEncrypter {
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

struct HookedDecrypter {
    decrypter: Box<dyn MessageDecrypter>,
    hooks: Arc<Hooks>,
}

impl MessageDecrypter for HookedDecrypter {
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
