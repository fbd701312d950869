//! Are sessions resumed as in rustls?

use crate::configs;
use crate::conversation::Conversation;
use crate::differences::Difference::DiscardedWhenTaken;
use crate::harness::Harness;

fn three_times(harness: &mut Harness) {
    for _ in 0..3 {
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"data");
        harness.peer_reads();
        harness.peer_writes(b"their data");
        harness.deliver();
        harness.reconnect();
    }
    harness.complete_handshake();
}

#[test]
fn sessions_in_the_servers_store_are_resumed() {
    Conversation::new(three_times)
        .expects(DiscardedWhenTaken)
        .check();
}

#[test]
fn sessions_in_tickets_are_resumed() {
    Conversation::new(three_times)
        .configured(configs::with_sessions_in_tickets)
        .expects(DiscardedWhenTaken)
        .check();
}

#[test]
fn a_forgotten_session_is_not_resumed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.forget_sessions();
        harness.reconnect();
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"full handshake");
        harness.peer_reads();
    })
    .check();
}

#[test]
fn a_server_sends_no_tickets() {
    Conversation::new(|harness| {
        for _ in 0..2 {
            harness.complete_handshake();
            harness.query_getters();
            harness.peer_writes(b"no session");
            harness.deliver();
            harness.reconnect();
        }
        harness.complete_handshake();
    })
    .configured(|setup| {
        let mut configs = setup.configs();
        configs.server.send_tls13_tickets = 0;
        configs
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_resumed_handshake_arrives_in_pieces() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.reconnect();
        harness.cut_into(11);
        harness.peer_writes(b"first data");
        harness.complete_handshake();
        harness.query_getters();
    })
    .expects(DiscardedWhenTaken)
    .check();
}
