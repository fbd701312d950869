//! A caller that does not discard what it was told to is told again: nothing is lost, and the peer is not blamed.

use rustls::ContentType::{ApplicationData, Handshake};
use rustls_direct::split::{Event, Reader};
use testing::{UPDATE_NOT_REQUESTED, key_update};

use crate::{FILL, each};

/// Presents `incoming`, whose first record was to be discarded, and checks what is said of it.
fn is_told_to_discard(reader: &mut Reader, incoming: &[u8]) {
    for into in [false, true] {
        let (mut presented, mut out) = (incoming.to_vec(), [FILL; 100]);
        let again = match into {
            false => reader.read(&mut presented),
            true => reader.read_into(&mut presented, &mut out),
        };
        let error = again.expect_err("a mistake");
        assert!(
            error
                .to_string()
                .contains("taken already"),
            "{error}"
        );
        assert_eq!(presented, incoming);
    }
}

#[test]
fn data_that_was_not_discarded() {
    for into in [false, true] {
        each(|_, mut pair| {
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
                is_told_to_discard(&mut pair.reader, &incoming);
                incoming.drain(..discard);
            }
            assert!(!pair.writer.owes());
            pair.passes_data();
        });
    }
}

#[test]
fn what_was_dealt_with_and_not_discarded() {
    each(|setup, mut pair| {
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
        is_told_to_discard(&mut pair.reader, &incoming);
        if setup.is_tls13() {
            pair.forger.update_sealer();
        }
        // What comes before it is dealt with first.
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
        is_told_to_discard(&mut pair.reader, &both);
        is_told_to_discard(&mut pair.reader, &incoming);
        assert!(!pair.writer.owes());
        pair.passes_data();
    });
}
