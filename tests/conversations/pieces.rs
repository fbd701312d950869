//! Does a connection work as in rustls if its input arrives in pieces?

use testing::pattern;

use crate::configs;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{DiscardedInFragments, DiscardedWhenTaken};
use crate::harness::Harness;

fn everything_in_pieces_of(harness: &mut Harness, len: usize) {
    harness.cut_into(len);
    harness.peer_writes(b"first data");
    harness.complete_handshake();
    harness.write(b"an answer");
    harness.peer_reads();
    harness.peer_writes(&pattern(300));
    harness.deliver();
    harness.query_getters();
    harness.peer_closes();
    harness.deliver();
    harness.close();
    harness.peer_reads();
}

#[test]
fn input_arrives_byte_by_byte() {
    Conversation::new(|harness| everything_in_pieces_of(harness, 1))
        .expects(DiscardedWhenTaken)
        .check();
}

#[test]
fn input_arrives_in_pieces_of_seven_bytes() {
    Conversation::new(|harness| everything_in_pieces_of(harness, 7))
        .expects(DiscardedWhenTaken)
        .check();
}

#[test]
fn input_arrives_in_pieces_of_about_a_record() {
    Conversation::new(|harness| everything_in_pieces_of(harness, 320))
        .expects(DiscardedWhenTaken)
        .check();
}

#[test]
fn tiny_records_arrive_in_pieces_of_seven_bytes() {
    Conversation::new(|harness| everything_in_pieces_of(harness, 7))
        .configured(configs::with_tiny_records)
        .expects(DiscardedWhenTaken)
        .expects_if(DiscardedInFragments, Case::is_tls13_client)
        .check();
}

#[test]
fn the_rest_of_a_record_arrives_late() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(&pattern(1000));
        let late = harness.wire().split_off(600);
        harness.deliver();
        harness.run();
        harness.write(b"written meanwhile");
        harness.peer_reads();
        harness.inject(&late);
        harness.deliver();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn input_ends_in_the_middle_of_a_record() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(b"whole");
        harness.peer_writes(b"not whole");
        let last = harness.wire().len() - 1;
        harness.wire().truncate(last);
        harness.deliver();
        harness.run();
        harness.query_getters();
        harness.close();
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn input_ends_in_the_middle_of_a_handshake() {
    Conversation::new(|harness| {
        harness.start_handshake();
        let half = harness.wire().len() / 2;
        harness.wire().truncate(half);
        harness.deliver();
        harness.run();
        harness.query_getters();
    })
    .check();
}
