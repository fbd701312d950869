//! Does a failure of the reader end the writer too, after the alert?

use rustls::AlertDescription::{self, *};
use rustls::ContentType::{Alert, ApplicationData, Handshake, Heartbeat};
use rustls::Error;
use rustls_direct::split::{Event, Reader, Truncated, WriteError, Writer};
use testing::{Pair, Role, Setup, UPDATE_REQUESTED, message, sealed};

use crate::{FILL, for_each_pair, for_each_tls13_pair, is_untouched, refuses_everything, required};

/// A name, the reader's input, and the alert that the peer receives.
type Case = (
    &'static str,
    fn(&mut Pair) -> Vec<u8>,
    fn(&Setup) -> Option<AlertDescription>,
);

const CASES: [Case; 6] = [
    ("an altered tag", bad_record, |_| Some(BadRecordMac)),
    (
        "an unknown content type",
        |pair| pair.forger.seal(Heartbeat, SECRET),
        |_| Some(UnexpectedMessage),
    ),
    (
        "an unexpected message",
        |pair| {
            pair.forger
                .seal(Handshake, &message(rustls::HandshakeType::Finished, SECRET))
        },
        |_| Some(UnexpectedMessage),
    ),
    (
        "not a record",
        |_| b"\x17\x03\x03\xff\xff and so on".to_vec(),
        |_| Some(RecordOverflow),
    ),
    (
        "a fatal alert",
        |pair| {
            pair.forger
                .seal(Alert, &[2, u8::from(HandshakeFailure)])
        },
        |_| None,
    ),
    (
        "an alert of unknown level",
        |pair| {
            pair.forger
                .seal(Alert, &[3, u8::from(HandshakeFailure)])
        },
        |_| Some(IllegalParameter),
    ),
];

const SECRET: &[u8] = b"secret plaintext";

fn bad_record(pair: &mut Pair) -> Vec<u8> {
    let mut record = pair
        .forger
        .seal(ApplicationData, SECRET);
    *record.last_mut().expect("a tag") ^= 1;
    record
}

/// Checks that the reader returns `error` for any input, and leaves the input untouched.
fn assert_repeats(reader: &mut Reader, error: &Error, good: &[u8]) {
    for incoming in [good, &good[..3], b""] {
        let (mut buffer, mut out) = (incoming.to_vec(), [FILL; 100]);
        assert_eq!(
            reader
                .read(&mut buffer)
                .expect_err("a repeated error"),
            *error
        );
        let again = reader.read_into(&mut buffer, &mut out);
        assert_eq!(again.expect_err("a repeated error"), *error);
        assert_eq!(buffer, incoming);
        assert!(is_untouched(&out));
    }
    assert_eq!(reader.end_of_input(), Err(Truncated));
}

/// Checks that the writer returns `error` for every call but a flush.
fn assert_failed(writer: &mut Writer, error: &Error) {
    let is_error = |err: &WriteError| matches!(err, WriteError::Failed(why) if **why == *error);
    assert!(refuses_everything(writer, is_error));
    // `close_notify` would seal the alert.
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

/// Checks that the writer sends `alert`, and then only returns `error`.
///
/// Clients call `flush` and servers `close_notify`, with the same outcome.
fn assert_ends(pair: &mut Pair, error: &Error, alert: Option<AlertDescription>) {
    let send_alert = |writer: &mut Writer, out: &mut [u8]| match pair.role {
        Role::Client => writer.flush(out),
        Role::Server => writer.close_notify(out),
    };
    assert_eq!(pair.writer.owes(), alert.is_some());
    assert_failed(&mut pair.writer, error);
    if let Some(alert) = alert {
        // Neither those calls nor one without room have lost the alert.
        assert!(pair.writer.owes());
        let len = pair.forger.twin.encrypted_len(2);
        let mut out = vec![FILL; len - 1];
        assert_eq!(required(send_alert(&mut pair.writer, &mut out)), len);
        assert!(is_untouched(&out));
        let mut out = vec![FILL; len + 9];
        assert_eq!(
            send_alert(&mut pair.writer, &mut out).expect("room for it"),
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
        assert_failed(&mut pair.writer, error);
    }
}

#[test]
fn a_failure_sends_one_alert_and_is_repeated_for_ever() {
    for (what, record, alert) in CASES {
        for into in [false, true] {
            println!("{what}, into: {into}");
            for_each_pair(|setup, mut pair| {
                let mut incoming = record(&mut pair);
                let mut out = [FILL; 100];
                let error = match into {
                    false => pair.reader.read(&mut incoming),
                    true => pair
                        .reader
                        .read_into(&mut incoming, &mut out),
                };
                let error = error.expect_err("a failure");
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
                assert_repeats(&mut pair.reader, &error, &good);
                assert_ends(&mut pair, &error, alert(setup));
                assert_repeats(&mut pair.reader, &error, &good);
            });
        }
    }
}

#[test]
fn a_record_that_is_not_authentic_is_wiped() {
    for_each_pair(|setup, mut pair| {
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
fn data_before_a_bad_record_is_read() {
    for_each_pair(|_, mut pair| {
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
        assert_ends(&mut pair, &Error::DecryptError, Some(BadRecordMac));
    });
}

#[test]
fn an_alert_replaces_an_owed_answer() {
    // With and without a look of the writer at the shared state before.
    for writer_looks in [false, true] {
        for_each_tls13_pair(|_, mut pair| {
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            assert!(!writer_looks || pair.writer.owes());
            let bad = bad_record(&mut pair);
            assert_eq!(pair.read(&bad), Err(Error::DecryptError));
            assert_ends(&mut pair, &Error::DecryptError, Some(BadRecordMac));
        });
    }
}

#[test]
fn an_alert_replaces_an_owed_close_notify() {
    for_each_pair(|_, mut pair| {
        assert!(
            pair.writer
                .close_notify(&mut [])
                .is_err()
        );
        let bad = bad_record(&mut pair);
        assert_eq!(pair.read(&bad), Err(Error::DecryptError));
        assert_ends(&mut pair, &Error::DecryptError, Some(BadRecordMac));
    });
}

#[test]
fn the_alert_can_be_sealed_after_the_reader_is_gone() {
    for_each_pair(|_, mut pair| {
        let bad = bad_record(&mut pair);
        assert_eq!(pair.read(&bad), Err(Error::DecryptError));
        drop(pair.reader);
        let tls = sealed(|out| pair.writer.flush(out)).expect("an alert");
        let alert = (Alert, vec![2, u8::from(BadRecordMac)]);
        assert_eq!(pair.forger.opened(&tls), [alert]);
    });
}
