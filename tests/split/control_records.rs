//! How does the reader handle records that hold no data?

use rustls::ContentType::{self, Alert, ApplicationData, Handshake};
use rustls::PeerMisbehaved;
use rustls_direct::split::Event;
use testing::{NewSessionTicket, Pair, Role, Setup, UPDATE_NOT_REQUESTED, key_update};

use crate::reading::{ample_room, for_each_call};
use crate::{FILL, for_each_pair, renegotiation};

/// Records that hold no data and do not end a connection, of all kinds that `role` may receive.
fn control_records(setup: &Setup, pair: &mut Pair) -> Vec<u8> {
    let mut records = vec![(ApplicationData, vec![])];
    if setup.is_tls13() {
        records.push((Alert, vec![1, 90]));
        if pair.role == Role::Client {
            let tickets = [10, 500].map(|len| NewSessionTicket::with_len(len).message());
            records.push((Handshake, tickets[0].clone()));
            // Over two records.
            records.push((Handshake, tickets[1][..3].to_vec()));
            records.push((Handshake, tickets[1][3..].to_vec()));
        }
        records.push((Handshake, key_update(UPDATE_NOT_REQUESTED)));
    } else {
        records.push((Alert, vec![1, 90]));
        let attempt = renegotiation(pair.role);
        records.push((Handshake, attempt[..1].to_vec()));
        records.push((Handshake, attempt[1..].to_vec()));
    }
    let mut tls = Vec::new();
    for (typ, content) in records {
        tls.extend(pair.forger.seal(typ, &content));
        if content == key_update(UPDATE_NOT_REQUESTED) {
            pair.forger.update_sealer();
        }
    }
    tls
}

#[test]
fn control_records_are_discarded_with_the_data_after_them() {
    for_each_call(|call, setup, mut pair| {
        for _ in 0..3 {
            let mut incoming = control_records(setup, &mut pair);
            incoming.extend(
                pair.forger
                    .seal(ApplicationData, b"data"),
            );
            let len = incoming.len();
            incoming.extend(
                pair.forger
                    .seal(ApplicationData, b"next"),
            );
            let mut out = ample_room();
            let received = call
                .read(&mut pair.reader, &mut incoming, &mut out)
                .expect("records");
            assert_eq!(
                (received.discard, received.event),
                (len, Event::Data(b"data"))
            );

            let received = call
                .read(&mut pair.reader, &mut incoming[len..], &mut out)
                .expect("records");
            assert_eq!(received.event, Event::Data(b"next"));
        }
    });
}

#[test]
fn control_records_are_discarded_at_once_if_no_data_follows() {
    for_each_call(|call, setup, mut pair| {
        // With and without a part of a record after them.
        for partial in [0, 7] {
            let mut incoming = control_records(setup, &mut pair);
            let len = incoming.len();
            let record = pair
                .forger
                .seal(ApplicationData, b"data");
            incoming.extend(&record[..partial]);
            let mut out = ample_room();
            let received = call
                .read(&mut pair.reader, &mut incoming, &mut out)
                .expect("records");
            assert_eq!((received.discard, received.event), (len, Event::Incomplete));
            assert_eq!(incoming[len..], record[..partial]);

            incoming.drain(..len);
            incoming.extend(&record[partial..]);
            let received = call
                .read(&mut pair.reader, &mut incoming, &mut out)
                .expect("a record");
            assert_eq!(
                (received.discard, received.event),
                (record.len(), Event::Data(b"data"))
            );
        }
    });
}

#[test]
fn control_records_leave_nothing_in_the_slice_for_data() {
    for_each_pair(|setup, mut pair| {
        let mut incoming = control_records(setup, &mut pair);
        let mut out = ample_room();
        let received = pair
            .reader
            .read_into(&mut incoming, &mut out)
            .expect("records");
        assert_eq!(received.event, Event::Incomplete);
        assert!(
            out.iter()
                .all(|byte| matches!(*byte, 0 | FILL))
        );
    });
}

/// The first part of a message that is allowed.
fn partial_message(setup: &Setup, role: Role) -> &'static [u8] {
    match (setup.is_tls13(), role) {
        (true, _) => &[24, 0, 0],
        (false, Role::Client) => &[0, 0],
        (false, Role::Server) => &[1, 0, 0, 9, 1, 2, 3],
    }
}

/// At most 32 empty records are allowed in a row.
#[test]
fn data_restarts_the_count_of_empty_records() {
    for_each_call(|call, _, mut pair| {
        for _ in 0..3 {
            let mut incoming = pair.forger.seal(ApplicationData, b"");
            for _ in 1..32 {
                incoming.extend(pair.forger.seal(ApplicationData, b""));
            }
            incoming.extend(
                pair.forger
                    .seal(ApplicationData, b"data"),
            );
            let received = call
                .read(&mut pair.reader, &mut incoming, &mut ample_room())
                .map(|received| received.discard);
            assert_eq!(received, Ok(incoming.len()));
        }
    });
}

#[test]
fn no_other_record_is_accepted_in_the_middle_of_a_message() {
    let between: [(ContentType, &[u8]); 3] = [
        (ApplicationData, b"secret data"),
        (ApplicationData, b""),
        (Alert, &[1, 0]),
    ];
    for (typ, content) in between {
        for_each_call(|call, setup, mut pair| {
            let half = partial_message(setup, pair.role);
            let half = pair.forger.seal(Handshake, half);
            assert!(!pair.read(&half).expect("the beginning"));
            let mut incoming = pair.forger.seal(typ, content);
            let mut out = ample_room();
            let refused = call.read(&mut pair.reader, &mut incoming, &mut out);
            let error = PeerMisbehaved::MessageInterleavedWithHandshakeMessage;
            assert_eq!(refused.expect_err("interleaved"), error.into());
            for buffer in [&incoming, &out] {
                assert!(
                    !buffer
                        .windows(6)
                        .any(|part| part == b"secret")
                );
            }
        });
    }
}

#[test]
fn received_tickets_are_counted() {
    for_each_pair(|setup, mut pair| {
        let before = pair.reader.tickets_received();
        let tickets = match setup.is_tls13() && pair.role == Role::Client {
            true => 2,
            false => 0,
        };
        let records = control_records(setup, &mut pair);
        pair.read(&records).expect("records");
        assert_eq!(pair.reader.tickets_received() - before, tickets);
    });
}
