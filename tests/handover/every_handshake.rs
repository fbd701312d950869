//! Does every kind of handshake complete, whatever the size of the pieces that arrive?

use rustls::Connection;
use testing::{Configs, Endpoint, Negotiated, Peer, Setup, one_setup_per_version, setups};

use crate::handshake_kinds::each_kind;
use crate::{deliver, exchange_data, records, shake_hands};

/// Checks that both sides report the same, and that each has the other's certificates.
fn assert_agreed(direct: &dyn Endpoint, peer: &Peer, configs: &Configs) {
    let [ours, theirs] = [direct.negotiated(), Negotiated::by_rustls(&peer.conn)];
    let client_auth = configs
        .client
        .client_auth_cert_resolver
        .has_certs();
    match &peer.conn {
        Connection::Server(_) => assert!(ours.peer_certificates.is_some()),
        Connection::Client(_) => assert_eq!(ours.peer_certificates.is_some(), client_auth),
    }
    match client_auth {
        // Both sides present the same chain.
        true => assert_eq!(ours, theirs),
        false => {
            let peer_certificates = ours.peer_certificates.clone();
            assert_eq!(
                ours,
                Negotiated {
                    peer_certificates,
                    ..theirs
                }
            );
        }
    }
}

/// Completes handshakes whose input arrives in the pieces that `cut` makes, and checks the outcome.
fn test_in_pieces(setups: &[Setup], cut: impl for<'a> Fn(&'a [u8]) -> Vec<&'a [u8]>) {
    each_kind(setups, |kind, configs, role| {
        let mut direct = configs.direct(role);
        let mut peer = configs.peer(role.other());
        shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
            deliver(direct, cut(&flight));
        });
        assert_eq!(direct.negotiated().kind, Some(kind.is));
        assert_agreed(&*direct, &peer, configs);
        exchange_data(&mut *direct, &mut peer);
    });
}

#[test]
fn every_handshake_completes_with_every_suite() {
    test_in_pieces(&setups(), |flight| vec![flight]);
}

#[test]
fn every_handshake_completes_record_by_record() {
    test_in_pieces(&one_setup_per_version(), records);
}

#[test]
fn every_handshake_completes_byte_by_byte() {
    test_in_pieces(&one_setup_per_version(), |flight| {
        flight.chunks(1).collect()
    });
}

#[test]
fn every_handshake_completes_in_pieces_of_other_sizes_than_its_records() {
    for len in [2, 7, 48, 50, 1000] {
        test_in_pieces(&one_setup_per_version(), |flight| {
            flight.chunks(len).collect()
        });
    }
}
