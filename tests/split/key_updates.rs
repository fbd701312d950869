//! Are KeyUpdates and renegotiation answered, even if no data is written?

use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::split::{Event, WriteError, Writer};
use testing::{
    Pair, Peer, Role, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, sealed, setups,
};

use crate::{
    FILL, for_each_tls12_pair, for_each_tls13_pair, is_untouched, renegotiation, required,
};

/// The records that the writer sends without data.
fn flushed(pair: &mut Pair) -> Vec<(rustls::ContentType, Vec<u8>)> {
    let tls = sealed(|out| pair.writer.flush(out)).expect("no failure");
    assert!(!pair.writer.owes());
    pair.forger.opened(&tls)
}

#[test]
fn a_silent_writer_owes_one_answer() {
    for_each_tls13_pair(|_, mut pair| {
        for requests in [1, 2, 20] {
            for _ in 0..requests {
                assert!(pair.read_key_update(UPDATE_REQUESTED));
                assert!(pair.writer.owes());
            }
            // One answer is enough, and the key changes once.
            assert_eq!(
                flushed(&mut pair),
                [(Handshake, key_update(UPDATE_NOT_REQUESTED))]
            );
            assert_eq!(flushed(&mut pair), []);
            pair.passes_data();
        }
    });
}

#[test]
fn data_after_a_request_reports_the_owed_answer() {
    for_each_tls13_pair(|_, mut pair| {
        let mut incoming = pair
            .forger
            .seal(Handshake, &key_update(UPDATE_REQUESTED));
        pair.forger.update_sealer();
        incoming.extend(
            pair.forger
                .seal(ApplicationData, b"data"),
        );
        let received = pair
            .reader
            .read(&mut incoming)
            .expect("records");
        assert_eq!(received.event, Event::Data(b"data"));
        assert!(received.writer_owes);
    });
}

#[test]
fn an_update_without_request_is_not_answered() {
    for_each_tls13_pair(|_, mut pair| {
        for _ in 0..3 {
            assert!(
                !pair.read_key_update(UPDATE_NOT_REQUESTED),
                "nothing is owed"
            );
            assert!(!pair.writer.owes());
            assert_eq!(flushed(&mut pair), []);
            pair.passes_data();
        }
    });
}

#[test]
fn an_answer_is_owed_until_it_is_sealed() {
    for_each_tls13_pair(|_, mut pair| {
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let update_len = pair.forger.twin.encrypted_len(5);
        let data_len = pair.forger.twin.encrypted_len(4);
        for room in [0, 5, update_len - 1] {
            let mut out = vec![FILL; room];
            assert_eq!(required(pair.writer.flush(&mut out)), update_len);
            assert!(is_untouched(&out));
            assert_eq!(
                required(pair.writer.write(b"data", &mut out)),
                update_len + data_len
            );
            assert!(is_untouched(&out));
            assert!(pair.writer.owes());
        }
        let mut out = vec![FILL; update_len + 9];
        assert_eq!(
            pair.writer
                .flush(&mut out)
                .expect("room for it"),
            update_len
        );
        assert!(is_untouched(&out[update_len..]));
        let answer = pair.forger.opened(&out[..update_len]);
        assert_eq!(answer, [(Handshake, key_update(UPDATE_NOT_REQUESTED))]);
        pair.passes_data();
    });
}

/// Whether the reader reports that something is owed, without new input.
fn reader_reports_debt(pair: &mut Pair) -> bool {
    pair.read(b"").expect("nothing came")
}

/// A call of the writer that also seals an owed answer.
type Seal = fn(&mut Writer, &mut [u8]) -> Result<usize, WriteError>;

#[test]
fn the_reader_reports_an_owed_answer_until_it_is_sealed() {
    let seal: [Seal; 5] = [
        |writer, out| writer.flush(out),
        |writer, out| {
            writer
                .write(b"data", out)
                .map(|written| written.written)
        },
        |writer, out| writer.reserve(4, out)?.seal(4, 0),
        |writer, out| writer.refresh_traffic_keys(out),
        |writer, out| writer.close_notify(out),
    ];
    for seal in seal {
        for_each_tls13_pair(|_, mut pair| {
            assert!(!reader_reports_debt(&mut pair));
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            // The writer has looked at the shared state, but had no room.
            assert!(pair.writer.flush(&mut []).is_err());
            assert!(reader_reports_debt(&mut pair));
            let tls = sealed(|out| seal(&mut pair.writer, out)).expect("no failure");
            assert!(!pair.writer.owes());
            assert!(!reader_reports_debt(&mut pair));
            assert_eq!(
                pair.forger.opened(&tls)[0],
                (Handshake, key_update(UPDATE_NOT_REQUESTED))
            );
        });
    }
}

#[test]
fn an_answer_precedes_the_data_and_uses_the_old_key() {
    for_each_tls13_pair(|_, mut pair| {
        for _ in 0..3 {
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            let mut out = [0; 200];
            let written = pair
                .writer
                .write(b"data", &mut out)
                .expect("room for it");
            assert_eq!(written.consumed, 4);
            let expected = [
                (Handshake, key_update(UPDATE_NOT_REQUESTED)),
                (ApplicationData, b"data".to_vec()),
            ];
            assert_eq!(
                pair.forger
                    .opened(&out[..written.written]),
                expected
            );
            pair.passes_data();
        }
    });
}

#[test]
fn an_empty_write_seals_no_answer() {
    for_each_tls13_pair(|_, mut pair| {
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let written = pair
            .writer
            .write(b"", &mut [0; 200])
            .expect("no data");
        assert_eq!((written.consumed, written.written), (0, 0));
        assert!(pair.writer.owes());
        assert_eq!(flushed(&mut pair).len(), 1);
    });
}

#[test]
fn an_answer_precedes_close_notify() {
    for_each_tls13_pair(|_, mut pair| {
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let tls = sealed(|out| pair.writer.close_notify(out)).expect("a close_notify");
        let expected = [
            (Handshake, key_update(UPDATE_NOT_REQUESTED)),
            (Alert, vec![1, 0]),
        ];
        assert_eq!(pair.forger.opened(&tls), expected);
    });
}

/// Refreshes the writer's key, and returns the records of the refresh.
fn refreshed(pair: &mut Pair) -> Vec<(rustls::ContentType, Vec<u8>)> {
    let tls = sealed(|out| pair.writer.refresh_traffic_keys(out)).expect("TLS 1.3");
    pair.forger.opened(&tls)
}

#[test]
fn a_second_refresh_requests_no_answer_before_the_first_is_answered() {
    for_each_tls13_pair(|_, mut pair| {
        for _ in 0..2 {
            assert_eq!(
                refreshed(&mut pair),
                [(Handshake, key_update(UPDATE_REQUESTED))]
            );
            for _ in 0..3 {
                assert_eq!(
                    refreshed(&mut pair),
                    [(Handshake, key_update(UPDATE_NOT_REQUESTED))]
                );
                pair.passes_data();
            }
            assert!(
                !pair.read_key_update(UPDATE_NOT_REQUESTED),
                "the answer needs no answer"
            );
            pair.passes_data();
        }
    });
}

#[test]
fn a_refresh_follows_the_owed_answer() {
    for_each_tls13_pair(|_, mut pair| {
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let update_len = pair.forger.twin.encrypted_len(5);
        let mut out = vec![FILL; 2 * update_len - 1];
        assert_eq!(
            required(
                pair.writer
                    .refresh_traffic_keys(&mut out)
            ),
            2 * update_len
        );
        assert!(is_untouched(&out));
        let expected = [UPDATE_NOT_REQUESTED, UPDATE_REQUESTED]
            .map(|request| (Handshake, key_update(request)));
        assert_eq!(refreshed(&mut pair), expected);
        assert!(!pair.writer.owes());
        pair.passes_data();
    });
}

#[test]
fn both_sides_can_request_an_update_at_once() {
    for_each_tls13_pair(|_, mut pair| {
        assert_eq!(
            refreshed(&mut pair),
            [(Handshake, key_update(UPDATE_REQUESTED))]
        );
        // The peer sends its request before it sees ours, and then answers ours.
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        assert!(pair.read_key_update(UPDATE_NOT_REQUESTED));
        assert_eq!(
            flushed(&mut pair),
            [(Handshake, key_update(UPDATE_NOT_REQUESTED))]
        );
        pair.passes_data();
        assert_eq!(
            refreshed(&mut pair),
            [(Handshake, key_update(UPDATE_REQUESTED))]
        );
    });
}

#[test]
fn rustls_continues_after_updates_of_either_side() {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut peer = Peer::new(&setup, role.other());
            let (mut reader, mut writer) = setup.split(role, &mut peer);
            for _ in 0..5 {
                let tls = sealed(|out| writer.refresh_traffic_keys(out)).expect("TLS 1.3");
                peer.read(&tls).expect("a KeyUpdate");
                peer.conn
                    .refresh_traffic_keys()
                    .expect("TLS 1.3");
                // rustls seals its own request first, and then its answer with the data.
                let mut incoming = peer.send(b"in");
                let received = reader
                    .read(&mut incoming)
                    .expect("in order");
                assert_eq!(received.event, Event::Data(b"in"));
                assert!(received.writer_owes);

                // rustls only reads, and is answered.
                let tls = sealed(|out| writer.flush(out)).expect("the answer");
                assert!(!tls.is_empty());
                peer.read(&tls).expect("a KeyUpdate");
                let mut out = [0; 100];
                let written = writer
                    .write(b"out", &mut out)
                    .expect("room for it");
                peer.read(&out[..written.written])
                    .expect("under the next key");
                assert_eq!(peer.received, b"out");
                peer.received.clear();
            }
        }
    }
}

#[test]
fn tls12_has_no_key_update() {
    for_each_tls12_pair(|_, mut pair| {
        for room in [0, 100] {
            let mut out = vec![FILL; room];
            let refused = pair
                .writer
                .refresh_traffic_keys(&mut out);
            assert!(
                matches!(refused, Err(WriteError::KeyUpdateUnsupported)),
                "{refused:?}"
            );
            assert!(is_untouched(&out));
        }
        assert!(!pair.writer.owes());
        pair.passes_data();
    });
}

#[test]
fn renegotiation_is_declined_once_without_data() {
    for_each_tls12_pair(|_, mut pair| {
        for attempt in 0..4 {
            let record = pair
                .forger
                .seal(Handshake, &renegotiation(pair.role));
            let owes = pair.read(&record).expect("a request");
            assert_eq!(owes, attempt == 0);
            let expected = match attempt {
                0 => vec![(Alert, vec![1, 100])],
                _ => vec![],
            };
            assert_eq!(flushed(&mut pair), expected);
            pair.passes_data();
        }
    });
}

#[test]
fn renegotiation_is_declined_before_the_next_data() {
    for_each_tls12_pair(|_, mut pair| {
        let record = pair
            .forger
            .seal(Handshake, &renegotiation(pair.role));
        assert!(pair.read(&record).expect("a request"));
        let mut out = vec![0; pair.writer.required_len(4)];
        let written = pair
            .writer
            .write(b"data", &mut out)
            .expect("room for it");
        assert_eq!((written.consumed, written.written), (4, out.len()));
        let expected = [(Alert, vec![1, 100]), (ApplicationData, b"data".to_vec())];
        assert_eq!(pair.forger.opened(&out), expected);
        assert!(!pair.writer.owes());
    });
}
