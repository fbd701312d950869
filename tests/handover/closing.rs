//! Peers that leave before the handshake is complete.

use std::mem;

use rustls::{AlertDescription, Error};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedConnectionCommon};
use rustls_direct_tests::{Direct, Endpoint, Peer, Role, Setup, each_connection, few_setups};

/// Comes in the clear, since nothing is protected before the first message.
const CLOSE_NOTIFY: [u8; 7] = [21, 3, 3, 0, 2, 1, 0];

/// A connection that has heard nothing but from a peer that closes. Or has heard of a hello before that.
fn is_left<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
) -> Vec<u8> {
    let mut direct = Direct::new(&mut *conn);
    direct
        .run()
        .expect("to wait for the peer");
    if role == Role::Server {
        direct.app().incoming = Peer::new(setup, Role::Client).write();
        direct.run().expect("a ClientHello");
        assert!(!direct.app().outgoing.is_empty());
    }
    mem::take(&mut direct.app().incoming)
}

#[test]
fn a_close_notify_ends_a_handshake_as_it_ends_a_connection() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut incoming = is_left(setup, role, conn);
        incoming.extend(CLOSE_NOTIFY);
        let status = conn.process_tls_records(&mut incoming);
        let discard = status.discard;
        let state = status.state;
        assert!(
            matches!(state, Ok(ConnectionState::PeerClosed)),
            "{state:?}"
        );
        incoming.drain(..discard);

        // It comes once, and what is behind it is of no interest.
        incoming.extend(b"GET /");
        for _ in 0..3 {
            let state = conn
                .process_tls_records(&mut incoming)
                .state;
            assert!(
                matches!(state, Ok(ConnectionState::BlockedHandshake)),
                "{state:?}"
            );
        }
        assert!(!conn.is_direct());
        assert!(conn.is_handshaking());
        assert!(!conn.wants_read());
    }
    each_connection!(test, few_setups());
}

#[test]
fn a_fatal_alert_ends_a_handshake_without_an_answer() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let incoming = is_left(setup, role, conn);
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = incoming;
        direct
            .app()
            .incoming
            .extend([21, 3, 3, 0, 2, 2, 40]);
        let left = Err(Error::AlertReceived(AlertDescription::HandshakeFailure));
        for _ in 0..3 {
            assert_eq!(direct.run(), left);
        }
        assert!(direct.app().outgoing.is_empty());
        assert!(!direct.is_direct());
    }
    each_connection!(test, few_setups());
}
