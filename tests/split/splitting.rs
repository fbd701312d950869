//! When a connection can be split, and what becomes of it when it can not.

use std::mem;

use rustls::ContentType::{self, Alert, ApplicationData, Handshake};
use rustls::Error;
use rustls_direct::split::{Event, Reader, SplitError, WriteError, Writer};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};
use testing::{
    Forger, Pair, Peer, Role, Setup, UPDATE_REQUESTED, Whole, encode, key_update, sealed, setups,
    shake_hands,
};

use crate::renegotiation;

/// Runs a generic function with a new connection of ours for every library, suite and role.
macro_rules! each_whole {
    ($test:ident) => {
        let setups = setups();
        assert!(!setups.is_empty());
        for setup in setups {
            println!("{}", setup.name());
            $test(&setup, Role::Client, setup.client());
            $test(&setup, Role::Server, setup.server());
        }
    };
}

/// Checks that `conn` can not be split, and returns it and why.
fn not_yet<C: Whole>(conn: C) -> (C, Error) {
    let refused = conn
        .split()
        .expect_err("something is in the way");
    assert!(
        refused
            .to_string()
            .contains(&refused.error.to_string())
    );
    let SplitError { connection, error } = refused;
    (*connection, error)
}

/// Checks that it can not be split because of `what` has to be done first.
fn first<C: Whole>(conn: C, what: &str) -> C {
    let (conn, error) = not_yet(conn);
    assert!(
        matches!(&error, Error::Other(why) if why.to_string().contains(what)),
        "{error}"
    );
    conn
}

/// The peer of `conn`, after its handshake.
fn connected(setup: &Setup, role: Role, conn: &mut impl Whole) -> Forger {
    let mut peer = Forger::peer(setup, role.other());
    shake_hands(conn, &mut peer);
    Forger::new(setup, peer)
}

/// Splits `conn`, and checks that data passes.
fn splits(conn: impl Whole, forger: Forger, role: Role) -> Pair {
    assert!(conn.is_direct());
    let (reader, writer) = conn
        .split()
        .expect("nothing is in the way");
    let mut pair = Pair {
        reader,
        writer,
        forger,
        role,
    };
    pair.passes_data();
    pair
}

/// What is to be encoded.
fn encoded<C: Whole>(conn: &mut C) -> Vec<u8> {
    let mut out = Vec::new();
    match conn.process_tls_records(&mut []).state {
        Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut out),
        other => panic!("{other:?}"),
    }
    out
}

/// Takes data that has come, and returns how many bytes before it are to be discarded.
fn takes_data<C: Whole>(conn: &mut C, incoming: &mut [u8]) -> usize {
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
fn a_connection_can_be_split_as_soon_as_its_last_word_is_sent_and_not_before() {
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
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
        // In TLS 1.2 the server has the last word. In TLS 1.3 the client does, and then the server sends its tickets.
        let speaks_last = setup.is_tls13() || role == Role::Server;
        assert_eq!(last_step, if speaks_last { "transmit" } else { "write" });
        // A client's halves may begin with tickets.
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
fn a_connection_that_was_given_back_goes_on() {
    fn test<C: Whole>(setup: &Setup, role: Role, conn: C) {
        let (conn, error) = not_yet(conn);
        assert_eq!(error, Error::HandshakeNotComplete);
        let (mut conn, _) = not_yet(conn);
        let forger = connected(setup, role, &mut conn);
        splits(conn, forger, role);
    }
    each_whole!(test);
}

/// Has the peer ask for an answer, which is returned.
fn asked<C: Whole>(
    setup: &Setup,
    role: Role,
    conn: &mut C,
    forger: &mut Forger,
) -> (ContentType, Vec<u8>) {
    let (request, answer) = match setup.is_tls13() {
        true => (key_update(UPDATE_REQUESTED), (Handshake, key_update(0))),
        false => (renegotiation(role), (Alert, vec![1, 100])),
    };
    // Data behind it, so that the answer is owed and nobody was asked to encode it.
    let mut incoming = forger.seal(Handshake, &request);
    if setup.is_tls13() {
        forger.update_sealer();
    }
    let len = incoming.len();
    incoming.extend(forger.seal(ApplicationData, b"data"));
    assert_eq!(takes_data(conn, &mut incoming), len);
    answer
}

#[test]
fn what_is_owed_goes_to_the_writer() {
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let answer = asked(setup, role, &mut conn, &mut forger);
        let (reader, writer) = conn
            .split()
            .expect("nothing is in the way");
        let mut pair = Pair {
            reader,
            writer,
            forger,
            role,
        };
        assert!(pair.read(b"").expect("nothing came"), "the reader says so");
        assert!(pair.writer.owes());
        let tls = sealed(|out| pair.writer.flush(out)).expect("the answer");
        assert_eq!(pair.forger.opened(&tls), [answer]);
        pair.passes_data();
    }
    each_whole!(test);
}

#[test]
fn what_is_to_be_encoded_has_to_be_encoded_first() {
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let answer = asked(setup, role, &mut conn, &mut forger);
        let state = conn.process_tls_records(&mut []).state;
        assert!(matches!(state, Ok(ConnectionState::EncodeTlsData(_))));
        drop(state);
        let conn = first(conn, "encoded first");
        let mut conn = first(conn, "encoded first");
        let tls = encoded(&mut conn);
        assert_eq!(forger.opened(&tls), [answer]);
        // That it was sent need not be said.
        splits(conn, forger, role);
    }
    each_whole!(test);
}

#[test]
fn a_record_that_was_opened_and_not_taken_comes_from_the_reader() {
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
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
            panic!("nothing is in the way");
        };
        // Not before it is presented again, and as it was left.
        for _ in 0..2 {
            let received = reader
                .read(&mut [])
                .expect("to wait for it");
            assert_eq!((received.discard, received.event), (0, Event::Incomplete));
            reader
                .read(&mut incoming.clone()[..len - 1])
                .expect_err("a part of it");
            reader
                .read_into(&mut [23; 100], &mut [0; 100])
                .expect_err("something else");
        }
        let received = reader
            .read(&mut incoming)
            .expect("what was opened");
        assert_eq!(
            (received.discard, received.event),
            (len, Event::Data(b"data"))
        );
        let received = reader
            .read(&mut incoming[len..])
            .expect("what follows");
        assert_eq!(received.event, Event::Data(b"more"));
    }
    each_whole!(test);
}

#[test]
fn a_connection_that_has_failed_can_not_be_split() {
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
        let mut forger = connected(setup, role, &mut conn);
        let mut bad = forger.seal(ApplicationData, b"data");
        *bad.last_mut().expect("a tag") ^= 1;
        assert!(
            conn.process_tls_records(&mut bad)
                .state
                .is_err()
        );
        let (mut conn, error) = not_yet(conn);
        assert_eq!(error, Error::DecryptError);
        // It still says its last words.
        let tls = encoded(&mut conn);
        assert_eq!(forger.opened(&tls), [(Alert, vec![2, 20])]);
        let (conn, error) = not_yet(conn);
        assert_eq!(error, Error::DecryptError);
        drop(conn);
    }
    each_whole!(test);
}

#[test]
fn a_message_that_is_half_read_is_read_on() {
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
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
            .expect("nothing is in the way");
        let mut pair = Pair {
            reader,
            writer,
            forger,
            role,
        };
        let record = pair.forger.seal(Handshake, rest);
        assert!(
            pair.read(&record)
                .expect("the rest of it"),
            "it wants an answer"
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
    fn test<C: Whole>(setup: &Setup, role: Role, mut conn: C) {
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
            .expect("nothing is in the way");
        // There was no room for it.
        let tls = sealed(|out| writer.flush(out)).expect("the close_notify");
        assert_eq!(forger.opened(&tls), [(Alert, vec![1, 0])]);
        let mut behind = *b"whatever comes";
        let received = reader
            .read(&mut behind)
            .expect("no error");
        assert_eq!((received.event, received.discard), (Event::Closed, 0));
        assert_eq!(reader.end_of_input(), Ok(()));
        let refused = writer.write(b"more", &mut [0; 100]);
        assert!(matches!(refused, Err(WriteError::Closed)), "{refused:?}");
        assert_eq!(
            writer
                .close_notify(&mut [0; 100])
                .expect("was said already"),
            0
        );
    }
    each_whole!(test);
}

/// Completes the handshake as the documentation of the halves does, and returns them and what is left of the input.
///
/// There is what `behind` makes, in one piece with the peer's last flight if that is the last of all.
fn splits_at_the_end<C: Whole>(
    setup: &Setup,
    role: Role,
    mut conn: C,
    behind: impl Fn(&mut Peer) -> Vec<u8>,
) -> (Reader, Writer, Vec<u8>) {
    let mut peer = Peer::new(setup, role.other());
    let (mut incoming, mut outgoing) = (peer.write(), Vec::new());
    let (mut is_complete, mut is_behind) = (false, false);
    while !is_complete {
        let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
        match state.expect("a handshake") {
            ConnectionState::EncodeTlsData(data) => encode(data, &mut outgoing),
            ConnectionState::TransmitTlsData(data) => data.done(),
            ConnectionState::BlockedHandshake => {
                peer.read(&mem::take(&mut outgoing))
                    .expect("in order");
                incoming.extend(peer.write());
                if !peer.conn.is_handshaking() {
                    is_behind = true;
                    incoming.extend(behind(&mut peer));
                }
            }
            _ => is_complete = true,
        }
        incoming.drain(..discard);
    }
    let (reader, writer) = conn
        .split()
        .expect("nothing is in the way");
    if !is_behind {
        peer.read(&outgoing).expect("in order");
        incoming.extend(peer.write());
        incoming.extend(behind(&mut peer));
    }
    (reader, writer, incoming)
}

#[test]
fn what_comes_with_the_last_flight_does_not_stand_in_the_way() {
    fn test<C: Whole>(setup: &Setup, role: Role, conn: C) {
        let halves = splits_at_the_end(setup, role, conn, |peer| peer.send(b"data"));
        let (mut reader, _, mut incoming) = halves;
        let received = reader
            .read(&mut incoming)
            .expect("data");
        assert_eq!(received.event, Event::Data(b"data"));
    }
    each_whole!(test);
}

#[test]
fn a_key_update_that_comes_with_the_last_flight_does_not_either() {
    fn test<C: Whole>(setup: &Setup, role: Role, conn: C) {
        if !setup.is_tls13() {
            return;
        }
        let halves = splits_at_the_end(setup, role, conn, |peer| {
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            peer.send(b"data")
        });
        let (mut reader, mut writer, mut incoming) = halves;
        let received = reader
            .read(&mut incoming)
            .expect("data");
        assert_eq!(received.event, Event::Data(b"data"));
        assert!(received.writer_owes);
        let answer = sealed(|out| writer.flush(out)).expect("the answer");
        assert!(!answer.is_empty());
    }
    each_whole!(test);
}
