//! 20 million small records through one connection of AES-128-GCM, whose keys may seal 2^24.
//!
//! It takes a while, and the features make no difference to it, so that it runs with the default ones alone.
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

/// How many records the key of AES-GCM may seal: rustls's choice, within RFC 8446 s5.5.
const LIMIT: u64 = 1 << 24;

/// Bytes of content in each record.
const CONTENT_LEN: usize = 27;

/// Records in each write. It divides 2^24 - 2, so that the last number of a key can be met.
const AT_ONCE: usize = 94;

/// More than a record is longer than its content.
const OVERHEAD: usize = 40;

/// Our connection, which is written to without an end, and the keys of its peer, which opens all of it.
struct Load {
    direct: Box<dyn Endpoint>,
    forger: Forger,
    /// Of a write, and of one more record.
    data: Vec<u8>,
    out: Vec<u8>,
    /// Records of data that the peer has opened.
    opened: u64,
    /// KeyUpdates that it has opened.
    key_updates: u64,
}

impl Load {
    /// Any library will do: it does not know how often its keys are used.
    fn new(tls13: bool, role: Role) -> Self {
        let is_right = |setup: &Setup| {
            setup.is_tls13() == tls13 && format!("{:?}", setup.id()).contains("AES_128_GCM")
        };
        let setup = setups()
            .into_iter()
            .find(is_right)
            .expect("every library has it")
            .with_max_fragment_size(CONTENT_LEN + HEADER_LEN);
        let (direct, forger) = Forger::connected(&setup, role);
        Self {
            direct,
            forger,
            data: pattern((AT_ONCE + 1) * CONTENT_LEN),
            out: vec![0; (AT_ONCE + 2) * (CONTENT_LEN + OVERHEAD)],
            opened: 0,
            key_updates: 0,
        }
    }

    /// Has our connection write so many records, and the peer open them.
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

    /// Checks that our connection still opens what comes.
    fn receives(&mut self) {
        self.direct.app().incoming = self.forger.seal(ApplicationData, b"in");
        self.direct.run().expect("data");
        assert_eq!(self.direct.app().received, b"in");
        self.direct.app().received.clear();
    }
}

/// Opens the record of `content` at the front of `tls`, and a KeyUpdate that comes before it.
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

/// TLS 1.3 takes the next key by itself, and the peer misses nothing.
fn tls13_goes_on(role: Role) {
    let mut load = Load::new(true, role);
    while load.opened < RECORDS {
        let key_updates = load.key_updates;
        load.write(AT_ONCE)
            .expect("there is always a key");
        if load.key_updates > key_updates {
            let answer = key_update(UPDATE_NOT_REQUESTED);
            load.direct.app().incoming = load.forger.seal(Handshake, &answer);
            load.direct.run().expect("the answer");
            load.forger.update_sealer();
            load.receives();
        }
    }
    assert_eq!(load.key_updates, 1);
    load.receives();
    assert!(load.direct.is_direct());
}

/// TLS 1.2 has no other key: it refuses the write that needs one, and closes.
///
/// That write is of one record more than the `left` that the key allows still.
fn tls12_closes(role: Role, left: usize) {
    let mut load = Load::new(false, role);
    // Finished came before the data, and close_notify comes behind it.
    let most = LIMIT - 2;
    while load.opened + (left as u64) < most {
        load.write(AT_ONCE)
            .expect("the key allows it");
    }
    assert_eq!(load.opened + left as u64, most);
    let refused = load.write(left + 1);
    assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));

    load.direct
        .run()
        .expect("something to be sent");
    let sent = std::mem::take(&mut load.direct.app().outgoing);
    let close_notify = vec![1, u8::from(CloseNotify)];
    assert_eq!(load.forger.open(&sent), (Alert, close_notify));
    for _ in 0..2 {
        let refused = load
            .direct
            .encrypt(b"more", &mut load.out);
        assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));
        load.direct
            .run()
            .expect("nothing to be sent");
        assert_eq!(load.direct.app().outgoing, []);
    }
    load.receives();
    assert!(load.direct.is_direct());
}

/// R13-5.5-a: a client of TLS 1.3.
#[test]
fn a_client_takes_the_next_key_by_itself() {
    tls13_goes_on(Role::Client);
}

/// R13-5.5-a: a server of TLS 1.3.
#[test]
fn a_server_takes_the_next_key_by_itself() {
    tls13_goes_on(Role::Server);
}

/// R13-5.5-c, R12-6.1-a: a client of TLS 1.2, whose key is worn.
#[test]
fn a_client_that_has_no_other_key_closes() {
    tls12_closes(Role::Client, 0);
}

/// R13-5.5-c, R12-6.1-a: a server of TLS 1.2, whose write is refused whole.
#[test]
fn a_server_that_has_no_other_key_closes() {
    tls12_closes(Role::Server, AT_ONCE);
}
