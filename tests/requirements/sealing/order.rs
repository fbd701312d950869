//! Does each record have its own sequence number, in the order of the wire?

use std::collections::HashSet;

use rustls::ContentType::ApplicationData;
use rustls::{AlertDescription, Error};
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record::HEADER_LEN;
use rustls_direct::record_layer::EncryptionState;
use testing::{Endpoint, Forger, Peer, Role, Setup, seal, setups};

/// Runs `test` with our connection and rustls's for every suite and role.
fn for_each_connection(test: impl Fn(&mut dyn Endpoint, &mut Peer)) {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut peer) = setup.connected(role);
            test(&mut *direct, &mut peer);
        }
    }
}

/// R13-5.3-d: records sealed ahead into separate buffers are opened in the order in which they were sealed. A refused
/// write leaves no gap between them.
#[test]
fn records_sealed_ahead_are_in_order() {
    for_each_connection(|direct, peer| {
        let ahead: Vec<Vec<u8>> = (0..5u8)
            .map(|i| {
                direct
                    .encrypt(&[i], &mut [0; 20])
                    .expect_err("too little room");
                direct.send(&[i])
            })
            .collect();
        for tls in ahead {
            peer.read(&tls).expect("in order");
        }
        assert_eq!(peer.received, [0, 1, 2, 3, 4]);
        assert!(direct.is_direct());
    });
}

/// R13-5.3-d: the peer notices if a sealed record is not sent.
#[test]
fn a_record_that_is_not_sent_is_noticed() {
    for_each_connection(|direct, peer| {
        direct.send(b"never sent");
        let next = direct.send(b"sent");
        assert_eq!(peer.read(&next), Err(Error::DecryptError));
        direct.app().incoming = peer.write();
        let alert = AlertDescription::BadRecordMac;
        assert_eq!(direct.run(), Err(Error::AlertReceived(alert)));
        assert!(!direct.is_direct());
    });
}

/// R13-5.3-c: the next write, with other content, uses the sequence number of a refused write.
#[test]
fn a_refused_write_uses_no_sequence_number() {
    for setup in setups() {
        for role in Role::BOTH {
            let (mut direct, mut forger) = Forger::connected(&setup, role);
            for room in [0, 4, 20] {
                direct
                    .encrypt(b"refused", &mut vec![0; room])
                    .expect_err("too little room");
            }
            let sent = direct.send(b"another");
            let expected = OutboundRecord::new(ApplicationData, b"another"[..].into());
            assert_eq!(sent, seal(&mut forger.twin, expected));
        }
    }
}

/// The explicit nonces of the records with sequence numbers `from` to `to`.
fn explicit_nonces(setup: &Setup, from: u64, to: u64) -> Vec<[u8; 8]> {
    let keys = setup.made_up_keys();
    let mut sealer = EncryptionState::new(setup.records, setup.id(), &keys, from, to + 1)
        .expect("keys of the suite");
    (from..to)
        .map(|_| {
            let record = OutboundRecord::new(ApplicationData, b"data"[..].into());
            let tls = seal(&mut sealer, record);
            *tls[HEADER_LEN..]
                .first_chunk()
                .expect("a nonce")
        })
        .collect()
}

/// R5288-6.2-a: two sealers with the same key have no explicit nonce in common if they have no sequence number in
/// common.
#[test]
fn explicit_nonces_of_different_numbers_are_different() {
    for setup in setups() {
        if setup.is_tls13() || !format!("{:?}", setup.id()).contains("GCM") {
            continue;
        }
        let mut nonces = explicit_nonces(&setup, 0, 300);
        nonces.extend(explicit_nonces(&setup, 300, 600));
        nonces.extend(explicit_nonces(&setup, 1 << 40, (1 << 40) + 300));
        let different: HashSet<_> = nonces.iter().collect();
        assert_eq!(different.len(), 900, "{}", setup.name());
    }
}
