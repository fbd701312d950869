//! When can a connection be split, and what happens if it cannot?

use std::mem;

use rustls::ContentType::{self, Alert, ApplicationData, Handshake};
use rustls::Error;
use rustls_direct::split::{Event, SplitError, WriteError};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};
use testing::{
    Forger, Pair, Role, Setup, Splittable, UPDATE_REQUESTED, encode, key_update, sealed,
    shake_hands,
};

use crate::renegotiation;

/// Checks that `conn` cannot be split, and returns it and the error.
fn refuse_to_split<C: Splittable>(conn: C) -> (C, Error) {
    let refused = conn
        .split()
        .expect_err("not splittable");
    assert!(
        refused
            .to_string()
            .contains(&refused.error.to_string())
    );
    let SplitError { connection, error } = refused;
    (*connection, error)
}

/// Checks that `conn` cannot be split, with an error that contains `what`.
fn refuse_to_split_because<C: Splittable>(conn: C, what: &str) -> C {
    let (conn, error) = refuse_to_split(conn);
    assert!(
        matches!(&error, Error::Other(why) if why.to_string().contains(what)),
        "{error}"
    );
    conn
}

/// Completes the handshake of `conn`, and returns its peer.
fn connected(setup: &Setup, role: Role, conn: &mut impl Splittable) -> Forger {
    let mut peer = Forger::peer(setup, role.other());
    shake_hands(conn, &mut peer);
    Forger::new(setup, peer)
}

/// Splits `conn`, and checks that data passes.
fn split_and_pass_data(conn: impl Splittable, forger: Forger, role: Role) -> Pair {
    assert!(conn.is_direct());
    let (reader, writer) = conn
        .split()
        .expect("no reason to refuse");
    let mut pair = Pair {
        reader,
        writer,
        forger,
        role,
    };
    pair.passes_data();
    pair
}

/// The bytes that `conn` encodes.
fn encoded<C: Splittable>(conn: &mut C) -> Vec<u8> {
    let mut out = Vec::new();
    match conn.process_tls_records(&mut []).state {
        Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut out),
        other => panic!("{other:?}"),
    }
    out
}

/// Takes a record of data, and returns how many bytes before it are discarded.
fn take_data<C: Splittable>(conn: &mut C, incoming: &mut [u8]) -> usize {
    let UnbufferedStatus { discard, state } = conn.process_tls_records(incoming);
    match state {
        Ok(ConnectionState::ReadTraffic(mut read)) => {
            let record = read
                .next_record()
                .expect("data")
                .expect("no error");
            assert_eq!(record.payload, b"data");
        }
        other => panic!("{other:?}"),
    }
    discard
}

#[test]
fn a_connection_can_be_split_once_its_last_flight_is_sent_and_not_before() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut peer = Forger::peer(setup, role.other());
        let (mut incoming, mut outgoing) = (peer.write(), Vec::new());
        let mut last_step = "";
        let (reader, writer) = loop {
            conn = match conn.split() {
                Ok(halves) => break halves,
                Err(refused) => *refused.connection,
            };
            let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
            last_step = match state.expect("a handshake") {
                ConnectionState::EncodeTlsData(data) => {
                    encode(data, &mut outgoing);
                    "encode"
                }
                ConnectionState::TransmitTlsData(data) => {
                    data.done();
                    peer.read(&mem::take(&mut outgoing))
                        .expect("a handshake");
                    "transmit"
                }
                ConnectionState::WriteTraffic(_) => "write",
                ConnectionState::BlockedHandshake => {
                    assert!(peer.conn.wants_write(), "each waits for the other");
                    "read"
                }
                other => panic!("{other:?}"),
            };
            incoming.drain(..discard);
            incoming.extend(peer.write());
        };
        // In TLS 1.2 the server sends the last flight. In TLS 1.3 the client does, and then the server sends its
        // tickets.
        let sends_last = setup.is_tls13() || role == Role::Server;
        assert_eq!(last_step, if sends_last { "transmit" } else { "write" });
        // A client's reader may receive tickets first.
        incoming.extend(peer.write());
        let mut pair = Pair {
            reader,
            writer,
            forger: Forger::new(setup, peer),
            role,
        };
        pair.read(&incoming)
            .expect("no more than tickets");
        pair.passes_data();
    }
    each_whole!(test);
}

#[test]
fn a_connection_that_could_not_be_split_still_works() {
    fn test<C: Splittable>(setup: &Setup, role: Role, conn: C) {
        let (conn, error) = refuse_to_split(conn);
        assert_eq!(error, Error::HandshakeNotComplete);
        let (mut conn, _) = refuse_to_split(conn);
        let forger = connected(setup, role, &mut conn);
        split_and_pass_data(conn, forger, role);
    }
    each_whole!(test);
}

/// Lets the peer request an answer, and returns that answer.
fn request_answer<C: Splittable>(
    setup: &Setup,
    role: Role,
    conn: &mut C,
    forger: &mut Forger,
) -> (ContentType, Vec<u8>) {
    let (request, answer) = match setup.is_tls13() {
        true => (key_update(UPDATE_REQUESTED), (Handshake, key_update(0))),
        false => (renegotiation(role), (Alert, vec![1, 100])),
    };
    // Data follows, so the answer is owed and was not offered for encoding.
    let mut incoming = forger.seal(Handshake, &request);
    if setup.is_tls13() {
        forger.update_sealer();
    }
    let len = incoming.len();
    incoming.extend(forger.seal(ApplicationData, b"data"));
    assert_eq!(take_data(conn, &mut incoming), len);
    answer
}

#[test]
fn an_owed_answer_moves_to_the_writer() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let answer = request_answer(setup, role, &mut conn, &mut forger);
        let (reader, writer) = conn
            .split()
            .expect("no reason to refuse");
        let mut pair = Pair {
            reader,
            writer,
            forger,
            role,
        };
        assert!(
            pair.read(b"").expect("nothing came"),
            "the reader reports it"
        );
        assert!(pair.writer.owes());
        let tls = sealed(|out| pair.writer.flush(out)).expect("the answer");
        assert_eq!(pair.forger.opened(&tls), [answer]);
        pair.passes_data();
    }
    each_whole!(test);
}

#[test]
fn offered_output_has_to_be_encoded_before_a_split() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let answer = request_answer(setup, role, &mut conn, &mut forger);
        let state = conn.process_tls_records(&mut []).state;
        assert!(matches!(state, Ok(ConnectionState::EncodeTlsData(_))));
        drop(state);
        let conn = refuse_to_split_because(conn, "encoded first");
        let mut conn = refuse_to_split_because(conn, "encoded first");
        let tls = encoded(&mut conn);
        assert_eq!(forger.opened(&tls), [answer]);
        // The transmission need not be acknowledged.
        split_and_pass_data(conn, forger, role);
    }
    each_whole!(test);
}

#[test]
fn an_untaken_record_is_read_by_the_reader() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let mut incoming = forger.seal(ApplicationData, b"data");
        let len = incoming.len();
        incoming.extend(forger.seal(ApplicationData, b"more"));
        let state = conn
            .process_tls_records(&mut incoming)
            .state;
        assert!(matches!(state, Ok(ConnectionState::ReadTraffic(_))));
        drop(state);
        let Ok((mut reader, _writer)) = conn.split() else {
            panic!("no reason to refuse");
        };
        // Only once the record is passed again, unchanged and whole.
        for _ in 0..2 {
            let received = reader.read(&mut []).expect("no input");
            assert_eq!((received.discard, received.event), (0, Event::Incomplete));
            reader
                .read(&mut incoming.clone()[..len - 1])
                .expect_err("a part of the record");
            reader
                .read_into(&mut [23; 100], &mut [0; 100])
                .expect_err("something else");
        }
        let received = reader
            .read(&mut incoming)
            .expect("the opened record");
        assert_eq!(
            (received.discard, received.event),
            (len, Event::Data(b"data"))
        );
        let received = reader
            .read(&mut incoming[len..])
            .expect("the next record");
        assert_eq!(received.event, Event::Data(b"more"));
    }
    each_whole!(test);
}

#[test]
fn a_failed_connection_cannot_be_split() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let mut bad = forger.seal(ApplicationData, b"data");
        *bad.last_mut().expect("a tag") ^= 1;
        assert!(
            conn.process_tls_records(&mut bad)
                .state
                .is_err()
        );
        let (mut conn, error) = refuse_to_split(conn);
        assert_eq!(error, Error::DecryptError);
        // The connection still sends its alert.
        let tls = encoded(&mut conn);
        assert_eq!(forger.opened(&tls), [(Alert, vec![2, 20])]);
        let (conn, error) = refuse_to_split(conn);
        assert_eq!(error, Error::DecryptError);
        drop(conn);
    }
    each_whole!(test);
}

#[test]
fn a_message_begun_before_the_split_is_read_to_its_end() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let message = match setup.is_tls13() {
            true => key_update(UPDATE_REQUESTED),
            false => renegotiation(role),
        };
        let (half, rest) = message.split_at(2);
        let mut incoming = forger.seal(Handshake, half);
        let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
        assert!(matches!(state, Ok(ConnectionState::WriteTraffic(_))));
        drop(state);
        assert_eq!(discard, incoming.len());

        let (reader, writer) = conn
            .split()
            .expect("no reason to refuse");
        let mut pair = Pair {
            reader,
            writer,
            forger,
            role,
        };
        let record = pair.forger.seal(Handshake, rest);
        assert!(
            pair.read(&record)
                .expect("the rest of the message"),
            "an answer is owed"
        );
        if setup.is_tls13() {
            pair.forger.update_sealer();
        }
        let answer = sealed(|out| pair.writer.flush(out)).expect("an answer");
        assert_eq!(pair.forger.opened(&answer).len(), 1);
        pair.passes_data();
    }
    each_whole!(test);
}

#[test]
fn a_side_that_is_closed_stays_closed() {
    fn test<C: Splittable>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let mut close = forger.seal(Alert, &[1, 0]);
        let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut close);
        assert!(matches!(state, Ok(ConnectionState::PeerClosed)));
        drop(state);
        assert_eq!(discard, close.len());
        match conn.process_tls_records(&mut []).state {
            Ok(ConnectionState::WriteTraffic(mut write)) => {
                assert!(
                    write
                        .queue_close_notify(&mut [])
                        .is_err()
                );
            }
            other => panic!("{other:?}"),
        }
        let (mut reader, mut writer) = conn
            .split()
            .expect("no reason to refuse");
        // There was no room for the close_notify.
        let tls = sealed(|out| writer.flush(out)).expect("the close_notify");
        assert_eq!(forger.opened(&tls), [(Alert, vec![1, 0])]);
        let mut after = *b"anything more";
        let received = reader
            .read(&mut after)
            .expect("no error");
        assert_eq!((received.event, received.discard), (Event::Closed, 0));
        assert_eq!(reader.end_of_input(), Ok(()));
        let refused = writer.write(b"more", &mut [0; 100]);
        assert!(matches!(refused, Err(WriteError::Closed)), "{refused:?}");
        assert_eq!(
            writer
                .close_notify(&mut [0; 100])
                .expect("already sent"),
            0
        );
    }
    each_whole!(test);
}
