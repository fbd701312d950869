//! rustls's own providers open the records of these providers, and the other way round.

use openssl_provider::{
    COMBINED_RECORD_PROVIDER, RECORD_PROVIDER, combined_provider, default_provider,
};
use testing::{Endpoint, Peer, Role, Setup, pattern, setups};

/// Around the size of a record, around the size at which the combined provider switches the library, and more than ten
/// records.
const SIZES: [usize; 9] = [1, 2, 3054, 3055, 3056, 16_383, 16_384, 16_385, 200_000];

fn ours() -> Vec<Setup> {
    let openssl = Setup::all_adopted("openssl", default_provider, RECORD_PROVIDER);
    let combined = Setup::all_adopted("combined", combined_provider, COMBINED_RECORD_PROVIDER);
    let ours: Vec<_> = openssl.chain(combined).collect();
    assert_eq!(ours.len(), 2 * 9);
    ours
}

/// Returns the setups of aws-lc-rs and of ring with the same suite.
fn theirs(ours: &Setup) -> Vec<Setup> {
    let mut theirs = setups();
    theirs.retain(|theirs| theirs.id() == ours.id());
    assert_eq!(theirs.len(), 2);
    theirs
}

/// Runs `test` after the handshake, for every suite and role of ours and each library of the peer.
fn each(mut test: impl FnMut(&Setup, &mut dyn Endpoint, &mut Peer)) {
    for ours in ours() {
        for theirs in theirs(&ours) {
            for role in Role::BOTH {
                println!("{} {role:?}, {}", ours.name(), theirs.library);
                let mut direct = ours.direct(role);
                let mut peer = Peer::new(&theirs, role.other());
                peer.talk_to(&mut *direct)
                    .expect("a handshake");
                assert!(direct.is_direct());
                test(&ours, &mut *direct, &mut peer);
                assert!(direct.is_direct());
            }
        }
    }
}

/// Sends `data` in both directions.
fn exchange(direct: &mut dyn Endpoint, peer: &mut Peer, data: &[u8]) {
    let tls = direct.send(data);
    peer.read(&tls)
        .expect("the peer opens our records");
    assert!(peer.received == data, "{} bytes to them", data.len());
    peer.received.clear();

    let tls = peer.send(data);
    direct
        .app()
        .incoming
        .extend_from_slice(&tls);
    direct
        .run()
        .expect("we open the peer's records");
    assert!(
        direct.app().received == data,
        "{} bytes from them",
        data.len()
    );
    direct.app().received.clear();
}

#[test]
fn data_passes_in_both_directions_at_every_size() {
    each(|_, direct, peer| {
        for size in SIZES {
            exchange(direct, peer, &pattern(size));
        }
    });
}

#[test]
fn data_passes_under_new_keys() {
    each(|setup, direct, peer| {
        if !setup.is_tls13() {
            return;
        }
        direct
            .refresh_traffic_keys()
            .expect("a key update");
        peer.talk_to(direct).unwrap();
        exchange(direct, peer, &pattern(100));
        peer.conn
            .refresh_traffic_keys()
            .expect("a key update");
        peer.talk_to(direct).unwrap();
        exchange(direct, peer, &pattern(100));
    });
}

#[test]
fn padding_is_removed() {
    each(|setup, direct, peer| {
        if !setup.is_tls13() {
            return;
        }
        let mut out = [0; 1000];
        let written = direct
            .encrypt_padded(b"hidden", 100, &mut out)
            .expect("room for it");
        assert_eq!(written, 5 + 6 + 1 + 100 + 16);
        peer.read(&out[..written]).unwrap();
        assert_eq!(peer.received, b"hidden");
    });
}

/// rustls's own connections use the provider.
#[test]
fn rustls_works_with_the_complete_provider() {
    for ours in ours() {
        for theirs in theirs(&ours) {
            for role in Role::BOTH {
                let mut one = Peer::new(&ours, role);
                let mut other = Peer::new(&theirs, role.other());
                one.shake_hands(&mut other);
                let data = pattern(50_000);
                other.read(&one.send(&data)).unwrap();
                one.read(&other.send(&data)).unwrap();
                assert!(one.received == data && other.received == data);
            }
        }
    }
}
