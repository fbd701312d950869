//! Are keys and sequence numbers taken over at the right time, and only then?

use std::collections::HashSet;

use rustls::ContentType;
use rustls::ContentType::{Alert, ApplicationData};
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use testing::{Fixture, Forger, Implementation, Peer, Role, Target, seal, setups};

use super::pair::Pair;

/// HO-e: the first records have the sequence numbers after those of the handshake.
#[test]
fn sequence_numbers_continue_after_the_handshake() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut fixture = Fixture::new(Implementation::StateMachine, &setup, role);
            let (sends, opens) = (fixture.forger.twin.seq(), fixture.forger.sealer.seq());
            match (setup.is_tls13(), role) {
                (false, _) => assert_eq!((sends, opens), (1, 1)),
                // The server sends tickets.
                (true, Role::Client) => assert!(sends == 0 && opens > 0),
                (true, Role::Server) => assert!(sends > 0 && opens == 0),
            }
            let sent = fixture.target.write(b"first");
            let expected = OutboundRecord::new(ApplicationData, b"first"[..].into());
            assert_eq!(sent, Ok(seal(&mut fixture.forger.twin, expected)));
            fixture
                .receive(ApplicationData, b"first")
                .expect("the peer's first");
            assert_eq!(fixture.target.received(), b"first");
        }
    }
}

/// Runs `test` with a TLS 1.3 server that has sent its first flight, and then delivers the client's last flight and
/// data.
fn with_server_waiting_for_finished(test: impl Fn(&mut dyn Target, &mut Peer)) {
    Pair::each(|pair| {
        if !pair.setup.is_tls13() || pair.role == Role::Client {
            return;
        }
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        target
            .receive(&peer.write())
            .expect("a ClientHello");
        peer.read(&target.answer())
            .expect("the server's flight");
        test(&mut target, &mut peer);
        target
            .receive(&peer.send(b"in"))
            .expect("a flight, and data");
        assert!(target.is_direct());
        assert_eq!(target.received(), b"in");
    });
}

/// HO-e: rustls seals the data that a server sends before the client's Finished, and those sequence numbers count.
#[test]
fn sequence_numbers_continue_after_half_rtt_data() {
    with_server_waiting_for_finished(|target, peer| {
        for data in [&b"one, "[..], b"two, "] {
            let early = target.write(data).expect("to write");
            assert!(!target.is_direct());
            peer.read(&early).expect("early data");
        }
        assert_eq!(peer.received, b"one, two, ");
        target
            .receive(&peer.write())
            .expect("the client's flight");
        assert!(target.is_direct());
        // The tickets have the sequence numbers between.
        let sent = target.write(b"three");
        peer.read(&sent.expect("to write"))
            .expect("in order");
        assert_eq!(peer.received, b"one, two, three");
    });
}

/// HO-g: a server that has closed during the handshake stays closed, and still reads.
#[test]
fn a_side_that_was_closed_during_the_handshake_stays_closed() {
    with_server_waiting_for_finished(|target, peer| {
        assert_eq!(target.close(), b"", "not before the handshake is complete");
        target
            .write(b"more")
            .expect_err("closed");
        target
            .receive(&peer.write())
            .expect("the client's flight");
        assert!(target.is_direct());
        target
            .write(b"more")
            .expect_err("closed");
        let flight = peer.send(b"still read");
        target
            .receive(&flight)
            .expect("to be read");
        assert_eq!(target.received(), b"still read");
    });
}

/// R13-6.1-b: nothing follows its close_notify, not even the tickets that usually end a handshake.
#[test]
fn no_ticket_follows_a_close_notify_during_the_handshake() {
    with_server_waiting_for_finished(|target, peer| {
        assert_eq!(target.close(), b"");
        target
            .receive(&peer.write())
            .expect("the client's flight");
        // The tickets, and then the close_notify.
        peer.read(&target.answer())
            .expect("in order");
        assert!(peer.closed);
        assert_eq!(target.close(), b"");
        assert_eq!(target.answer(), b"");
    });
}

/// HO-h: nothing is taken over before the last flight, and everything with it, whatever the config allows.
#[test]
fn nothing_is_taken_over_before_the_handshake_is_complete() {
    Pair::each(|pair| {
        let mut pair = pair.clone();
        pair.configs
            .client
            .enable_secret_extraction = false;
        pair.configs
            .server
            .enable_secret_extraction = false;
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        let (last, before) = flight.split_last().expect("a flight");
        target
            .receive(before)
            .expect("a part of a flight");
        assert!(!target.is_direct());
        target
            .receive(&[*last])
            .expect("the rest");
        assert!(target.is_direct());
    });
}

/// HO-h: nor can a connection be split before that.
#[cfg(feature = "std")]
#[test]
fn nothing_is_split_before_the_handshake_is_complete() {
    use rustls_direct::split::SplitError;
    use testing::shake_hands;

    Pair::each(|pair| match pair.role {
        Role::Client => {
            let refused = pair.configs.client().split();
            let SplitError { connection, .. } = refused.expect_err("too early");
            let mut connection = *connection;
            shake_hands(&mut connection, &mut pair.peer());
            connection.split().expect("late enough");
        }
        Role::Server => {
            let refused = pair.configs.server().split();
            let SplitError { connection, .. } = refused.expect_err("too early");
            let mut connection = *connection;
            shake_hands(&mut connection, &mut pair.peer());
            connection.split().expect("late enough");
        }
    });
}

/// HO-i: warnings that rustls has counted in the handshake no longer count. rustls allows four of them, and so do we.
#[test]
fn warnings_in_the_handshake_do_not_count() {
    const USER_CANCELED: [u8; 2] = [1, 90];
    Pair::each(|pair| {
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let unprotected = [&[21, 3, 3, 0, 2][..], &USER_CANCELED].concat();
        target
            .receive(&unprotected.repeat(4))
            .expect("warnings");
        let flight = pair.last_flight(&mut target, &mut peer);
        target
            .receive(&flight)
            .expect("a flight");
        pair.finish(&mut target, &mut peer);
        assert!(target.is_direct());

        let mut forger = Forger::new(&pair.setup, peer);
        for _ in 0..4 {
            target
                .receive(&forger.seal(Alert, &USER_CANCELED))
                .expect("a warning");
        }
        target
            .receive(&forger.seal(Alert, &USER_CANCELED))
            .expect_err("one too many");
    });
}

/// HO-j: the explicit nonces of TLS 1.2 continue after that of Finished, and none is used twice.
#[test]
fn explicit_nonces_continue_after_that_of_finished() {
    Pair::each(|pair| {
        if pair.setup.is_tls13() || !format!("{:?}", pair.setup.id()).contains("GCM") {
            return;
        }
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let mut sent = Vec::new();
        loop {
            let to_peer = target.answer();
            peer.read(&to_peer)
                .expect("a handshake");
            let to_target = peer.write();
            target
                .receive(&to_target)
                .expect("a handshake");
            sent.extend_from_slice(&to_peer);
            if to_peer.is_empty() && to_target.is_empty() {
                break;
            }
        }
        assert!(target.is_direct());
        for _ in 0..100 {
            sent.extend(target.write(b"data").expect("to write"));
        }
        sent.extend(target.close());

        let nonces: Vec<u64> = protected(&sent)
            .map(|payload| u64::from_be_bytes(*payload.first_chunk().expect("a nonce")))
            .collect();
        // Finished, the data, and close_notify.
        assert_eq!(nonces.len(), 102);
        let of_finished = nonces[0];
        for (seq, nonce) in (0..).zip(&nonces) {
            assert_eq!(nonce ^ seq, of_finished);
        }
        let different: HashSet<_> = nonces.iter().collect();
        assert_eq!(different.len(), nonces.len());
    });
}

/// The payloads of the records after the change_cipher_spec.
fn protected(mut sent: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_protected = false;
    std::iter::from_fn(move || {
        while let Some(header) = RecordHeader::read(sent) {
            let (record, rest) = sent.split_at(HEADER_LEN + header.payload_len());
            sent = rest;
            if is_protected {
                return Some(&record[HEADER_LEN..]);
            }
            is_protected = header.typ() == ContentType::ChangeCipherSpec;
        }
        None
    })
}
