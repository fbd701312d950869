//! Handshakes of every kind, with what comes to us in pieces of every size.

use rustls::Connection;
use testing::{Agreed, Configs, Endpoint, Peer, Setup, few_setups, setups};

use crate::kinds::each_kind;
use crate::{converse, deliver, records, shake_hands};

/// Both sides say the same of the handshake, and each knows the other's certificates.
fn agree(direct: &dyn Endpoint, peer: &Peer, configs: &Configs) {
    let [ours, theirs] = [direct.agreed(), Agreed::by_rustls(&peer.conn)];
    let client_auth = configs
        .client
        .client_auth_cert_resolver
        .has_certs();
    match &peer.conn {
        Connection::Server(_) => assert!(ours.peer_certificates.is_some()),
        Connection::Client(_) => assert_eq!(ours.peer_certificates.is_some(), client_auth),
    }
    match client_auth {
        // They show the same chain.
        true => assert_eq!(ours, theirs),
        false => {
            let peer_certificates = ours.peer_certificates.clone();
            assert_eq!(
                ours,
                Agreed {
                    peer_certificates,
                    ..theirs
                }
            );
        }
    }
}

/// Shakes hands with `cut` pieces, and sees whether all is as it has to be.
fn test_with(setups: &[Setup], cut: impl for<'a> Fn(&'a [u8]) -> Vec<&'a [u8]>) {
    each_kind(setups, |kind, configs, role| {
        let mut direct = configs.direct(role);
        let mut peer = configs.peer(role.other());
        shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
            deliver(direct, cut(&flight));
        });
        assert_eq!(direct.agreed().kind, Some(kind.is));
        agree(&*direct, &peer, configs);
        converse(&mut *direct, &mut peer);
    });
}

#[test]
fn every_handshake_with_every_suite() {
    test_with(&setups(), |flight| vec![flight]);
}

#[test]
fn every_handshake_record_by_record() {
    test_with(&few_setups(), records);
}

#[test]
fn every_handshake_byte_by_byte() {
    test_with(&few_setups(), |flight| flight.chunks(1).collect());
}

#[test]
fn every_handshake_in_pieces_of_other_sizes_than_its_records() {
    for len in [2, 7, 48, 50, 1000] {
        test_with(&few_setups(), |flight| flight.chunks(len).collect());
    }
}
