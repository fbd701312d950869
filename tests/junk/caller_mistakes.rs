//! What happens if a caller does not do what a state asks for?

use rustls::{ContentType, Error};
use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, ReadTraffic, TransmitTlsData,
    UnbufferedConnectionCommon, WriteTraffic,
};
use testing::{
    Direct, Endpoint, Forger, Peer, Role, Setup, each_connection, one_setup_per_version, pattern,
    shake_hands,
};

/// The next state for `incoming`, from which all handled records were discarded.
macro_rules! next_state {
    ($conn:ident, $incoming:ident, $state:ident) => {{
        let status = $conn.process_tls_records(&mut $incoming);
        assert_eq!(status.discard, 0);
        match status.state {
            Ok(ConnectionState::$state(state)) => state,
            other => panic!("{other:?}"),
        }
    }};
}

/// Starts a connection up to output that is to be encoded, and returns the rest of the input from `peer`.
fn start_with_output<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    peer: &mut Peer,
) -> Vec<u8> {
    let mut incoming = peer.write();
    let status = conn.process_tls_records(&mut incoming);
    assert!(matches!(
        status.state,
        Ok(ConnectionState::EncodeTlsData(_))
    ));
    let discard = status.discard;
    incoming.drain(..discard);
    incoming
}

/// HO-b: nothing is sealed before rustls's output was encoded.
#[test]
fn output_that_was_not_encoded_is_offered_again() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        let mut incoming = start_with_output(conn, &mut peer);
        let needed = |data: &mut EncodeTlsData<'_, Data>| match data.encode(&mut []) {
            Err(EncodeError::InsufficientSize(size)) => size.required_size,
            other => panic!("{other:?}"),
        };
        let required = needed(&mut next_state!(conn, incoming, EncodeTlsData));
        for _ in 0..3 {
            // First only the size is queried, and then not even that.
            assert_eq!(
                needed(&mut next_state!(conn, incoming, EncodeTlsData)),
                required
            );
            let _: EncodeTlsData<'_, _> = next_state!(conn, incoming, EncodeTlsData);
        }

        let mut out = vec![0; required];
        let mut data = next_state!(conn, incoming, EncodeTlsData);
        assert_eq!(
            data.encode(&mut out)
                .expect("room for it"),
            required
        );
        for out in [&mut out[..], &mut []] {
            assert!(matches!(data.encode(out), Err(EncodeError::AlreadyEncoded)));
        }
        peer.read(&out)
            .expect("the first record of a flight");
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_transmission_that_is_not_acknowledged_is_requested_again() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        let mut incoming = start_with_output(conn, &mut peer);
        loop {
            match conn
                .process_tls_records(&mut incoming)
                .state
            {
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    data.encode(&mut [0; 5000])
                        .expect("room for it");
                }
                Ok(ConnectionState::TransmitTlsData(_)) => break,
                other => panic!("{other:?}"),
            }
        }
        for _ in 0..3 {
            let _: TransmitTlsData<'_, _> = next_state!(conn, incoming, TransmitTlsData);
        }
        next_state!(conn, incoming, TransmitTlsData).done();
        let state = conn
            .process_tls_records(&mut incoming)
            .state;
        assert!(matches!(state, Ok(ConnectionState::BlockedHandshake)));
    }
    each_connection!(test, one_setup_per_version());
}

/// Completes a handshake, and returns two records and a part of a third from the peer.
fn connect_with_input<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
) -> Vec<u8> {
    let mut peer = Peer::new(setup, role.other());
    shake_hands(conn, &mut peer);
    let mut incoming = peer.send(&pattern(1000));
    incoming.extend(peer.send(b"second"));
    incoming.extend(&peer.send(b"third")[..9]);
    incoming
}

#[test]
fn an_untaken_record_is_offered_again() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = connect_with_input(setup, role, conn);
        let len = incoming.len();
        let _: ReadTraffic<'_, '_, _> = next_state!(conn, incoming, ReadTraffic);
        let opened = incoming.clone();
        for _ in 0..3 {
            let read = next_state!(conn, incoming, ReadTraffic);
            assert_eq!(read.peek_len().map(|len| len.get()), Some(1000));
            assert_eq!(incoming, opened, "opened only once");
        }

        let mut read = next_state!(conn, incoming, ReadTraffic);
        let record = read
            .next_record()
            .expect("a record")
            .expect("its bytes");
        assert_eq!(record.payload, pattern(1000));
        let discard = record.discard;
        assert!(discard > 1000 && discard < len);
        assert!(read.next_record().is_none());
        assert_eq!(read.peek_len(), None);

        incoming.drain(..discard);
        let mut read = next_state!(conn, incoming, ReadTraffic);
        assert_eq!(read.peek_len().map(|len| len.get()), Some(6));
        let record = read
            .next_record()
            .expect("a record")
            .expect("its bytes");
        assert_eq!(record.payload, b"second");
        let discard = record.discard;
        incoming.drain(..discard);
        assert_eq!(incoming.len(), 9);
        next_state!(conn, incoming, WriteTraffic);
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_handled_record_before_another_is_discarded_once() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut forger = Forger::of(setup, role, conn);
        let empty = forger.seal(ContentType::ApplicationData, b"");
        let data = forger.seal(ContentType::ApplicationData, b"data");
        let mut incoming = [&empty[..], &data].concat();

        let status = conn.process_tls_records(&mut incoming);
        assert!(matches!(status.state, Ok(ConnectionState::ReadTraffic(_))));
        assert_eq!(status.discard, empty.len());
        incoming.drain(..empty.len());

        let mut read = next_state!(conn, incoming, ReadTraffic);
        let record = read
            .next_record()
            .expect("a record")
            .expect("its bytes");
        assert_eq!(record.payload, b"data");
        assert_eq!(record.discard, data.len());
    }
    each_connection!(test, one_setup_per_version());
}

/// Whether an error reports that input was lost.
fn reports_lost_input(error: &Error) -> bool {
    error
        .to_string()
        .contains("`incoming_tls` does not begin with the bytes that the last call retained")
}

#[test]
fn an_untaken_record_that_is_not_passed_again_is_a_repeatable_error() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = connect_with_input(setup, role, conn);
        let _: ReadTraffic<'_, '_, _> = next_state!(conn, incoming, ReadTraffic);
        // A part of the record, another record of the same length, and other bytes.
        let mut another = incoming.clone();
        another[0] = 23;
        for wrong in [&mut incoming[..1000], &mut another, &mut [0; 5], &mut [23]] {
            let status = conn.process_tls_records(wrong);
            assert_eq!(status.discard, 0);
            assert!(
                status
                    .state
                    .is_err_and(|error| reports_lost_input(&error))
            );
        }
        let mut read = next_state!(conn, incoming, ReadTraffic);
        let record = read
            .next_record()
            .expect("a record")
            .expect("its bytes");
        assert_eq!(record.payload.len(), 1000);
    }
    each_connection!(test, one_setup_per_version());
}

/// Bytes that are not authentic are never given as data, whatever they begin with.
#[test]
fn bytes_from_the_wire_are_never_taken_for_an_untaken_record() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = connect_with_input(setup, role, conn);
        let wire = incoming.clone();
        let _: ReadTraffic<'_, '_, _> = next_state!(conn, incoming, ReadTraffic);
        for first in 0..=255 {
            let mut forged = wire.clone();
            forged[0] = first;
            let status = conn.process_tls_records(&mut forged);
            assert_eq!(status.discard, 0);
            assert!(
                status
                    .state
                    .is_err_and(|error| reports_lost_input(&error))
            );
        }
        // The record may be at another address.
        let mut moved = incoming.clone();
        let mut read = next_state!(conn, moved, ReadTraffic);
        let record = read
            .next_record()
            .expect("a record")
            .expect("its bytes");
        assert_eq!(record.payload, pattern(1000));
    }
    each_connection!(test, one_setup_per_version());
}

/// Passes `incoming`, whose first record should have been discarded, and checks that the error changes nothing.
fn assert_told_to_discard<Data>(conn: &mut UnbufferedConnectionCommon<Data>, incoming: &[u8]) {
    for _ in 0..3 {
        let mut passed = incoming.to_vec();
        let status = conn.process_tls_records(&mut passed);
        assert_eq!(status.discard, 0);
        let error = status
            .state
            .expect_err("an error of the caller");
        assert!(
            error
                .to_string()
                .contains("already taken"),
            "{error}"
        );
        assert_eq!(passed, incoming);
        assert!(!conn.wants_write(), "an alert to the peer");
        let mut none = Vec::new();
        let _: WriteTraffic<'_, _> = next_state!(conn, none, WriteTraffic);
    }
}

#[test]
fn a_taken_record_that_is_not_discarded_is_a_repeatable_error() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = connect_with_input(setup, role, conn);
        for expected in [&pattern(1000)[..], b"second"] {
            let mut read = next_state!(conn, incoming, ReadTraffic);
            let record = read
                .next_record()
                .expect("a record")
                .expect("its bytes");
            assert_eq!(record.payload, expected);
            let discard = record.discard;
            assert_told_to_discard(conn, &incoming);
            incoming.drain(..discard);
        }
        assert_eq!(incoming.len(), 9);
        next_state!(conn, incoming, WriteTraffic);
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_handled_record_that_is_not_discarded_is_a_repeatable_error() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut forger = Forger::of(setup, role, conn);
        let mut incoming = forger.seal(ContentType::ApplicationData, b"");
        let empty = incoming.len();
        incoming.extend(forger.seal(ContentType::ApplicationData, b"data"));
        let status = conn.process_tls_records(&mut incoming[..empty]);
        assert_eq!(status.discard, empty);
        assert!(matches!(status.state, Ok(ConnectionState::WriteTraffic(_))));
        assert_told_to_discard(conn, &incoming);
        incoming.drain(..empty);
        let mut read = next_state!(conn, incoming, ReadTraffic);
        assert!(read.next_record().is_some());
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_caller_can_write_while_a_record_is_untaken() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = connect_with_input(setup, role, conn);
        let _: ReadTraffic<'_, '_, _> = next_state!(conn, incoming, ReadTraffic);
        let mut none = Vec::new();
        let mut write = next_state!(conn, none, WriteTraffic);
        assert!(
            write
                .encrypt(b"meanwhile", &mut [0; 64])
                .is_ok()
        );
        let mut read = next_state!(conn, incoming, ReadTraffic);
        assert!(read.next_record().is_some());
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn dropping_a_part_of_a_handshake_is_a_repeatable_error() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        // The peer splits its messages over many records, which rustls needs together.
        let small = setup.clone().with_max_fragment_size(32);
        let mut peer = Peer::new(&small, role.other());
        let mut direct = Direct::new(&mut *conn);
        direct
            .run()
            .expect("to wait for the peer");
        peer.read(&direct.app().outgoing)
            .expect("a first flight");

        let mut incoming = peer.write();
        incoming.truncate(3 * 32 + 7);
        let status = conn.process_tls_records(&mut incoming);
        assert!(matches!(
            status.state,
            Ok(ConnectionState::BlockedHandshake)
        ));
        assert_eq!(status.discard, 0, "three records of one message");
        incoming.truncate(3 * 32 - 1);
        let status = conn.process_tls_records(&mut incoming);
        assert_eq!(status.discard, 0);
        assert!(
            status
                .state
                .is_err_and(|error| reports_lost_input(&error))
        );
        assert!(conn.is_handshaking(), "still in the handshake");
    }
    each_connection!(test, one_setup_per_version());
}
