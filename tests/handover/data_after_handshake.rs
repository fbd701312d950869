//! Is data delivered that arrives in one buffer with the last record of the handshake?

use std::io::Write;
use std::mem;

use rustls::{Connection, HandshakeKind, ProtocolVersion};
use testing::{Configs, Endpoint, Peer, Role, one_setup_per_version, pattern};

use crate::handshake_kinds::{Kind, each_kind};
use crate::{deliver, exchange_data, records, shake_hands};

/// Completes a handshake with a peer that sends data as soon as it can, in one buffer with the end of its handshake. Of
/// its last record, `first` bytes at most are in that buffer, and the rest follows.
///
/// Returns whether that buffer completed the handshake.
fn handshake_with_data(
    direct: &mut dyn Endpoint,
    peer: &mut Peer,
    configs: &Configs,
    send: impl Fn(&mut Peer),
    first: usize,
) -> bool {
    let mut completes = None;
    shake_hands(direct, peer, |direct, peer, mut flight| {
        let mut late = Vec::new();
        if completes.is_none() && may_write(peer, configs) {
            completes = Some(!direct.is_direct());
            send(peer);
            flight.extend(peer.write());
            let last = records(&flight)
                .last()
                .expect("a record")
                .len();
            late = flight.split_off(flight.len() - last.saturating_sub(first));
        }
        deliver(direct, [&flight[..], &late]);
    });
    completes.expect("the peer sent its data")
}

/// Whether data written now is sealed and sent now.
fn may_write(peer: &Peer, configs: &Configs) -> bool {
    let conn = &peer.conn;
    let half_rtt = matches!(conn, Connection::Server(_)) && configs.server.send_half_rtt_data;
    !conn.is_handshaking() || (half_rtt && conn.negotiated_cipher_suite().is_some())
}

/// Whether the peer sends the last flight of such a handshake, so that its data can directly follow it.
fn peer_sends_last(kind: &Kind, configs: &Configs, direct: &dyn Endpoint, role: Role) -> bool {
    match direct.negotiated().version {
        Some(ProtocolVersion::TLSv1_3) => role == Role::Server || configs.server.send_half_rtt_data,
        _ => (role == Role::Client) == (kind.is == HandshakeKind::Full),
    }
}

/// Two whole records of 16 KiB and the beginning of a third one.
fn data() -> Vec<u8> {
    pattern(40_000)
}

fn write(peer: &mut Peer, data: &[u8]) {
    peer.conn
        .writer()
        .write_all(data)
        .expect("no limit");
}

/// rustls opens all records that it is passed. When it is taken over, it drops plaintext that was not read.
#[test]
fn application_data_after_the_handshake_is_delivered_whole() {
    each_kind(&one_setup_per_version(), |kind, configs, role| {
        let mut direct = configs.direct(role);
        let mut peer = configs.peer(role.other());
        let send = |peer: &mut Peer| write(peer, &data());
        let completes = handshake_with_data(&mut *direct, &mut peer, configs, send, usize::MAX);
        assert_eq!(completes, peer_sends_last(kind, configs, &*direct, role));
        assert!(mem::take(&mut direct.app().received) == data());
        assert!(!direct.app().peer_closed);
        exchange_data(&mut *direct, &mut peer);
    });
}

/// When rustls is taken over, it forgets a close_notify that it has read.
#[test]
fn a_close_notify_after_the_handshake_is_reported() {
    for len in [0, data().len()] {
        each_kind(&one_setup_per_version(), |kind, configs, role| {
            let mut direct = configs.direct(role);
            let mut peer = configs.peer(role.other());
            let send = |peer: &mut Peer| {
                write(peer, &data()[..len]);
                peer.conn.send_close_notify();
            };
            let completes = handshake_with_data(&mut *direct, &mut peer, configs, send, usize::MAX);
            assert_eq!(completes, peer_sends_last(kind, configs, &*direct, role));
            assert!(direct.app().received == data()[..len]);
            assert!(direct.app().peer_closed);

            assert!(direct.is_direct());
            let tls = direct.send(b"written after the peer closed");
            peer.read(&tls)
                .expect("rustls opens what we sealed");
            assert_eq!(peer.received, b"written after the peer closed");
        });
    }
}

/// The last status of a handshake discards the handshake's bytes and no others.
#[test]
fn a_partial_record_after_the_handshake_is_kept_until_the_rest_arrives() {
    let data = pattern(100);
    // A part of the header, the whole header, and more.
    for first in [1, 4, 5, 6, 40] {
        each_kind(&one_setup_per_version(), |kind, configs, role| {
            let mut direct = configs.direct(role);
            let mut peer = configs.peer(role.other());
            let send = |peer: &mut Peer| write(peer, &data);
            let completes = handshake_with_data(&mut *direct, &mut peer, configs, send, first);
            assert_eq!(completes, peer_sends_last(kind, configs, &*direct, role));
            assert!(mem::take(&mut direct.app().received) == data);
            exchange_data(&mut *direct, &mut peer);
        });
    }
}
