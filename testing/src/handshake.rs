//! Handshakes of connections that a test drives state by state.

use rustls_direct::unbuffered::UnbufferedConnectionCommon;

use crate::direct::Direct;
use crate::peer::Peer;

/// Completes the handshake with `peer`, and checks that the connection runs direct.
pub fn shake_hands<Data>(conn: &mut UnbufferedConnectionCommon<Data>, peer: &mut Peer) {
    complete_handshake(conn, peer);
    assert!(conn.is_direct());
}

/// Completes the handshake with `peer`.
pub fn complete_handshake<Data>(conn: &mut UnbufferedConnectionCommon<Data>, peer: &mut Peer) {
    peer.talk_to(&mut Direct::new(&mut *conn))
        .expect("a handshake");
    assert!(!conn.is_handshaking());
}
