//! Buffers in which more follows the last record of the handshake.

use std::io::Write;
use std::mem;

use rustls::{Connection, HandshakeKind, ProtocolVersion};
use testing::{Configs, Endpoint, Peer, Role, few_setups, pattern};

use crate::kinds::{Kind, each_kind};
use crate::{converse, deliver, records, shake_hands};

/// Shakes hands with a peer that speaks as soon as it may, so that what it says is in one buffer with the end of its
/// handshake. No more than `first` bytes of its last record come with it, and the others by themselves.
///
/// Returns whether that buffer is the one that completed the handshake.
fn is_told_behind(
    direct: &mut dyn Endpoint,
    peer: &mut Peer,
    configs: &Configs,
    speak: impl Fn(&mut Peer),
    first: usize,
) -> bool {
    let mut behind = None;
    shake_hands(direct, peer, |direct, peer, mut flight| {
        let mut late = Vec::new();
        if behind.is_none() && may_write(peer, configs) {
            behind = Some(!direct.is_direct());
            speak(peer);
            flight.extend(peer.write());
            let last = records(&flight)
                .last()
                .expect("words")
                .len();
            late = flight.split_off(flight.len() - last.saturating_sub(first));
        }
        deliver(direct, [&flight[..], &late]);
    });
    behind.expect("it has spoken")
}

/// Whether what is written now is sealed and sent now.
fn may_write(peer: &Peer, configs: &Configs) -> bool {
    let conn = &peer.conn;
    let half_rtt = matches!(conn, Connection::Server(_)) && configs.server.send_half_rtt_data;
    !conn.is_handshaking() || (half_rtt && conn.negotiated_cipher_suite().is_some())
}

/// Whether the peer has the last word in such a handshake, so that its data can be right behind it.
fn peer_ends(kind: &Kind, configs: &Configs, direct: &dyn Endpoint, role: Role) -> bool {
    match direct.agreed().version {
        Some(ProtocolVersion::TLSv1_3) => role == Role::Server || configs.server.send_half_rtt_data,
        _ => (role == Role::Client) == (kind.is == HandshakeKind::Full),
    }
}

/// Whole records and the beginning of one more, of 16 KiB each at the most.
fn data() -> Vec<u8> {
    pattern(40_000)
}

fn write(peer: &mut Peer, data: &[u8]) {
    peer.conn
        .writer()
        .write_all(data)
        .expect("no limit");
}

/// Trap: rustls opens all records that it is shown, and when it is taken over, plaintext that nobody read is dropped.
#[test]
fn application_data_behind_the_handshake_comes_whole() {
    each_kind(&few_setups(), |kind, configs, role| {
        let mut direct = configs.direct(role);
        let mut peer = configs.peer(role.other());
        let speak = |peer: &mut Peer| write(peer, &data());
        let behind = is_told_behind(&mut *direct, &mut peer, configs, speak, usize::MAX);
        assert_eq!(behind, peer_ends(kind, configs, &*direct, role));
        assert!(mem::take(&mut direct.app().received) == data());
        assert!(!direct.app().peer_closed);
        converse(&mut *direct, &mut peer);
    });
}

/// Trap: when rustls is taken over, a close_notify that it has seen is forgotten.
#[test]
fn close_notify_behind_the_handshake_is_seen() {
    for len in [0, data().len()] {
        each_kind(&few_setups(), |kind, configs, role| {
            let mut direct = configs.direct(role);
            let mut peer = configs.peer(role.other());
            let speak = |peer: &mut Peer| {
                write(peer, &data()[..len]);
                peer.conn.send_close_notify();
            };
            let behind = is_told_behind(&mut *direct, &mut peer, configs, speak, usize::MAX);
            assert_eq!(behind, peer_ends(kind, configs, &*direct, role));
            assert!(direct.app().received == data()[..len]);
            assert!(direct.app().peer_closed);

            assert!(direct.is_direct());
            let last_words = direct.send(b"we may still speak");
            peer.read(&last_words)
                .expect("rustls opens what we sealed");
            assert_eq!(peer.received, b"we may still speak");
        });
    }
}

/// Trap: the last status of a handshake has bytes to discard, and no more than those.
#[test]
fn a_part_of_a_record_behind_the_handshake_is_kept_until_the_rest_comes() {
    let words = pattern(100);
    // A part of the header, the header, and more.
    for first in [1, 4, 5, 6, 40] {
        each_kind(&few_setups(), |kind, configs, role| {
            let mut direct = configs.direct(role);
            let mut peer = configs.peer(role.other());
            let speak = |peer: &mut Peer| write(peer, &words);
            let behind = is_told_behind(&mut *direct, &mut peer, configs, speak, first);
            assert_eq!(behind, peer_ends(kind, configs, &*direct, role));
            assert!(mem::take(&mut direct.app().received) == words);
            converse(&mut *direct, &mut peer);
        });
    }
}
