//! What happens to worn-out keys, with suites that allow few records per key?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use rustls::{CipherSuite, Error, SupportedCipherSuite};
use rustls_direct::unbuffered::EncryptError;
use testing::{Endpoint, Peer, Role, Setup, pattern, room_for, setups};

/// Records that a key may seal: few, but more than a handshake needs.
const LIMIT: u64 = 10;

/// A connection of ours with a limited suite, and rustls with the usual one.
fn connected(setup: &Setup, role: Role) -> (Box<dyn Endpoint>, Peer) {
    let limited = setup
        .clone()
        .with_confidentiality_limit(LIMIT);
    let mut direct = limited.direct(role);
    let mut peer = Peer::new(setup, role.other());
    peer.talk_to(&mut *direct)
        .expect("a handshake");
    assert!(direct.is_direct());
    (direct, peer)
}

fn for_each_version(version_13: bool, test: impl Fn(Box<dyn Endpoint>, Peer)) {
    for setup in setups() {
        if setup.is_tls13() == version_13 {
            for role in Role::BOTH {
                println!("{} {role:?}", setup.name());
                let (direct, peer) = connected(&setup, role);
                test(direct, peer);
            }
        }
    }
}

/// R13-5.5-a: record by record, the key is replaced in time, again and again.
#[test]
fn tls13_replaces_a_key_before_it_is_worn_out() {
    for_each_version(true, |mut direct, mut peer| {
        let mut sent = Vec::new();
        for i in 0..100_u8 {
            let tls = direct.send(&[i]);
            peer.read(&tls).expect("authentic");
            sent.push(i);
            // The peer's answers to the KeyUpdates.
            let answers = peer.send(&[i]);
            direct.app().incoming.extend(answers);
            direct.run().expect("authentic");
        }
        assert_eq!(peer.received, sent);
        assert_eq!(direct.app().received, sent);
    });
}

/// R13-5.5-a: likewise in the middle of a write, whose required room is known before.
#[test]
fn tls13_replaces_keys_in_the_middle_of_a_large_write() {
    for_each_version(true, |mut direct, mut peer| {
        for records in [1, 8, 9, 10, 11, 25, 50] {
            let data = pattern(records * 16_384);
            let required = room_for(direct.encrypt(&data, &mut []));
            assert_eq!(
                room_for(direct.encrypt(&data, &mut vec![0; required - 1])),
                required
            );
            let tls = direct.send(&data);
            assert_eq!(tls.len(), required);
            peer.received.clear();
            peer.read(&tls).expect("authentic");
            assert!(peer.received == data);
        }
    });
}

/// R12-6.1-a, R13-5.5-a: TLS 1.2 has no other key, so a write that needs one is refused whole, and a close_notify
/// follows.
#[test]
fn tls12_closes_before_its_key_is_worn_out() {
    for_each_version(false, |mut direct, mut peer| {
        // Finished and eight records of data, so that one sequence number is left for close_notify.
        let tls = direct.send(&pattern(7 * 16_384));
        peer.read(&tls).expect("authentic");
        let mut out = vec![0xee; 70_000];
        let refused = direct.encrypt(&pattern(3 * 16_384), &mut out);
        assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));
        assert!(out.iter().all(|byte| *byte == 0xee));

        direct.run().expect("the close_notify");
        assert!(!direct.app().outgoing.is_empty());
        peer.read(&direct.app().outgoing)
            .expect("authentic");
        assert!(peer.closed);
        assert!(peer.received == pattern(7 * 16_384));
        let refused = direct.encrypt(b"x", &mut out);
        assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));

        // Reading continues.
        direct.app().incoming = peer.send(b"still here");
        direct.run().expect("authentic");
        assert_eq!(direct.app().received, b"still here");
    });
}

/// The last sequence number is not for data, but for close_notify.
#[test]
fn tls12_seals_data_up_to_the_last_but_one_sequence_number() {
    for_each_version(false, |mut direct, mut peer| {
        let tls = direct.send(&pattern(8 * 16_384));
        peer.read(&tls).expect("authentic");
        let refused = direct.encrypt(b"x", &mut [0; 64]);
        assert!(matches!(refused, Err(EncryptError::EncryptExhausted)));
        direct.run().expect("the close_notify");
        peer.read(&direct.app().outgoing)
            .expect("authentic");
        assert!(peer.closed);
    });
}

/// rustls also seals data with that number, and its close_notify with one more than the key may seal.
#[test]
fn tls12_stops_one_record_before_rustls() {
    for setup in setups()
        .into_iter()
        .filter(|setup| !setup.is_tls13())
    {
        let (mut direct, _) = connected(&setup, Role::Server);
        let ours = (0..LIMIT)
            .take_while(|_| {
                direct
                    .encrypt(b"x", &mut [0; 64])
                    .is_ok()
            })
            .count();

        let mut direct = setup.direct(Role::Server);
        let limited = setup
            .clone()
            .with_confidentiality_limit(LIMIT);
        let mut peer = Peer::new(&limited, Role::Client);
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        for _ in 0..LIMIT {
            direct
                .app()
                .incoming
                .extend(peer.send(b"x"));
        }
        direct.run().expect("authentic");
        assert!(direct.app().peer_closed);
        assert_eq!(direct.app().received.len(), ours + 1);
    }
}

/// A fatal alert uses the reserved number.
#[test]
fn an_alert_can_be_sealed_with_a_worn_key() {
    for_each_version(false, |mut direct, mut peer| {
        let tls = direct.send(&pattern(8 * 16_384));
        peer.read(&tls).expect("authentic");
        let (error, alert) = direct.failure(&mut [23, 3, 3, 0, 0]);
        assert_eq!(error, Error::DecryptError);
        let outcome = peer.read(&alert).expect_err("an alert");
        assert!(matches!(outcome, Error::AlertReceived(_)), "{outcome}");
    });
}

/// A ChaCha20-Poly1305 key may seal as many records as there are sequence numbers.
#[test]
fn suites_have_the_limits_of_rustls() {
    for setup in setups() {
        let limit = match setup.suite {
            SupportedCipherSuite::Tls12(suite) => suite.common.confidentiality_limit,
            SupportedCipherSuite::Tls13(suite) => suite.common.confidentiality_limit,
        };
        let expected = match setup.id() {
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => u64::MAX,
            _ => 1 << 24,
        };
        assert_eq!(limit, expected);
    }
}
