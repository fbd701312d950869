//! A failure of the reader ends the writer too, once it has told the peer.

use rustls::AlertDescription::{self, *};
use rustls::ContentType::{Alert, ApplicationData, Handshake, Heartbeat};
use rustls::Error;
use rustls_direct::split::{Event, Reader, Truncated, WriteError, Writer};
use testing::{Pair, Role, Setup, UPDATE_REQUESTED, message, sealed};

use crate::{FILL, each, each_of_tls13, is_untouched, refuses, required};

/// What the reader fails on, and what the peer has to be told then.
type Case = (
    &'static str,
    fn(&mut Pair) -> Vec<u8>,
    fn(&Setup) -> Option<AlertDescription>,
);

const CASES: [Case; 6] = [
    ("a bit of the tag", bad_record, |_| Some(BadRecordMac)),
    (
        "a type that no record has",
        |pair| pair.forger.seal(Heartbeat, SECRET),
        |_| Some(UnexpectedMessage),
    ),
    (
        "a message that nobody expects",
        |pair| {
            pair.forger
                .seal(Handshake, &message(rustls::HandshakeType::Finished, SECRET))
        },
        |_| Some(UnexpectedMessage),
    ),
    (
        "what is not even a record",
        |_| b"\x17\x03\x03\xff\xff and so on".to_vec(),
        |_| Some(RecordOverflow),
    ),
    (
        "an alert of its own",
        |pair| {
            pair.forger
                .seal(Alert, &[2, u8::from(HandshakeFailure)])
        },
        |_| None,
    ),
    (
        "an alert of a level that no alert has",
        |pair| {
            pair.forger
                .seal(Alert, &[3, u8::from(HandshakeFailure)])
        },
        |_| Some(IllegalParameter),
    ),
];

const SECRET: &[u8] = b"nobody else shall see";

fn bad_record(pair: &mut Pair) -> Vec<u8> {
    let mut record = pair
        .forger
        .seal(ApplicationData, SECRET);
    *record.last_mut().expect("a tag") ^= 1;
    record
}

/// Checks that the reader gives `error` whatever comes, and leaves all of it alone.
fn repeats(reader: &mut Reader, error: &Error, good: &[u8]) {
    for incoming in [good, &good[..3], b""] {
        let (mut buffer, mut out) = (incoming.to_vec(), [FILL; 100]);
        assert_eq!(
            reader
                .read(&mut buffer)
                .expect_err("it has failed"),
            *error
        );
        let again = reader.read_into(&mut buffer, &mut out);
        assert_eq!(again.expect_err("it has failed"), *error);
        assert_eq!(buffer, incoming);
        assert!(is_untouched(&out));
    }
    assert_eq!(reader.end_of_input(), Err(Truncated));
}

/// Checks that the writer gives `error` for everything but a flush.
fn has_failed(writer: &mut Writer, error: &Error) {
    let is_error = |err: &WriteError| matches!(err, WriteError::Failed(why) if **why == *error);
    assert!(refuses(writer, is_error));
    // It would seal the alert.
    if writer.owes() {
        return;
    }
    let mut out = [FILL; 100];
    assert!(
        writer
            .close_notify(&mut out)
            .is_err_and(|err| is_error(&err))
    );
    assert!(is_untouched(&out));
}

/// Checks that the writer says `alert`, and then only gives `error`.
///
/// A `flush` says it or a `close_notify`: what is last is the same.
fn ends(pair: &mut Pair, error: &Error, alert: Option<AlertDescription>) {
    let last_words = |writer: &mut Writer, out: &mut [u8]| match pair.role {
        Role::Client => writer.flush(out),
        Role::Server => writer.close_notify(out),
    };
    assert_eq!(pair.writer.owes(), alert.is_some());
    has_failed(&mut pair.writer, error);
    if let Some(alert) = alert {
        // Neither those calls nor one without room have lost it.
        assert!(pair.writer.owes());
        let len = pair.forger.twin.encrypted_len(2);
        let mut out = vec![FILL; len - 1];
        assert_eq!(required(last_words(&mut pair.writer, &mut out)), len);
        assert!(is_untouched(&out));
        let mut out = vec![FILL; len + 9];
        assert_eq!(
            last_words(&mut pair.writer, &mut out).expect("room for it"),
            len
        );
        assert!(is_untouched(&out[len..]));
        let sent = pair.forger.opened(&out[..len]);
        assert_eq!(sent, [(Alert, vec![2, u8::from(alert)])]);
    }
    for _ in 0..3 {
        let refused = pair.writer.flush(&mut [0; 100]);
        assert!(matches!(refused, Err(WriteError::Failed(why)) if *why == *error));
        assert!(!pair.writer.owes());
        has_failed(&mut pair.writer, error);
    }
}

#[test]
fn a_failure_is_told_once_and_repeated_for_ever() {
    for (what, record, alert) in CASES {
        for into in [false, true] {
            println!("{what}, into: {into}");
            each(|setup, mut pair| {
                let mut incoming = record(&mut pair);
                let mut out = [FILL; 100];
                let error = match into {
                    false => pair.reader.read(&mut incoming),
                    true => pair
                        .reader
                        .read_into(&mut incoming, &mut out),
                };
                let error = error.expect_err("it can not be taken");
                for buffer in [&incoming[..], &out] {
                    assert!(!buffer.windows(4).any(|part| {
                        SECRET
                            .windows(4)
                            .any(|secret| secret == part)
                    }));
                }
                let good = pair
                    .forger
                    .seal(ApplicationData, b"good");
                repeats(&mut pair.reader, &error, &good);
                ends(&mut pair, &error, alert(setup));
                repeats(&mut pair.reader, &error, &good);
            });
        }
    }
}

#[test]
fn a_record_that_is_not_authentic_is_wiped() {
    each(|setup, mut pair| {
        let mut incoming = bad_record(&mut pair);
        let error = pair
            .reader
            .read(&mut incoming)
            .expect_err("not authentic");
        assert_eq!(error, Error::DecryptError);
        assert!(
            incoming[5..]
                .iter()
                .all(|byte| *byte == 0)
        );

        let mut pair = Pair::connected(setup, pair.role);
        let mut incoming = bad_record(&mut pair);
        let mut out = [FILL; 100];
        let room = pair
            .reader
            .room_for(&incoming)
            .expect("a header");
        pair.reader
            .read_into(&mut incoming, &mut out)
            .expect_err("not authentic");
        assert!(
            incoming[5..]
                .iter()
                .all(|byte| *byte == 0)
        );
        assert!(
            out[..room]
                .iter()
                .all(|byte| matches!(*byte, 0 | FILL))
        );
        assert!(is_untouched(&out[room..]));
    });
}

#[test]
fn what_came_before_a_bad_record_is_read() {
    each(|_, mut pair| {
        let mut incoming = pair
            .forger
            .seal(ApplicationData, b"before");
        incoming.extend(bad_record(&mut pair));
        let received = pair
            .reader
            .read(&mut incoming)
            .expect("data");
        assert_eq!(received.event, Event::Data(b"before"));
        let discard = received.discard;
        pair.writes_data();
        let bad = incoming.split_off(discard);
        assert_eq!(pair.read(&bad), Err(Error::DecryptError));
        ends(&mut pair, &Error::DecryptError, Some(BadRecordMac));
    });
}

#[test]
fn an_answer_that_is_owed_gives_way_to_the_alert() {
    // Whether the writer has looked before or not.
    for looks in [false, true] {
        each_of_tls13(|_, mut pair| {
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            assert!(!looks || pair.writer.owes());
            let bad = bad_record(&mut pair);
            assert_eq!(pair.read(&bad), Err(Error::DecryptError));
            ends(&mut pair, &Error::DecryptError, Some(BadRecordMac));
        });
    }
}

#[test]
fn a_close_notify_that_is_owed_gives_way_to_the_alert() {
    each(|_, mut pair| {
        assert!(
            pair.writer
                .close_notify(&mut [])
                .is_err()
        );
        let bad = bad_record(&mut pair);
        assert_eq!(pair.read(&bad), Err(Error::DecryptError));
        ends(&mut pair, &Error::DecryptError, Some(BadRecordMac));
    });
}

#[test]
fn the_alert_can_be_sealed_after_the_reader_is_gone() {
    each(|_, mut pair| {
        let bad = bad_record(&mut pair);
        assert_eq!(pair.read(&bad), Err(Error::DecryptError));
        drop(pair.reader);
        let tls = sealed(|out| pair.writer.flush(out)).expect("an alert");
        let alert = (Alert, vec![2, u8::from(BadRecordMac)]);
        assert_eq!(pair.forger.opened(&tls), [alert]);
    });
}
