//! What happens if a caller does not discard a record?

use rustls::ContentType::{ApplicationData, Handshake};
use rustls_direct::split::{Event, Reader};
use testing::{UPDATE_NOT_REQUESTED, key_update};

use crate::{FILL, for_each_pair};

/// Passes `incoming`, whose first record should have been discarded, and checks the error.
fn assert_told_to_discard(reader: &mut Reader, incoming: &[u8]) {
    for into in [false, true] {
        let (mut passed, mut out) = (incoming.to_vec(), [FILL; 100]);
        let again = match into {
            false => reader.read(&mut passed),
            true => reader.read_into(&mut passed, &mut out),
        };
        let error = again.expect_err("an error of the caller");
        assert!(
            error
                .to_string()
                .contains("already taken"),
            "{error}"
        );
        assert_eq!(passed, incoming);
    }
}

#[test]
fn data_that_was_not_discarded_is_an_error_of_the_caller() {
    for into in [false, true] {
        for_each_pair(|_, mut pair| {
            let mut incoming = pair
                .forger
                .seal(ApplicationData, b"first");
            incoming.extend(
                pair.forger
                    .seal(ApplicationData, b"second"),
            );
            for expected in [&b"first"[..], b"second"] {
                let mut out = [FILL; 100];
                let received = match into {
                    false => pair.reader.read(&mut incoming),
                    true => pair
                        .reader
                        .read_into(&mut incoming, &mut out),
                };
                let received = received.expect("a record");
                assert_eq!(received.event, Event::Data(expected));
                let discard = received.discard;
                assert_told_to_discard(&mut pair.reader, &incoming);
                incoming.drain(..discard);
            }
            assert!(!pair.writer.owes());
            pair.passes_data();
        });
    }
}

#[test]
fn a_handled_record_that_was_not_discarded_is_an_error_of_the_caller() {
    for_each_pair(|setup, mut pair| {
        let mut incoming = match setup.is_tls13() {
            true => pair
                .forger
                .seal(Handshake, &key_update(UPDATE_NOT_REQUESTED)),
            false => pair.forger.seal(ApplicationData, b""),
        };
        let received = pair
            .reader
            .read(&mut incoming)
            .expect("a record");
        assert_eq!(received.event, Event::Incomplete);
        assert_eq!(received.discard, incoming.len());
        assert_told_to_discard(&mut pair.reader, &incoming);
        if setup.is_tls13() {
            pair.forger.update_sealer();
        }
        // A record before it is handled first.
        let mut both = pair.forger.seal(ApplicationData, b"");
        let empty = both.len();
        both.extend(&incoming);
        let received = pair
            .reader
            .read(&mut both)
            .expect("an empty record");
        assert_eq!(
            (received.event, received.discard),
            (Event::Incomplete, empty)
        );
        assert_told_to_discard(&mut pair.reader, &both);
        assert_told_to_discard(&mut pair.reader, &incoming);
        assert!(!pair.writer.owes());
        pair.passes_data();
    });
}
