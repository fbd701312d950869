//! Are closures handled as in rustls?

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{ClosedForWriting, DiscardedWhenTaken};

#[test]
fn the_peer_closes_and_we_continue_to_write() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_closes();
        harness.deliver();
        harness.query_getters();
        harness.run();
        harness.write(b"more data");
        harness.peer_reads();
        harness.write(b"still more data");
        harness.close();
        harness.peer_reads();
        harness.run();
        harness.query_getters();
    })
    .check();
}

#[test]
fn we_close_and_the_peer_continues_to_write() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.write(b"last data");
        harness.close();
        harness.peer_reads();
        harness.query_getters();
        harness.peer_writes(b"more data");
        harness.deliver();
        harness.run();
        harness.peer_writes(b"still more data");
        harness.peer_closes();
        harness.deliver();
        harness.run();
        harness.query_getters();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn both_close_at_once() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.close();
        harness.peer_closes();
        harness.deliver();
        harness.peer_reads();
        harness.run();
    })
    .check();
}

#[test]
fn data_and_close_notify_arrive_together() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(b"first");
        harness.peer_writes(b"last");
        harness.peer_closes();
        harness.deliver();
        harness.plan_to_write(b"ours");
        harness.close();
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn input_after_close_notify_is_ignored() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(b"last");
        harness.peer_closes();
        harness.inject(b"\x17\x03\x03\x00\x20but this is no record");
        harness.deliver();
        harness.inject(b"GET / HTTP/1.1");
        harness.deliver();
        harness.write(b"we are still open");
        harness.close();
        harness.inject(b"more junk");
        harness.deliver();
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn the_peer_closes_during_the_handshake() {
    Conversation::new(|harness| {
        harness.start_handshake();
        harness.peer_closes();
        harness.deliver();
        harness.exchange_all();
        harness.query_getters();
    })
    .check();
}

#[test]
fn close_notify_is_planned_before_the_handshake() {
    Conversation::new(|harness| {
        harness.plan_to_close();
        harness.exchange_all();
        harness.peer_closes();
        harness.deliver();
    })
    .check();
}

#[test]
fn we_close_twice() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.close();
        harness.close();
        harness.peer_reads();
        harness.peer_closes();
        harness.deliver();
    })
    .check();
}

#[test]
fn we_write_after_we_have_closed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.close();
        harness.write(b"written after close");
        harness.peer_reads();
        harness.peer_writes(b"unknown");
        harness.deliver();
    })
    .expects(DiscardedWhenTaken)
    .expects(ClosedForWriting)
    .check();
}

#[test]
fn we_refresh_keys_after_we_have_closed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.close();
        harness.refresh();
        harness.peer_reads();
        harness.peer_closes();
        harness.deliver();
    })
    .only(Case::is_tls13)
    .expects(ClosedForWriting)
    .check();
}

#[test]
fn close_notify_arrives_while_a_record_is_untaken() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.behavior().takes_records = false;
        harness.peer_writes(b"first");
        harness.peer_closes();
        harness.deliver();
        harness.run();
        harness.behavior().takes_records = true;
        harness.run();
        harness.close();
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}
