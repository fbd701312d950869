//! Does an altered handshake ever cause a panic?

use std::mem;

use testing::{Peer, Role, Setup, one_setup_per_version};

use crate::outcome;

/// More flights than any handshake has.
const MAX_FLIGHTS: usize = 10;

/// Runs a handshake with rustls, and passes all input of ours through `tamper`. Ends when both sides are silent or one
/// has failed. Returns the length of our input.
///
/// `tamper` receives the length of the input so far.
fn handshake(setup: &Setup, role: Role, tamper: impl Fn(usize, &mut Vec<u8>)) -> usize {
    let mut direct = setup.direct(role);
    let mut peer = Peer::new(setup, role.other());
    let mut before = 0;
    for _ in 0..MAX_FLIGHTS {
        let outcome = outcome(&mut *direct);
        let to_peer = mem::take(&mut direct.app().outgoing);
        let peer_outcome = peer.read(&to_peer);
        if outcome.is_err() {
            // A failed connection sends only its alert.
            assert!(to_peer.is_empty() || peer_outcome.is_err());
            return before;
        }
        let mut flight = peer.write();
        if peer_outcome.is_err() || (to_peer.is_empty() && flight.is_empty()) {
            return before;
        }
        let sent = flight.len();
        tamper(before, &mut flight);
        direct.app().incoming.extend(flight);
        before += sent;
    }
    panic!("more than MAX_FLIGHTS flights");
}

/// The setups, each also with small records, whose messages rustls has to put together.
fn setups() -> Vec<Setup> {
    one_setup_per_version()
        .into_iter()
        .flat_map(|setup| [setup.clone(), setup.with_max_fragment_size(32)])
        .collect()
}

/// Runs `test` with each setup and role, and with the position of each byte of our input in a handshake.
///
/// The length of signatures varies, so there may be one byte less than was counted.
fn each_byte(test: impl Fn(&Setup, Role, usize)) {
    for setup in setups() {
        for role in Role::BOTH {
            let len = handshake(&setup, role, |_, _| ());
            println!("{} {role:?}: {len} bytes", setup.name());
            assert!(len > 200);
            for at in 0..len {
                test(&setup, role, at);
            }
        }
    }
}

#[test]
fn a_handshake_with_any_byte_changed_ends_without_a_panic() {
    each_byte(|setup, role, at| {
        handshake(setup, role, |before, flight| {
            if let Some(byte) = at
                .checked_sub(before)
                .and_then(|at| flight.get_mut(at))
            {
                *byte ^= 1 << (at % 8);
            }
        });
    });
}

#[test]
fn a_handshake_that_continues_with_junk_ends_without_a_panic() {
    // Bytes read as the rest of a record, bytes of another protocol, and the beginning of another record.
    let junk: [&[u8]; 3] = [
        &[0xff; 2000],
        b"GET / HTTP/1.1\r\n\r\n",
        &[22, 3, 3, 0, 9, 8],
    ];
    each_byte(|setup, role, at| {
        handshake(setup, role, |before, flight| {
            if let Some(cut) = at
                .checked_sub(before)
                .filter(|at| *at < flight.len())
            {
                flight.truncate(cut);
                flight.extend(junk[at % junk.len()]);
            }
        });
    });
}

#[test]
fn a_handshake_that_arrives_byte_by_byte_completes() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut direct = setup.direct(role);
            let mut peer = Peer::new(&setup, role.other());
            let mut flight = Vec::new().into_iter();
            while !direct.is_direct() {
                direct
                    .app()
                    .incoming
                    .extend(flight.next());
                direct
                    .run()
                    .expect("a part of a handshake");
                peer.read(&mem::take(&mut direct.app().outgoing))
                    .expect("a part of a handshake");
                if flight.len() == 0 {
                    flight = peer.write().into_iter();
                }
            }
            assert!(!peer.conn.is_handshaking());
        }
    }
}
