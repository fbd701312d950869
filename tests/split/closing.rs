//! Can either side close its direction, while the other direction stays open?

use rustls::ContentType::{Alert, ApplicationData};
use rustls::Error;
use rustls_direct::split::{Event, Truncated, WriteError, Writer};
use testing::{Pair, Peer, Role, UPDATE_REQUESTED, sealed, setups};

use crate::{FILL, for_each_pair, for_each_tls13_pair, is_untouched, refuses_everything, required};

const CLOSE_NOTIFY: &[u8] = &[1, 0];

/// Checks that the writer is closed and has nothing to send.
fn assert_closed(writer: &mut Writer) {
    assert!(refuses_everything(writer, |err| matches!(
        err,
        WriteError::Closed
    )));
    let mut out = [FILL; 200];
    let again = writer.close_notify(&mut out);
    assert_eq!(again.expect("already sent"), 0);
    assert_eq!(
        writer
            .flush(&mut out)
            .expect("nothing is owed"),
        0
    );
    assert!(!writer.owes());
    assert!(is_untouched(&out));
}

/// Closes the writer.
fn close(pair: &mut Pair) {
    let tls = sealed(|out| pair.writer.close_notify(out)).expect("a close_notify");
    assert_eq!(pair.forger.opened(&tls), [(Alert, CLOSE_NOTIFY.to_vec())]);
    assert_closed(&mut pair.writer);
}

#[test]
fn nothing_is_written_after_close_notify_and_reading_continues() {
    for_each_pair(|_, mut pair| {
        close(&mut pair);
        for _ in 0..3 {
            pair.reads_data();
        }
        assert_closed(&mut pair.writer);
    });
}

#[test]
fn an_update_after_our_close_notify_is_not_answered() {
    for_each_tls13_pair(|_, mut pair| {
        close(&mut pair);
        pair.read_key_update(UPDATE_REQUESTED);
        assert_closed(&mut pair.writer);
        // Once the writer has looked at the shared state, the reader reports no debt.
        assert!(!pair.read(b"").expect("nothing came"));
        pair.reads_data();
    });
}

#[test]
fn a_close_notify_without_room_is_owed() {
    for_each_pair(|_, mut pair| {
        let len = pair.forger.twin.encrypted_len(2);
        for room in [0, 5, len - 1] {
            let mut out = vec![FILL; room];
            assert_eq!(required(pair.writer.close_notify(&mut out)), len);
            assert_eq!(required(pair.writer.flush(&mut out)), len);
            assert!(is_untouched(&out));
            assert!(pair.writer.owes());
            let refused = pair
                .writer
                .write(b"more", &mut [0; 100]);
            assert!(matches!(refused, Err(WriteError::Closed)), "{refused:?}");
        }
        let tls = match pair.role {
            Role::Client => sealed(|out| pair.writer.flush(out)),
            Role::Server => sealed(|out| pair.writer.close_notify(out)),
        };
        let tls = tls.expect("a close_notify");
        assert_eq!(pair.forger.opened(&tls), [(Alert, CLOSE_NOTIFY.to_vec())]);
        assert_closed(&mut pair.writer);
    });
}

/// Checks that the reader reports the end of the peer's data, and discards `discard` bytes.
fn assert_reads_end(pair: &mut Pair, tls: &[u8], discard: usize) {
    for into in [false, true] {
        let (mut incoming, mut out) = (tls.to_vec(), [FILL; 100]);
        let received = match into {
            false => pair.reader.read(&mut incoming),
            true => pair
                .reader
                .read_into(&mut incoming, &mut out),
        };
        let received = received.expect("no error");
        assert_eq!((received.event, received.discard), (Event::Closed, discard));
        assert!(!received.writer_owes);
        assert_eq!(incoming[discard..], tls[discard..], "not read");
        assert_eq!(pair.reader.end_of_input(), Ok(()));
        if discard > 0 {
            return;
        }
    }
}

#[test]
fn the_peers_close_notify_ends_reading_and_writing_continues() {
    for_each_pair(|_, mut pair| {
        let mut tls = pair.forger.seal(Alert, CLOSE_NOTIFY);
        let len = tls.len();
        // Nothing after this is read.
        tls.extend(
            pair.forger
                .seal(ApplicationData, b"more"),
        );
        tls.extend(b"not a record");
        assert_reads_end(&mut pair, &tls, len);
        for _ in 0..3 {
            assert_reads_end(&mut pair, &tls[len..], 0);
            assert_reads_end(&mut pair, b"", 0);
            pair.writes_data();
        }
        close(&mut pair);
        assert_reads_end(&mut pair, b"", 0);
    });
}

#[test]
fn data_before_the_peers_close_notify_is_read_first() {
    for_each_pair(|_, mut pair| {
        let mut tls = pair
            .forger
            .seal(ApplicationData, b"last");
        let len = tls.len();
        tls.extend(pair.forger.seal(Alert, CLOSE_NOTIFY));
        let received = pair
            .reader
            .read(&mut tls)
            .expect("data");
        assert_eq!(
            (received.event, received.discard),
            (Event::Data(b"last"), len)
        );
        assert_eq!(pair.reader.end_of_input(), Err(Truncated));
        let rest = tls.split_off(len);
        assert_reads_end(&mut pair, &rest, rest.len());
    });
}

#[test]
fn an_end_without_close_notify_is_a_truncation() {
    for_each_pair(|_, mut pair| {
        assert_eq!(pair.reader.end_of_input(), Err(Truncated));
        let close = pair.forger.seal(Alert, CLOSE_NOTIFY);
        for cut in 0..close.len() {
            let mut incoming = close[..cut].to_vec();
            let received = pair.reader.read(&mut incoming);
            let received = received.expect("no error").event;
            assert_eq!(received, Event::Incomplete);
            assert_eq!(pair.reader.end_of_input(), Err(Truncated));
        }
        // The truncation causes no alert, and writing can continue.
        assert!(!pair.writer.owes());
        pair.writes_data();
        assert_reads_end(&mut pair, &close, close.len());
    });
}

#[test]
fn a_bad_record_after_our_close_notify_is_not_answered() {
    for_each_pair(|_, mut pair| {
        close(&mut pair);
        let mut bad = pair
            .forger
            .seal(ApplicationData, b"data");
        *bad.last_mut().expect("a tag") ^= 1;
        assert_eq!(pair.read(&bad), Err(Error::DecryptError));
        assert!(!pair.writer.owes());
        let refused = pair.writer.flush(&mut [0; 100]);
        assert!(
            matches!(&refused, Err(WriteError::Failed(error)) if **error == Error::DecryptError),
            "{refused:?}"
        );
    });
}

#[test]
fn rustls_accepts_and_sends_close_notify() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut peer = Peer::new(&setup, role.other());
            let (mut reader, mut writer) = setup.split(role, &mut peer);
            let tls = sealed(|out| writer.close_notify(out)).expect("a close_notify");
            peer.read(&tls).expect("a close_notify");
            assert!(peer.closed);

            let mut tls = peer.send(b"last");
            peer.conn.send_close_notify();
            tls.extend(peer.write());
            let received = reader.read(&mut tls).expect("data");
            assert_eq!(received.event, Event::Data(b"last"));
            let discard = received.discard;
            let received = reader
                .read(&mut tls[discard..])
                .expect("a close_notify");
            assert_eq!(received.event, Event::Closed);
            assert_eq!(reader.end_of_input(), Ok(()));
        }
    }
}
