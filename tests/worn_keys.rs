//! Keys that have sealed as many records as they may, with suites that allow a handful.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use rustls::{CipherSuite, Error, SupportedCipherSuite};
use rustls_direct::unbuffered::EncryptError;
use testing::{Endpoint, Peer, Role, Setup, pattern, room_for, setups};

/// Records that a key may seal. Small, but more than a handshake takes.
const LIMIT: u64 = 10;

/// Our connection under a suite of few records, and rustls under the usual one.
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

fn each(version_13: bool, test: impl Fn(Box<dyn Endpoint>, Peer)) {
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

/// R13-5.5-a: one record after the other, the key is replaced in time, again and again.
#[test]
fn tls13_replaces_a_key_before_it_is_worn_out() {
    each(true, |mut direct, mut peer| {
        let mut sent = Vec::new();
        for i in 0..100_u8 {
            let tls = direct.send(&[i]);
            peer.read(&tls).expect("authentic");
            sent.push(i);
            // What the peer answers to the KeyUpdates.
            let answers = peer.send(&[i]);
            direct.app().incoming.extend(answers);
            direct.run().expect("authentic");
        }
        assert_eq!(peer.received, sent);
        assert_eq!(direct.app().received, sent);
    });
}

/// R13-5.5-a: in the middle of one write as well, whose room is known before.
#[test]
fn tls13_replaces_keys_in_the_middle_of_a_large_write() {
    each(true, |mut direct, mut peer| {
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

/// R12-6.1-a, R13-5.5-a: TLS 1.2 has no other key, so that a write that would need one is refused whole, and close_notify
/// follows by itself.
#[test]
fn tls12_closes_before_its_key_is_worn_out() {
    each(false, |mut direct, mut peer| {
        // The Finished and eight records of data, so that one number is left for close_notify.
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

        // Reading goes on.
        direct.app().incoming = peer.send(b"still here");
        direct.run().expect("authentic");
        assert_eq!(direct.app().received, b"still here");
    });
}

/// The last number is not for data, but for close_notify it is.
#[test]
fn tls12_seals_data_up_to_the_last_number_but_one() {
    each(false, |mut direct, mut peer| {
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

/// rustls seals data with that number too, and its close_notify with one more than the key may seal.
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

/// A fatal alert takes the number that was kept.
#[test]
fn an_alert_can_be_sealed_with_a_worn_key() {
    each(false, |mut direct, mut peer| {
        let tls = direct.send(&pattern(8 * 16_384));
        peer.read(&tls).expect("authentic");
        let (error, alert) = direct.failure(&mut [23, 3, 3, 0, 0]);
        assert_eq!(error, Error::DecryptError);
        let heard = peer.read(&alert).expect_err("an alert");
        assert!(matches!(heard, Error::AlertReceived(_)), "{heard}");
    });
}

/// ChaCha20-Poly1305 may seal as many records as there are sequence numbers.
#[test]
fn the_suites_say_how_many_records_they_allow() {
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
