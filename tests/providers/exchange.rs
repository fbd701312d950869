//! An exchange of more than ten records each way, of all shapes.

use rustls::Error;
use testing::{Configs, Endpoint, Peer, Role, pattern};

/// Lengths around that of a record, repeated so that there are many sequence numbers.
const SIZES: [usize; 14] = [
    1, 2, 15, 16, 17, 100, 1000, 1, 16_383, 16_384, 16_385, 1, 40_000, 1,
];

/// Completes a handshake between our connection and rustls's, and exchanges all kinds of records.
pub(crate) fn exchange_all(ours: &Configs, theirs: &Configs, role: Role, runs_direct: bool) {
    let mut direct = ours.direct(role);
    let mut peer = theirs.peer(role.other());
    peer.talk_to(&mut *direct)
        .expect("a handshake");
    assert_eq!(direct.is_direct(), runs_direct);

    exchange_data(&mut *direct, &mut peer);
    if theirs_is_tls13(&peer) {
        send_padded(&mut *direct, &mut peer);
        update_keys(&mut *direct, &mut peer);
    }
    close_both(&mut *direct, &mut peer);
    assert_eq!(direct.is_direct(), runs_direct);
}

fn theirs_is_tls13(peer: &Peer) -> bool {
    peer.conn.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3)
}

pub(crate) fn exchange_data(direct: &mut dyn Endpoint, peer: &mut Peer) {
    for size in SIZES {
        let data = pattern(size);
        to_peer(peer, &direct.send(&data), &data);
        let tls = peer.send(&data);
        from_peer(direct, &tls, &data);
    }
}

fn send_padded(direct: &mut dyn Endpoint, peer: &mut Peer) {
    for (size, padding) in [(1, 1), (5, 100), (1000, 16_384), (16_384, 7), (20_000, 50)] {
        let data = pattern(size);
        let mut tls = vec![0xee; 70_000];
        let written = direct.encrypt_padded(&data, padding, &mut tls);
        tls.truncate(written.expect("room for it"));
        to_peer(peer, &tls, &data);
    }
}

fn update_keys(direct: &mut dyn Endpoint, peer: &mut Peer) {
    for _ in 0..3 {
        direct
            .refresh_traffic_keys()
            .expect("a key update");
        peer.talk_to(direct)
            .expect("a key update");
        peer.conn
            .refresh_traffic_keys()
            .expect("a key update");
        peer.talk_to(direct)
            .expect("a key update");
        exchange_data(direct, peer);
    }
}

fn close_both(direct: &mut dyn Endpoint, peer: &mut Peer) {
    peer.read(&direct.close())
        .expect("close_notify");
    assert!(peer.closed);
    peer.conn.send_close_notify();
    let tls = peer.write();
    from_peer(direct, &tls, b"");
    assert!(direct.app().peer_closed);
}

fn to_peer(peer: &mut Peer, tls: &[u8], data: &[u8]) {
    peer.read(tls).expect("rustls opens it");
    assert!(peer.received == data, "{} bytes to rustls", data.len());
    peer.received.clear();
}

fn from_peer(direct: &mut dyn Endpoint, tls: &[u8], data: &[u8]) {
    direct.app().incoming.extend(tls);
    direct.run().expect("we open it");
    assert!(
        direct.app().received == data,
        "{} bytes from rustls",
        data.len()
    );
    direct.app().received.clear();
}

/// Delivers a record with one flipped bit to our connection, and checks the error and the alert.
pub(crate) fn assert_altered_record_refused(ours: &Configs, theirs: &Configs, role: Role) {
    for bit in [0, 60, 100] {
        let (mut direct, mut peer) = (ours.direct(role), theirs.peer(role.other()));
        peer.talk_to(&mut *direct)
            .expect("a handshake");
        let mut tls = peer.send(b"something to be altered");
        tls[5 + bit / 8] ^= 1 << (bit % 8);
        let (error, alert) = direct.failure(&mut tls);
        assert_eq!(error, Error::DecryptError);
        assert_eq!(
            peer.read(&alert),
            Err(Error::AlertReceived(rustls::AlertDescription::BadRecordMac))
        );
    }
}

/// Completes a handshake between two connections of rustls, and exchanges data.
pub(crate) fn between_rustls(ours: &Configs, theirs: &Configs, role: Role) {
    let mut one = ours.peer(role);
    let mut other = theirs.peer(role.other());
    one.shake_hands(&mut other);
    for size in SIZES {
        let data = pattern(size);
        let tls = one.send(&data);
        to_peer(&mut other, &tls, &data);
        let tls = other.send(&data);
        to_peer(&mut one, &tls, &data);
    }
}
