//! Does the handshake complete, and is nothing lost that follows it?

use std::io::ErrorKind;

use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::{Direct, Endpoint, Peer, Role, Setup, each_connection, one_setup_per_version};

use crate::transports::Wire;

/// Checks that the peer's data and its close_notify are received after the handshake, whether they were read ahead or
/// not.
pub(crate) fn assert_nothing_is_lost<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    wire: &mut Wire,
    mut incoming: Vec<u8>,
) {
    assert!(conn.is_direct() && !conn.wants_write());
    assert!(!wire.peer.conn.is_handshaking());
    assert!(incoming.len() < 4096);
    incoming.extend(wire.rest());
    let mut direct = Direct::new(&mut *conn);
    direct.app().incoming = incoming;
    direct.run().expect("data");
    assert_eq!(direct.app().received, b"after it");
    assert!(direct.app().peer_closed);
    let tls = direct.send(b"and back");
    wire.peer.read(&tls).expect("data");
    assert_eq!(wire.peer.received, b"and back");
}

/// Completes the handshake of `conn` over a transport with a `change`, in as many calls as needed.
fn complete<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
    change: impl FnOnce(&mut Wire),
) {
    let mut wire = Wire::new(Peer::new(setup, role.other()));
    wire.last = Some(b"after it");
    change(&mut wire);
    let mut incoming = Vec::new();
    while let Err(err) = conn.complete_handshake(&mut wire, &mut incoming) {
        assert_eq!(Some(err.kind()), wire.fails);
    }
    assert_nothing_is_lost(conn, &mut wire, incoming);
}

fn at_once<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |_| {});
}

fn in_steps<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| wire.step = 7);
}

fn interrupted<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| {
        wire.step = 100;
        wire.fails = Some(ErrorKind::Interrupted);
    });
}

fn would_block<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    complete(setup, role, conn, |wire| {
        wire.step = 100;
        wire.fails = Some(ErrorKind::WouldBlock);
    });
}

#[test]
fn data_after_the_handshake_is_not_lost() {
    each_connection!(at_once);
}

#[test]
fn short_reads_and_writes_are_completed() {
    each_connection!(in_steps, one_setup_per_version());
}

#[test]
fn an_interrupted_call_is_repeated() {
    each_connection!(interrupted, one_setup_per_version());
}

#[test]
fn a_handshake_continues_after_an_error_of_the_transport() {
    each_connection!(would_block, one_setup_per_version());
}

fn completed_twice<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
    let mut wire = Wire::new(Peer::new(setup, role.other()));
    conn.complete_handshake(&mut wire, &mut Vec::new())
        .expect("a handshake");
    wire.last = Some(b"after it");
    let mut incoming = wire.rest();
    let (before, calls) = (incoming.clone(), wire.calls);
    conn.complete_handshake(&mut wire, &mut incoming)
        .expect("a complete handshake");
    assert_eq!(wire.calls, calls);
    assert!(incoming == before);
    assert_nothing_is_lost(conn, &mut wire, incoming);
}

#[test]
fn a_complete_handshake_needs_no_call_of_the_transport() {
    each_connection!(completed_twice, one_setup_per_version());
}

#[test]
fn a_server_that_may_send_before_the_clients_finished_waits_for_it() {
    for setup in one_setup_per_version() {
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        let mut wire = Wire::new(configs.peer(Role::Client));
        wire.last = Some(b"after it");
        let mut conn = configs.server();
        let mut incoming = Vec::new();
        conn.complete_handshake(&mut wire, &mut incoming)
            .expect("a handshake");
        assert_nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}
