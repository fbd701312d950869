//! Is change_cipher_spec dropped in a TLS 1.3 handshake and refused after it? RFC 8446 s5.

use std::mem;

use rustls::{AlertDescription, ContentType, Error, PeerMisbehaved};
use testing::{Endpoint, Peer, Role, Setup, one_setup_per_version};

use crate::{deliver, exchange_data, records, shake_hands};

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];

/// Runs `test` with a setup for each library and version, and each role of ours.
fn for_each_setup_and_role(test: impl Fn(&Setup, Role)) {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&setup, role);
        }
    }
}

#[test]
fn an_additional_change_cipher_spec_is_dropped_anywhere_in_a_handshake() {
    for_each_setup_and_role(|setup, role| {
        if !setup.is_tls13() {
            return;
        }
        for at in 0..4 {
            let (mut direct, mut peer) = (setup.direct(role), Peer::new(setup, role.other()));
            let mut before = 0;
            let mut inserted = false;
            shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
                for record in records(&flight) {
                    if before == at && before > 0 && !direct.is_direct() {
                        inserted = true;
                        deliver(direct, [&CHANGE_CIPHER_SPEC[..]]);
                    }
                    deliver(direct, [record]);
                    before += 1;
                }
            });
            // It can be inserted after the hello and after the peer's own record, and nowhere else.
            assert_eq!(inserted, (1..=2).contains(&at), "{at}");
            exchange_data(&mut *direct, &mut peer);
        }
    });
}

/// Delivers the peer's flights except the record that completes the handshake, and returns that record.
fn all_but_the_last_record(setup: &Setup, role: Role) -> (Box<dyn Endpoint>, Peer, Vec<u8>) {
    let mut rounds = 0;
    let (mut direct, mut peer) = (setup.direct(role), Peer::new(setup, role.other()));
    shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
        rounds += usize::from(!direct.is_direct());
        deliver(direct, [&flight[..]]);
    });

    let (mut direct, mut peer) = (setup.direct(role), Peer::new(setup, role.other()));
    let mut last = Vec::new();
    while rounds > 0 {
        direct
            .run()
            .expect("a part of a handshake");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a part of a handshake");
        rounds -= 1;
        let flight = peer.write();
        let mut pieces = records(&flight);
        if rounds == 0 {
            last = pieces
                .pop()
                .expect("the last record")
                .to_vec();
        }
        deliver(&mut *direct, pieces);
    }
    assert!(!direct.is_direct());
    (direct, peer, last)
}

#[test]
fn a_change_cipher_spec_directly_after_the_handshake_is_refused() {
    for_each_setup_and_role(|setup, role| {
        let (mut direct, mut peer, last) = all_but_the_last_record(setup, role);
        direct.app().incoming = [&last[..], &CHANGE_CIPHER_SPEC].concat();
        let error = direct
            .run()
            .expect_err("the handshake is complete");
        assert!(
            matches!(
                error,
                Error::InappropriateMessage {
                    got_type: ContentType::ChangeCipherSpec,
                    ..
                }
            ),
            "{error}"
        );
        // The end of the handshake precedes the alert.
        assert_eq!(direct.run(), Err(error));
        assert_eq!(
            peer.read(&mem::take(&mut direct.app().outgoing)),
            Err(Error::AlertReceived(AlertDescription::UnexpectedMessage))
        );
        assert!(!peer.conn.is_handshaking());
    });
}

#[test]
fn a_third_change_cipher_spec_in_a_handshake_is_refused() {
    for_each_setup_and_role(|setup, role| {
        if !setup.is_tls13() {
            return;
        }
        let (mut direct, _, last) = all_but_the_last_record(setup, role);
        // The peer itself has already sent one.
        deliver(&mut *direct, [&CHANGE_CIPHER_SPEC[..]]);
        direct.app().incoming = [&CHANGE_CIPHER_SPEC[..], &last].concat();
        let error = direct.run().expect_err("a third one");
        assert_eq!(
            error,
            PeerMisbehaved::IllegalMiddleboxChangeCipherSpec.into()
        );
        assert_eq!(direct.run(), Err(error));
        assert!(!direct.is_direct());
    });
}
