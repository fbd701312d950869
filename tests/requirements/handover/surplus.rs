//! Is input handled that arrives with the peer's last flight, in the same read from the socket?

use rustls::ContentType::ApplicationData;
use rustls::Error;
use testing::{Forger, Peer, Target};

use super::pair::Pair;

/// Lets rustls read all of `tls`, without an application that takes the plaintext.
fn read_without_the_application(target: &mut Peer, mut tls: &[u8]) {
    while !tls.is_empty() {
        target
            .conn
            .read_tls(&mut tls)
            .expect("room in rustls's buffer");
        target
            .conn
            .process_new_packets()
            .expect("a flight, and more");
    }
}

/// Delivers the output of `target`, and takes its secrets.
fn taken_over(pair: &Pair, mut target: Peer, peer: &mut Peer) -> Forger {
    peer.read(&target.write())
        .expect("the last flight");
    Forger::new(&pair.setup, target)
}

/// HO-a: data after the last flight is delivered. rustls opens the data, and drops it with its connection.
#[test]
fn data_after_the_last_flight_is_delivered() {
    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        let all = [flight, peer.send(b"first"), peer.send(b"second")].concat();
        target
            .receive(&all)
            .expect("a flight, and data");
        assert!(target.is_direct());
        assert_eq!(target.received(), b"firstsecond");
        pair.finish(&mut target, &mut peer);
        target
            .receive(&peer.send(b"third"))
            .expect("data");
        assert_eq!(target.received(), b"third");
    });
    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.rustls(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        let all = [flight, peer.send(b"first")].concat();
        read_without_the_application(&mut target, &all);
        let mut taken = taken_over(pair, target, &mut peer);
        // The first data is missing, without an error. A server's tickets precede the second.
        let records = taken.open_all(&peer.send(b"second"));
        assert_eq!(records.last(), Some(&(ApplicationData, b"second".to_vec())));
    });
}

/// HO-c: a partial record is opened once the rest arrives. rustls drops its part with its connection.
#[test]
fn a_partial_record_after_the_last_flight_is_not_lost() {
    Pair::each(|pair| {
        let cuts = 1..pair
            .setup
            .sealer()
            .encrypted_len(b"data".len());
        for cut in cuts {
            let (mut target, mut peer) = (pair.ours(), pair.peer());
            let flight = pair.last_flight(&mut target, &mut peer);
            let record = peer.send(b"data");
            let (begin, end) = record.split_at(cut);
            target
                .receive(&[&flight, begin].concat())
                .expect("a flight, and a part");
            assert!(target.is_direct());
            assert_eq!(target.received(), b"");
            target
                .receive(end)
                .expect("the other part");
            assert_eq!(target.received(), b"data");
        }
    });
    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.rustls(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        let record = peer.send(b"data");
        // The rest begins with the length, whose first byte, 0, is not a content type.
        let (begin, end) = record.split_at(3);
        read_without_the_application(&mut target, &[&flight, begin].concat());
        let mut taken = taken_over(pair, target, &mut peer);
        taken
            .opener
            .decrypt_incoming(&mut end.to_vec())
            .expect_err("only the end of a record");
    });
}

/// HO-g: a close_notify after the last flight is reported, and the other direction stays open. rustls's secrets do not
/// tell of it.
#[test]
fn a_close_notify_after_the_last_flight_is_reported() {
    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        let all = [flight, peer.send(b"the end"), peer.close()].concat();
        target.receive(&all).expect("an end");
        assert!(target.is_direct());
        assert_eq!(target.received(), b"the end");
        assert!(target.saw_close());
        peer.read(&target.answer())
            .expect("the last flight");
        let reply = target.write(b"one more word");
        peer.read(&reply.expect("to write"))
            .expect("data");
        assert_eq!(peer.received, b"one more word");
    });
    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.rustls(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        read_without_the_application(&mut target, &[flight, peer.close()].concat());
        let taken = taken_over(pair, target, &mut peer);
        assert_ne!(taken.opener.seq(), 0, "the close_notify was counted");
    });
}

/// HO-g: a fatal alert ends the connection.
#[test]
fn a_fatal_alert_after_the_last_flight_ends_the_connection() {
    use rustls::AlertDescription::UnexpectedMessage;

    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        // An error of the peer, so that it sends an alert.
        peer.read(&[99; 5])
            .expect_err("not a record");
        let all = [flight, peer.write()].concat();
        let error = target
            .receive(&all)
            .expect_err("a fatal alert");
        assert!(matches!(error, Error::AlertReceived(_)), "{error}");
        assert_ne!(error, Error::AlertReceived(UnexpectedMessage));
        assert!(!target.is_direct());
        target
            .write(b"more")
            .expect_err("failed");
    });
}
