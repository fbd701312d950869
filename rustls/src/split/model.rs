//! Runs the two halves in every order in which two threads can meet, with loom.
//!
//! These are the halves that callers have. Only their records are replaced, which encrypt nothing and show the
//! generation of their key and their sequence number, and a model stands in for rustls. The peer checks the generation
//! and the sequence number of every record.
//!
//! CONTRIBUTING.md has the command.

mod halves;
mod peer;
mod records;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use rustls::Error;

use self::halves::{LIMIT, halves};
use self::peer::Peer;
use self::records::{ALERT, HANDSHAKE, bad_record, record};
use super::{Reader, WriteError, Writer};

/// Messages of the peer.
const UPDATE_REQUESTED: &[u8] = &[24, 0, 0, 1, 1];
const UPDATE_NOT_REQUESTED: &[u8] = &[24, 0, 0, 1, 0];
const TICKET: &[u8] = &[4, 0, 0, 1, 0];

/// Checks the result of one call of the writer, while the reader may have failed.
fn assert_sealed_or_failed(sealed: Result<usize, Error>) {
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
            assert_sealed_or_failed(peer.receive(|out| writer.refresh_traffic_keys(out)));
        }
        reading.join().unwrap();
        peer.assert_failed(&mut writer);
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
            assert_sealed_or_failed(peer.receive(|out| {
                let written = writer.write(b"x", out)?;
                assert_eq!(written.consumed, 1);
                Ok(written.written)
            }));
        }
        reading.join().unwrap();
        peer.assert_failed(&mut writer);
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
            _ => peer.assert_failed(&mut writer),
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
        // The reader sees whether the writer owes a message.
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
        // The store returns only after the writer has changed its key.
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
        assert_sealed_or_failed(peer.receive(|out| writer.refresh_traffic_keys(out)));
        assert_sealed_or_failed(peer.receive(|out| writer.refresh_traffic_keys(out)));
        reading.join().unwrap();
        peer.assert_failed(&mut writer);
    });
}

/// Seals one byte that was written into a reservation.
fn seal_reserved(writer: &mut Writer, out: &mut [u8]) -> Result<usize, WriteError> {
    let mut reservation = writer.reserve(1, out)?;
    reservation.content()[0] = b'x';
    reservation.seal(1, 0)
}

/// Asserts that the reader's flag, the writer and the records that the peer has received agree on whether an answer is
/// owed. Returns it.
fn owes_answer(reader: &mut Reader, writer: &mut Writer, peer: &Peer) -> bool {
    let answers = peer
        .records()
        .iter()
        .filter(|record| **record == (HANDSHAKE, UPDATE_NOT_REQUESTED))
        .count();
    assert!(answers <= 1);
    let owes = reader
        .read(&mut [])
        .unwrap()
        .writer_owes;
    assert_eq!(owes, answers == 0);
    assert_eq!(owes, writer.owes());
    owes
}

#[test]
fn a_request_of_the_peer_is_answered_by_reservations() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            let mut request = record(0, 0, HANDSHAKE, UPDATE_REQUESTED);
            assert!(reader.read(&mut request).is_ok());
            reader
        });
        let mut peer = Peer::default();
        for _ in 0..2 {
            peer.receive(|out| seal_reserved(&mut writer, out))
                .unwrap();
        }
        let mut reader = reading.join().unwrap();
        owes_answer(&mut reader, &mut writer, &peer);
        peer.receive(|out| seal_reserved(&mut writer, out))
            .unwrap();
        assert!(!owes_answer(&mut reader, &mut writer, &peer));
    });
}

#[test]
fn the_flag_is_right_after_two_notes() {
    loom::model(|| {
        let (mut reader, mut writer) = halves(|| {});
        let reading = thread::spawn(move || {
            let mut answer = record(0, 0, HANDSHAKE, UPDATE_NOT_REQUESTED);
            assert!(reader.read(&mut answer).is_ok());
            let mut request = record(1, 0, HANDSHAKE, UPDATE_REQUESTED);
            assert!(reader.read(&mut request).is_ok());
            reader
        });
        let mut peer = Peer::default();
        peer.receive(|out| seal_reserved(&mut writer, out))
            .unwrap();
        let _ = writer.owes();
        let mut reader = reading.join().unwrap();
        owes_answer(&mut reader, &mut writer, &peer);
    });
}
