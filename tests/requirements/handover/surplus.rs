//! What comes right behind the peer's last flight, in the same read from the socket.

use rustls::ContentType::ApplicationData;
use rustls::Error;
use testing::{Forger, Peer, Victim};

use super::pair::Pair;

/// Has rustls read all of `tls`, with an application that does not.
fn read_without_the_application(victim: &mut Peer, mut tls: &[u8]) {
    while !tls.is_empty() {
        victim
            .conn
            .read_tls(&mut tls)
            .expect("room in rustls's buffer");
        victim
            .conn
            .process_new_packets()
            .expect("a flight, and more");
    }
}

/// Takes the secrets of `victim` once it has sent all that it says it has to send.
fn taken_over(pair: &Pair, mut victim: Peer, peer: &mut Peer) -> Forger {
    peer.read(&victim.write())
        .expect("the last flight");
    Forger::new(&pair.setup, victim)
}

/// HO-a: data behind the last flight is delivered. rustls has opened it, and it is gone with rustls.
#[test]
fn data_behind_the_last_flight_is_delivered() {
    Pair::each(|pair| {
        let (mut victim, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut victim, &mut peer);
        let all = [flight, peer.send(b"first"), peer.send(b"second")].concat();
        victim
            .receive(&all)
            .expect("a flight, and data");
        assert!(victim.is_direct());
        assert_eq!(victim.received(), b"firstsecond");
        pair.finish(&mut victim, &mut peer);
        victim
            .receive(&peer.send(b"third"))
            .expect("data");
        assert_eq!(victim.received(), b"third");
    });
    Pair::each(|pair| {
        let (mut victim, mut peer) = (pair.rustls(), pair.peer());
        let flight = pair.last_flight(&mut victim, &mut peer);
        let all = [flight, peer.send(b"first")].concat();
        read_without_the_application(&mut victim, &all);
        let mut taken = taken_over(pair, victim, &mut peer);
        // As if nothing had been before it. The tickets of a server come with it.
        let records = taken.open_all(&peer.send(b"second"));
        assert_eq!(records.last(), Some(&(ApplicationData, b"second".to_vec())));
    });
}

/// HO-c: a record of which only a part is there yet is opened once the rest is. rustls's buffer is gone with rustls.
#[test]
fn a_part_of_a_record_behind_the_last_flight_is_not_lost() {
    Pair::each(|pair| {
        let cuts = 1..pair
            .setup
            .sealer()
            .encrypted_len(b"data".len());
        for cut in cuts {
            let (mut victim, mut peer) = (pair.ours(), pair.peer());
            let flight = pair.last_flight(&mut victim, &mut peer);
            let record = peer.send(b"data");
            let (begin, end) = record.split_at(cut);
            victim
                .receive(&[&flight, begin].concat())
                .expect("a flight, and a part");
            assert!(victim.is_direct());
            assert_eq!(victim.received(), b"");
            victim
                .receive(end)
                .expect("the other part");
            assert_eq!(victim.received(), b"data");
        }
    });
    Pair::each(|pair| {
        let (mut victim, mut peer) = (pair.rustls(), pair.peer());
        let flight = pair.last_flight(&mut victim, &mut peer);
        let record = peer.send(b"data");
        // What is left begins with the length, whose first byte, 0, is no type.
        let (begin, end) = record.split_at(3);
        read_without_the_application(&mut victim, &[&flight, begin].concat());
        let mut taken = taken_over(pair, victim, &mut peer);
        taken
            .opener
            .decrypt_incoming(&mut end.to_vec())
            .expect_err("only the end of a record");
    });
}

/// HO-g: a close_notify behind the last flight is reported, and the other side stays open. rustls's secrets say
/// nothing of it.
#[test]
fn a_close_notify_behind_the_last_flight_is_reported() {
    Pair::each(|pair| {
        let (mut victim, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut victim, &mut peer);
        let all = [flight, peer.send(b"the end"), peer.close()].concat();
        victim.receive(&all).expect("an end");
        assert!(victim.is_direct());
        assert_eq!(victim.received(), b"the end");
        assert!(victim.saw_close());
        peer.read(&victim.answer())
            .expect("the last flight");
        let reply = victim.write(b"one more word");
        peer.read(&reply.expect("to write"))
            .expect("data");
        assert_eq!(peer.received, b"one more word");
    });
    Pair::each(|pair| {
        let (mut victim, mut peer) = (pair.rustls(), pair.peer());
        let flight = pair.last_flight(&mut victim, &mut peer);
        read_without_the_application(&mut victim, &[flight, peer.close()].concat());
        let taken = taken_over(pair, victim, &mut peer);
        assert_ne!(taken.opener.seq(), 0, "the close_notify was counted");
    });
}

/// HO-g: so is a fatal alert, and then the connection is dead.
#[test]
fn a_fatal_alert_behind_the_last_flight_ends_the_connection() {
    use rustls::AlertDescription::UnexpectedMessage;

    Pair::each(|pair| {
        let (mut victim, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut victim, &mut peer);
        // The peer's reason to be angry.
        peer.read(&[99; 5])
            .expect_err("no record");
        let all = [flight, peer.write()].concat();
        let error = victim
            .receive(&all)
            .expect_err("a fatal alert");
        assert!(matches!(error, Error::AlertReceived(_)), "{error}");
        assert_ne!(error, Error::AlertReceived(UnexpectedMessage));
        assert!(!victim.is_direct());
        victim.write(b"more").expect_err("dead");
    });
}
