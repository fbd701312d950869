//! Every order in which the two halves can meet, tried by loom.
//!
//! They are the halves that callers have, over records that protect nothing and show their key and number, and a model of
//! what is left of rustls. The peer insists on every record under its key and number.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p rustls-direct --lib --no-default-features --features std model`

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use rustls::{CipherSuite, ContentType, Error, Side};

use super::*;
use crate::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, TrafficKeys,
};
use crate::record::{Fragmenter, RecordHeader};
use crate::record_layer::{DecryptionState, EncryptionState};
use crate::traffic::{
    Kernel, KernelModel, KeySchedule, Receiver, ReceivingKeys, Sender, SendingKeys, TicketStore,
};

const SUITE: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;

/// How many records a key may seal.
const LIMIT: u64 = 3;

const DATA: u8 = 23;
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;

/// Messages of the peer.
const UPDATE_REQUESTED: &[u8] = &[24, 0, 0, 1, 1];
const UPDATE_NOT_REQUESTED: &[u8] = &[24, 0, 0, 1, 0];
const TICKET: &[u8] = &[4, 0, 0, 1, 0];

/// What the peer is told of a record that is not authentic.
const BAD_RECORD_MAC: (u8, &[u8]) = (ALERT, &[2, 20]);

/// The payload of a record is the generation of its key, its number, its content and its type.
struct Shown {
    generation: u8,
}

struct Algorithm;

impl AeadAlgorithm for Algorithm {
    fn key_len(&self) -> usize {
        1
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(Shown::new(keys)))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(Shown::new(keys)))
    }
}

impl Shown {
    fn new(keys: &TrafficKeys) -> Self {
        Self {
            generation: keys.key()[0],
        }
    }
}

impl MessageEncrypter for Shown {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let [generation, number, rest @ .., typ] = out else {
            return Err(EncryptFailed);
        };
        *generation = self.generation;
        *number = seq as u8;
        *typ = record.typ.into();
        record.content.place(rest)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + 3
    }

    fn payload_prefix_len(&self) -> usize {
        2
    }
}

impl MessageDecrypter for Shown {
    fn decrypt_in_place(
        &mut self,
        _: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        match payload {
            [generation, number, content @ .., typ]
                if *generation == self.generation && u64::from(*number) == seq =>
            {
                Ok(Opened {
                    typ: ContentType::from(*typ),
                    content: 2..2 + content.len(),
                })
            }
            _ => Err(DecryptFailed::BadRecordMac),
        }
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(2)
    }
}

/// What is left of rustls: the generations of both keys, and the caller's session store.
struct Model<F> {
    sending: u8,
    receiving: u8,
    store: F,
}

fn keys(generation: u8) -> TrafficKeys {
    TrafficKeys::new(&[generation], &[0; 12]).unwrap()
}

impl<F: FnMut() + Send> KernelModel for Model<F> {}

impl<F: FnMut()> SendingKeys for Model<F> {
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        self.sending += 1;
        Ok(keys(self.sending))
    }
}

impl<F: FnMut()> ReceivingKeys for Model<F> {
    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error> {
        self.receiving += 1;
        Ok(keys(self.receiving))
    }
}

impl<F: FnMut()> TicketStore for Model<F> {
    fn store_ticket(&mut self, _: &[u8]) -> Result<(), Error> {
        (self.store)();
        Ok(())
    }
}

/// The halves of a client, whose session store is `store`.
fn halves(store: impl FnMut() + Send + 'static) -> (Reader, Writer) {
    let encryption = EncryptionState::with_algorithm(&Algorithm, SUITE, keys(0), 0, LIMIT);
    let decryption = DecryptionState::with_algorithm(&Algorithm, SUITE, keys(0), 0);
    let model = Kernel::Model(Box::new(Model {
        sending: 0,
        receiving: 0,
        store,
    }));
    let traffic = Traffic {
        sender: Sender::new(encryption.unwrap(), Fragmenter::new(None).unwrap()),
        receiver: Receiver::new(decryption.unwrap(), Side::Client),
        key_schedule: KeySchedule::new(Some(Box::new(model))),
    };
    split(traffic, None, Negotiated::default())
}

/// A record of the peer.
fn record(generation: u8, number: u8, typ: u8, content: &[u8]) -> Vec<u8> {
    let mut record = vec![DATA, 3, 3, 0, 3 + content.len() as u8, generation, number];
    record.extend(content);
    record.push(typ);
    record
}

/// One that is not authentic.
fn bad_record() -> Vec<u8> {
    record(99, 99, DATA, b"bad")
}

/// What the peer has received: types and contents.
#[derive(Default)]
struct Peer {
    tls: Vec<u8>,
}

impl Peer {
    /// Receives what is sealed, or says why nothing was.
    fn receive(
        &mut self,
        seal: impl FnOnce(&mut [u8]) -> Result<usize, WriteError>,
    ) -> Result<usize, Error> {
        let mut out = [0; 100];
        match seal(&mut out) {
            Ok(len) => {
                self.tls.extend(&out[..len]);
                Ok(len)
            }
            Err(WriteError::Failed(error)) => Err(*error),
            Err(other) => panic!("{other}"),
        }
    }

    fn records(&self) -> Vec<(u8, &[u8])> {
        let (mut rest, mut records) = (&self.tls[..], vec![]);
        let (mut generation, mut number) = (0, 0);
        while let [DATA, 3, 3, 0, len, after @ ..] = rest {
            let (payload, after) = after.split_at(usize::from(*len));
            let [g, n, content @ .., typ] = payload else {
                panic!("{payload:?}");
            };
            assert_eq!((*g, *n), (generation, number), "{:?}", self.tls);
            number += 1;
            if *typ == HANDSHAKE {
                (generation, number) = (generation + 1, 0);
            }
            records.push((*typ, content));
            rest = after;
        }
        assert_eq!(rest, []);
        records
    }

    /// Checks that the writer ends with the alert for a bad record, and with the error of the reader.
    fn sees_the_end(&mut self, writer: &mut Writer) {
        let mut seal = || self.receive(|out| writer.flush(out));
        let error = loop {
            if let Err(error) = seal() {
                break error;
            }
        };
        assert_eq!(error, Error::DecryptError);
        let records = self.records();
        let alerts = records
            .iter()
            .filter(|(typ, _)| *typ == ALERT);
        assert_eq!(alerts.count(), 1);
        assert_eq!(records.last(), Some(&BAD_RECORD_MAC));
    }
}

/// Checks what one call of the writer came to while the reader may have failed.
fn is_sealed_or_failed(sealed: Result<usize, Error>) {
    assert!(
        matches!(sealed, Ok(1..) | Err(Error::DecryptError)),
        "{sealed:?}"
    );
}

#[test]
fn a_reader_fails_while_the_writer_changes_keys() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            assert_eq!(
                reader
                    .read(&mut bad_record())
                    .unwrap_err(),
                Error::DecryptError
            );
        });
        let mut peer = Peer::default();
        for _ in 0..2 {
            is_sealed_or_failed(peer.receive(|out| writer.refresh_traffic_keys(out)));
        }
        reading.join().unwrap();
        peer.sees_the_end(&mut writer);
    });
}

#[test]
fn a_reader_fails_while_the_writer_wears_out_a_key() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            assert_eq!(
                reader
                    .read(&mut bad_record())
                    .unwrap_err(),
                Error::DecryptError
            );
        });
        let mut peer = Peer::default();
        for _ in 0..LIMIT {
            is_sealed_or_failed(peer.receive(|out| {
                let written = writer.write(b"x", out)?;
                assert_eq!(written.consumed, 1);
                Ok(written.written)
            }));
        }
        reading.join().unwrap();
        peer.sees_the_end(&mut writer);
    });
}

#[test]
fn a_reader_fails_while_the_writer_answers_and_closes() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            let mut request = record(0, 0, HANDSHAKE, UPDATE_REQUESTED);
            assert!(reader.read(&mut request).is_ok());
            assert_eq!(
                reader
                    .read(&mut bad_record())
                    .unwrap_err(),
                Error::DecryptError
            );
        });
        let mut peer = Peer::default();
        let closed = peer.receive(|out| writer.close_notify(out));
        reading.join().unwrap();
        match closed {
            // Nothing may follow a close_notify.
            Ok(1..)
                if peer
                    .records()
                    .contains(&(ALERT, &[1, 0])) =>
            {
                let ended = peer.receive(|out| writer.flush(out));
                assert_eq!(ended, Err(Error::DecryptError));
            }
            _ => peer.sees_the_end(&mut writer),
        }
    });
}

#[test]
fn a_request_of_the_peer_is_answered_once() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            let mut request = record(0, 0, HANDSHAKE, UPDATE_REQUESTED);
            assert!(reader.read(&mut request).is_ok());
            reader
        });
        let mut peer = Peer::default();
        for _ in 0..2 {
            peer.receive(|out| Ok(writer.write(b"x", out)?.written))
                .unwrap();
        }
        let mut reader = reading.join().unwrap();
        // The reader knows what the writer owes.
        let received = reader.read(&mut []).unwrap();
        assert_eq!(received.writer_owes, writer.owes());
        peer.receive(|out| writer.flush(out))
            .unwrap();
        assert!(
            !reader
                .read(&mut [])
                .unwrap()
                .writer_owes
        );
        let records = peer.records();
        let answers = records
            .iter()
            .filter(|(typ, _)| *typ == HANDSHAKE);
        assert!(answers.eq([&(HANDSHAKE, UPDATE_NOT_REQUESTED)]));
    });
}

#[test]
fn the_writer_does_not_wait_for_a_session_store() {
    loom::model(|| {
        let changed = Arc::new(AtomicBool::new(false));
        let waits = changed.clone();
        // It returns only after the writer has changed its key.
        let (mut reader, mut writer) = halves(move || {
            while !waits.load(Ordering::Acquire) {
                thread::yield_now();
            }
        });
        let reading = thread::spawn(move || {
            let ticket = record(0, 0, HANDSHAKE, TICKET);
            let request = record(0, 1, HANDSHAKE, UPDATE_REQUESTED);
            assert!(
                reader
                    .read(&mut [ticket, request].concat())
                    .is_ok()
            );
        });
        let mut peer = Peer::default();
        assert!(
            peer.receive(|out| writer.refresh_traffic_keys(out))
                .is_ok()
        );
        changed.store(true, Ordering::Release);
        assert!(
            peer.receive(|out| writer.refresh_traffic_keys(out))
                .is_ok()
        );
        reading.join().unwrap();
        assert!(
            peer.receive(|out| writer.flush(out))
                .is_ok()
        );
        assert!(
            peer.receive(|out| writer.refresh_traffic_keys(out))
                .is_ok()
        );
        assert!(peer.records().len() == 4 || peer.records().len() == 3);
    });
}

#[test]
fn a_reader_fails_after_a_ticket() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            let ticket = record(0, 0, HANDSHAKE, TICKET);
            assert_eq!(
                reader
                    .read(&mut [ticket, bad_record()].concat())
                    .unwrap_err(),
                Error::DecryptError
            );
        });
        let mut peer = Peer::default();
        is_sealed_or_failed(peer.receive(|out| writer.refresh_traffic_keys(out)));
        is_sealed_or_failed(peer.receive(|out| writer.refresh_traffic_keys(out)));
        reading.join().unwrap();
        peer.sees_the_end(&mut writer);
    });
}
