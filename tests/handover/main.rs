//! Is a connection taken over without loss at the end of every kind of handshake?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod alerts_in_handshake;
#[cfg(feature = "std")]
mod at_thread_end;
mod change_cipher_spec;
mod data_after_handshake;
mod early_client;
mod early_server;
mod every_handshake;
#[cfg(feature = "std")]
mod exporters;
mod forged_flights;
mod getters;
mod half_rtt;
mod handshake_kinds;
mod pitfalls;
mod random_conversations;
mod random_rejected_early_data;
mod rejected_early_data;
mod retained_input;
mod secrets;
#[cfg(feature = "std")]
mod server_name;
#[cfg(feature = "std")]
mod shared_config;

use std::mem;

use testing::{Endpoint, Peer, pattern};

/// Passes bytes between the two until neither sends any more. The peer's flights go through `deliver`.
fn shake_hands(
    direct: &mut dyn Endpoint,
    peer: &mut Peer,
    mut deliver: impl FnMut(&mut dyn Endpoint, &mut Peer, Vec<u8>),
) {
    loop {
        direct
            .run()
            .expect("a part of a handshake");
        let to_peer = mem::take(&mut direct.app().outgoing);
        peer.read(&to_peer)
            .expect("a part of a handshake");
        let flight = peer.write();
        if to_peer.is_empty() && flight.is_empty() {
            return;
        }
        deliver(direct, peer, flight);
    }
}

/// Delivers `pieces` to `direct`, one by one.
fn deliver<'a>(direct: &mut dyn Endpoint, pieces: impl IntoIterator<Item = &'a [u8]>) {
    for piece in pieces {
        direct.app().incoming.extend(piece);
        direct
            .run()
            .expect("a part of a handshake");
    }
}

/// Exchanges data both ways, twice, in one record and in several.
///
/// Each side opens the other's records, so the sequence numbers continue where rustls stopped.
fn exchange_data(direct: &mut dyn Endpoint, peer: &mut Peer) {
    assert!(direct.is_direct());
    assert!(!peer.conn.is_handshaking());
    for len in [1, 100, 40_000, 3] {
        let data = pattern(len);
        let tls = direct.send(&data);
        peer.read(&tls)
            .expect("rustls opens what we sealed");
        assert!(peer.received == data, "{len} bytes to rustls");
        peer.received.clear();

        let tls = peer.send(&data);
        direct.app().incoming.extend(tls);
        direct
            .run()
            .expect("we open what rustls sealed");
        assert!(direct.app().received == data, "{len} bytes from rustls");
        assert!(direct.app().incoming.is_empty());
        direct.app().received.clear();
    }
    assert!(direct.is_direct());
}

/// Splits `flight` into its records.
fn records(mut flight: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let [_, _, _, high, low, ..] = flight {
        let len = 5 + usize::from(u16::from_be_bytes([*high, *low]));
        let (record, rest) = flight.split_at(len);
        records.push(record);
        flight = rest;
    }
    assert!(flight.is_empty());
    records
}
