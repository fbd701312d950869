//! What the reader leaves to the writer: answers to KeyUpdates and to renegotiation, which are sent without any data too.

use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::split::{Event, WriteError, Writer};
use testing::{
    Pair, Peer, Role, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, sealed, setups,
};

use crate::{FILL, each_of_tls12, each_of_tls13, is_untouched, renegotiation, required};

/// All that the writer has to say without data.
fn flushed(pair: &mut Pair) -> Vec<(rustls::ContentType, Vec<u8>)> {
    let tls = sealed(|out| pair.writer.flush(out)).expect("no failure");
    assert!(!pair.writer.owes());
    pair.forger.opened(&tls)
}

#[test]
fn a_silent_writer_is_told_to_answer() {
    each_of_tls13(|_, mut pair| {
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
fn data_that_comes_with_a_request_says_so_as_well() {
    each_of_tls13(|_, mut pair| {
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
    each_of_tls13(|_, mut pair| {
        for _ in 0..3 {
            assert!(
                !pair.read_key_update(UPDATE_NOT_REQUESTED),
                "there is nothing to be said"
            );
            assert!(!pair.writer.owes());
            assert_eq!(flushed(&mut pair), []);
            pair.passes_data();
        }
    });
}

#[test]
fn an_answer_is_owed_until_it_was_sealed() {
    each_of_tls13(|_, mut pair| {
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

/// Whether the reader says that something is owed, though nothing new has come.
fn reader_says_so(pair: &mut Pair) -> bool {
    pair.read(b"").expect("nothing came")
}

/// Something that an answer goes along with.
type Seal = fn(&mut Writer, &mut [u8]) -> Result<usize, WriteError>;

#[test]
fn the_reader_says_that_something_is_owed_until_it_was_sealed() {
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
        each_of_tls13(|_, mut pair| {
            assert!(!reader_says_so(&mut pair));
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            // The writer has looked, but had no room.
            assert!(pair.writer.flush(&mut []).is_err());
            assert!(reader_says_so(&mut pair));
            let tls = sealed(|out| seal(&mut pair.writer, out)).expect("no failure");
            assert!(!pair.writer.owes());
            assert!(!reader_says_so(&mut pair));
            assert_eq!(
                pair.forger.opened(&tls)[0],
                (Handshake, key_update(UPDATE_NOT_REQUESTED))
            );
        });
    }
}

#[test]
fn an_answer_goes_before_the_data_and_under_the_old_key() {
    each_of_tls13(|_, mut pair| {
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
fn no_data_takes_no_answer_along() {
    each_of_tls13(|_, mut pair| {
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
fn an_answer_goes_before_close_notify() {
    each_of_tls13(|_, mut pair| {
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let tls = sealed(|out| pair.writer.close_notify(out)).expect("to close");
        let expected = [
            (Handshake, key_update(UPDATE_NOT_REQUESTED)),
            (Alert, vec![1, 0]),
        ];
        assert_eq!(pair.forger.opened(&tls), expected);
    });
}

/// Has the writer go on to its next key, and returns the records that it makes of that.
fn refreshed(pair: &mut Pair) -> Vec<(rustls::ContentType, Vec<u8>)> {
    let tls = sealed(|out| pair.writer.refresh_traffic_keys(out)).expect("TLS 1.3");
    pair.forger.opened(&tls)
}

#[test]
fn a_second_refresh_does_not_ask_again_before_the_first_was_answered() {
    each_of_tls13(|_, mut pair| {
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
                "that was the answer"
            );
            pair.passes_data();
        }
    });
}

#[test]
fn a_refresh_goes_behind_the_answer_that_is_owed() {
    each_of_tls13(|_, mut pair| {
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
fn both_sides_can_ask_at_once() {
    each_of_tls13(|_, mut pair| {
        assert_eq!(
            refreshed(&mut pair),
            [(Handshake, key_update(UPDATE_REQUESTED))]
        );
        // The peer asks before it has seen that, and then answers it.
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
fn rustls_goes_on_after_updates_of_either_side() {
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
                // rustls's answer goes along with its data, and its own request comes before it.
                let mut incoming = peer.send(b"in");
                let received = reader
                    .read(&mut incoming)
                    .expect("in order");
                assert_eq!(received.event, Event::Data(b"in"));
                assert!(received.writer_owes);

                // It only reads, and is answered.
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
    each_of_tls12(|_, mut pair| {
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
fn a_renegotiation_is_turned_down_once_without_data() {
    each_of_tls12(|_, mut pair| {
        for attempt in 0..4 {
            let record = pair
                .forger
                .seal(Handshake, &renegotiation(pair.role));
            let owes = pair
                .read(&record)
                .expect("to be turned down");
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
fn a_renegotiation_is_turned_down_before_the_next_data() {
    each_of_tls12(|_, mut pair| {
        let record = pair
            .forger
            .seal(Handshake, &renegotiation(pair.role));
        assert!(
            pair.read(&record)
                .expect("to be turned down")
        );
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
