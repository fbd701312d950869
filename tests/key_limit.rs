//! Are AES-128-GCM keys replaced at their limit of 2^24 records?
//!
//! The test sends 20 million small records through one connection. It takes long, and features make no difference to
//! it, so it runs only with the default ones.
#![cfg(all(
    feature = "aws_lc_rs",
    feature = "ring",
    feature = "std",
    feature = "tls12"
))]

use rustls::AlertDescription::CloseNotify;
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::record::HEADER_LEN;
use rustls_direct::unbuffered::EncryptError;
use testing::{
    Endpoint, Forger, Role, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, pattern,
    setups,
};

const RECORDS: u64 = 20_000_000;

/// How many records an AES-GCM key may seal: rustls's choice, within RFC 8446 s5.5.
const LIMIT: u64 = 1 << 24;

/// Bytes of content in each record.
const CONTENT_LEN: usize = 27;

/// Records in each write. It divides 2^24 - 2, so that a write can use exactly the last sequence number of a key.
const RECORDS_PER_WRITE: usize = 94;

/// More than the bytes that a record adds to its content.
const OVERHEAD: usize = 40;

/// A connection of ours that is written to all the time, and a peer that opens all of it.
struct Load {
    direct: Box<dyn Endpoint>,
    forger: Forger,
    /// The data of a write, and of one more record.
    data: Vec<u8>,
    out: Vec<u8>,
    /// Records of data that the peer has opened.
    opened: u64,
    /// KeyUpdates that the peer has opened.
    key_updates: u64,
}

impl Load {
    /// Uses any library: none of them counts the uses of a key.
    fn new(tls13: bool, role: Role) -> Self {
        let is_right = |setup: &Setup| {
            setup.is_tls13() == tls13 && format!("{:?}", setup.id()).contains("AES_128_GCM")
        };
        let setup = setups()
            .into_iter()
            .find(is_right)
            .expect("a suite of every library")
            .with_max_fragment_size(CONTENT_LEN + HEADER_LEN);
        let (direct, forger) = Forger::connected(&setup, role);
        Self {
            direct,
            forger,
            data: pattern((RECORDS_PER_WRITE + 1) * CONTENT_LEN),
            out: vec![0; (RECORDS_PER_WRITE + 2) * (CONTENT_LEN + OVERHEAD)],
            opened: 0,
            key_updates: 0,
        }
    }

    /// Writes `records` records, and opens them.
    fn write(&mut self, records: usize) -> Result<(), EncryptError> {
        let data = &self.data[..records * CONTENT_LEN];
        let written = self
            .direct
            .encrypt(data, &mut self.out)?;
        let mut at = 0;
        for content in data.chunks(CONTENT_LEN) {
            at += open(
                &mut self.forger,
                &mut self.key_updates,
                &mut self.out[at..written],
                content,
            );
            self.opened += 1;
        }
        assert_eq!(at, written);
        Ok(())
    }

    /// Checks that our connection still opens records.
    fn receive(&mut self) {
        self.direct.app().incoming = self.forger.seal(ApplicationData, b"in");
        self.direct.run().expect("data");
        assert_eq!(self.direct.app().received, b"in");
        self.direct.app().received.clear();
    }
}

/// Opens the record of `content` at the front of `tls`, and a KeyUpdate before it.
fn open(forger: &mut Forger, key_updates: &mut u64, tls: &mut [u8], content: &[u8]) -> usize {
    let record = forger
        .opener
        .decrypt_incoming(tls)
        .expect("authentic")
        .expect("whole");
    match record.typ() {
        ApplicationData => {
            assert_eq!(&tls[record.content()], content);
            assert!(forger.opener.seq() < LIMIT);
            record.record_len()
        }
        Handshake => {
            assert_eq!(tls[record.content()], key_update(UPDATE_REQUESTED));
            assert_eq!(
                forger.opener.seq(),
                LIMIT,
                "neither too late nor far too early"
            );
            forger.update_opener();
            *key_updates += 1;
            let len = record.record_len();
            len + open(forger, key_updates, &mut tls[len..], content)
        }
        other => panic!("{other:?}"),
    }
}

/// TLS 1.3 takes the next key by itself, and the peer misses no data.
fn tls13_takes_the_next_key(role: Role) {
    let mut load = Load::new(true, role);
    while load.opened < RECORDS {
        let key_updates = load.key_updates;
        load.write(RECORDS_PER_WRITE)
            .expect("a key");
        if load.key_updates > key_updates {
            let answer = key_update(UPDATE_NOT_REQUESTED);
            load.direct.app().incoming = load.forger.seal(Handshake, &answer);
            load.direct.run().expect("the answer");
            load.forger.update_sealer();
            load.receive();
        }
    }
    assert_eq!(load.key_updates, 1);
    load.receive();
    assert!(load.direct.is_direct());
}

/// TLS 1.2 has no other key: it refuses the write that needs one, and closes.
///
/// That write has one record more than the `left` records that the key still allows.
fn tls12_closes(role: Role, left: usize) {
    let mut load = Load::new(false, role);
    // Finished precedes the data, and close_notify follows it.
    let limit = LIMIT - 2;
    while load.opened + (left as u64) < limit {
        load.write(RECORDS_PER_WRITE)
            .expect("the key allows it");
    }
    assert_eq!(load.opened + left as u64, limit);
    let refused = load.write(left + 1);
    assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));

    load.direct
        .run()
        .expect("a close_notify");
    let sent = std::mem::take(&mut load.direct.app().outgoing);
    let close_notify = vec![1, u8::from(CloseNotify)];
    assert_eq!(load.forger.open(&sent), (Alert, close_notify));
    for _ in 0..2 {
        let refused = load
            .direct
            .encrypt(b"more", &mut load.out);
        assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));
        load.direct.run().expect("no error");
        assert_eq!(load.direct.app().outgoing, []);
    }
    load.receive();
    assert!(load.direct.is_direct());
}

/// R13-5.5-a: a TLS 1.3 client.
#[test]
fn a_client_takes_the_next_key_by_itself() {
    tls13_takes_the_next_key(Role::Client);
}

/// R13-5.5-a: a TLS 1.3 server.
#[test]
fn a_server_takes_the_next_key_by_itself() {
    tls13_takes_the_next_key(Role::Server);
}

/// R13-5.5-c, R12-6.1-a: a TLS 1.2 client whose key is worn out.
#[test]
fn a_client_without_another_key_closes() {
    tls12_closes(Role::Client, 0);
}

/// R13-5.5-c, R12-6.1-a: a TLS 1.2 server whose write is refused whole.
#[test]
fn a_server_without_another_key_closes() {
    tls12_closes(Role::Server, RECORDS_PER_WRITE);
}
