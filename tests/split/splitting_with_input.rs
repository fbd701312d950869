//! Can a connection be split if its input already has more than the peer's last flight?

use std::mem;

use rustls_direct::split::{Event, Reader, Writer};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};
use testing::{Peer, Role, Setup, Splittable, encode, sealed};

/// Completes the handshake as the documentation of the halves does, and returns the halves and the rest of the input.
///
/// The bytes of `after` follow the peer's last flight, in one buffer with it if that completes the handshake.
fn split_at_the_end<C: Splittable>(
    setup: &Setup,
    role: Role,
    mut conn: C,
    after: impl Fn(&mut Peer) -> Vec<u8>,
) -> (Reader, Writer, Vec<u8>) {
    let mut peer = Peer::new(setup, role.other());
    let (mut incoming, mut outgoing) = (peer.write(), Vec::new());
    let (mut is_complete, mut is_after) = (false, false);
    while !is_complete {
        let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
        match state.expect("a handshake") {
            ConnectionState::EncodeTlsData(data) => encode(data, &mut outgoing),
            ConnectionState::TransmitTlsData(data) => data.done(),
            ConnectionState::BlockedHandshake => {
                peer.read(&mem::take(&mut outgoing))
                    .expect("in order");
                incoming.extend(peer.write());
                if !peer.conn.is_handshaking() {
                    is_after = true;
                    incoming.extend(after(&mut peer));
                }
            }
            _ => is_complete = true,
        }
        incoming.drain(..discard);
    }
    let (reader, writer) = conn
        .split()
        .expect("no reason to refuse");
    if !is_after {
        peer.read(&outgoing).expect("in order");
        incoming.extend(peer.write());
        incoming.extend(after(&mut peer));
    }
    (reader, writer, incoming)
}

#[test]
fn data_with_the_last_flight_does_not_prevent_a_split() {
    fn test<C: Splittable>(setup: &Setup, role: Role, conn: C) {
        let halves = split_at_the_end(setup, role, conn, |peer| peer.send(b"data"));
        let (mut reader, _, mut incoming) = halves;
        let received = reader
            .read(&mut incoming)
            .expect("data");
        assert_eq!(received.event, Event::Data(b"data"));
    }
    each_whole!(test);
}

#[test]
fn a_key_update_with_the_last_flight_does_not_prevent_a_split() {
    fn test<C: Splittable>(setup: &Setup, role: Role, conn: C) {
        if !setup.is_tls13() {
            return;
        }
        let halves = split_at_the_end(setup, role, conn, |peer| {
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            peer.send(b"data")
        });
        let (mut reader, mut writer, mut incoming) = halves;
        let received = reader
            .read(&mut incoming)
            .expect("data");
        assert_eq!(received.event, Event::Data(b"data"));
        assert!(received.writer_owes);
        let answer = sealed(|out| writer.flush(out)).expect("the answer");
        assert!(!answer.is_empty());
    }
    each_whole!(test);
}
