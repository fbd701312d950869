//! Does rustls open our records, and do we open rustls's?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use testing::{Endpoint, Peer, Role, Setup, pattern, setups};

/// Lengths around that of a record, and a few MiB.
const SIZES: [usize; 5] = [1, 16_383, 16_384, 16_385, 3 * 1024 * 1024 + 7];

/// Bytes of a record besides its content.
fn overhead(setup: &Setup) -> usize {
    let name = setup.name();
    match (setup.is_tls13(), name.contains("GCM")) {
        (true, _) => 5 + 1 + 16,
        (false, true) => 5 + 8 + 16,
        (false, false) => 5 + 16,
    }
}

/// Runs `test` with every library, suite and role of ours, after the handshake.
fn for_each_connection(mut test: impl FnMut(&Setup, &mut dyn Endpoint, &mut Peer)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in &setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut peer) = setup.connected(role);
            test(setup, &mut *direct, &mut peer);
            assert!(direct.is_direct());
        }
    }
}

#[test]
fn data_passes_both_ways_at_every_size() {
    for_each_connection(|_, direct, peer| {
        for size in SIZES {
            let data = pattern(size);
            let tls = direct.send(&data);
            peer.read(&tls)
                .expect("rustls opens what we sealed");
            assert!(peer.received == data, "{size} bytes to rustls");
            peer.received.clear();

            let tls = peer.send(&data);
            direct
                .app()
                .incoming
                .extend_from_slice(&tls);
            direct
                .run()
                .expect("we open what rustls sealed");
            assert!(direct.app().received == data, "{size} bytes from rustls");
            assert!(direct.app().incoming.is_empty());
            direct.app().received.clear();
        }
    });
}

#[test]
fn an_empty_write_seals_no_record() {
    for_each_connection(|_, direct, _| {
        assert_eq!(direct.encrypt(&[], &mut []).ok(), Some(0));
    });
}

#[test]
fn data_that_arrives_byte_by_byte_is_complete() {
    for_each_connection(|_, direct, peer| {
        let data = pattern(1000);
        for byte in peer.send(&data) {
            direct.app().incoming.push(byte);
            direct
                .run()
                .expect("a part of a record");
        }
        assert_eq!(direct.app().received, data);
    });
}

/// R13-6.1-a: and only once.
#[test]
fn our_close_notify_reaches_the_peer_once() {
    for_each_connection(|_, direct, peer| {
        let last = direct.send(b"the end");
        let close = direct.close();
        assert_eq!(
            direct.close_notify(&mut [0; 64]).ok(),
            Some(0),
            "a second close_notify"
        );
        assert!(
            direct
                .encrypt(b"more", &mut [0; 64])
                .is_err(),
            "data after close_notify"
        );
        peer.read(&last).unwrap();
        assert!(!peer.closed);
        peer.read(&close).unwrap();
        assert!(peer.closed);
        assert_eq!(peer.received, b"the end");

        // The other direction stays open.
        let tls = peer.send(b"still here");
        direct
            .app()
            .incoming
            .extend_from_slice(&tls);
        direct.run().unwrap();
        assert_eq!(direct.app().received, b"still here");
        assert!(!direct.app().peer_closed);
    });
}

#[test]
fn the_peers_close_notify_is_reported() {
    for_each_connection(|_, direct, peer| {
        let mut tls = peer.send(b"the end");
        peer.conn.send_close_notify();
        tls.extend(peer.write());
        tls.extend_from_slice(b"not read any more");
        direct
            .app()
            .incoming
            .extend_from_slice(&tls);
        direct.run().unwrap();
        assert_eq!(direct.app().received, b"the end");
        assert!(direct.app().peer_closed);

        let reply = direct.send(b"more data");
        peer.read(&reply).unwrap();
        assert_eq!(peer.received, b"more data");
    });
}

#[test]
fn max_fragment_size_is_kept_and_counts_the_header() {
    for setup in setups() {
        for role in Role::BOTH {
            let mut direct = setup
                .clone()
                .with_max_fragment_size(100)
                .direct(role);
            let mut peer = Peer::new(&setup, role.other());
            peer.talk_to(&mut *direct).unwrap();
            assert!(direct.is_direct());

            let data = pattern(1000);
            let tls = direct.send(&data);
            // Each record has 95 bytes of content and 5 of header, before protection.
            assert_eq!(
                tls.len(),
                data.len() + 11 * overhead(&setup),
                "{}",
                setup.name()
            );
            peer.read(&tls).unwrap();
            assert_eq!(peer.received, data);
        }
    }
}

#[test]
fn a_peer_may_split_its_handshake_and_tickets_over_tiny_records() {
    for setup in setups() {
        for role in Role::BOTH {
            let small = setup.clone().with_max_fragment_size(32);
            let mut direct = setup.direct(role);
            let mut peer = Peer::new(&small, role.other());
            peer.talk_to(&mut *direct).unwrap();
            assert!(direct.is_direct(), "{}", setup.name());

            let data = pattern(100);
            let tls = peer.send(&data);
            direct
                .app()
                .incoming
                .extend_from_slice(&tls);
            direct.run().unwrap();
            assert_eq!(direct.app().received, data);
        }
    }
}
