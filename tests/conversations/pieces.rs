//! Input that comes in pieces.

use testing::pattern;

use crate::configs;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{DiscardedInFragments, DiscardedWhenTaken};
use crate::stage::Stage;

fn everything_in_pieces_of(stage: &mut Stage, len: usize) {
    stage.cut_into(len);
    stage.peer_writes(b"as soon as may be");
    stage.shake_hands();
    stage.write(b"an answer");
    stage.peer_reads();
    stage.peer_writes(&pattern(300));
    stage.deliver();
    stage.ask();
    stage.peer_closes();
    stage.deliver();
    stage.close();
    stage.peer_reads();
}

#[test]
fn byte_by_byte() {
    Conversation::new(|stage| everything_in_pieces_of(stage, 1))
        .shows(DiscardedWhenTaken)
        .hold();
}

#[test]
fn in_pieces_of_seven() {
    Conversation::new(|stage| everything_in_pieces_of(stage, 7))
        .shows(DiscardedWhenTaken)
        .hold();
}

#[test]
fn in_pieces_of_about_a_record() {
    Conversation::new(|stage| everything_in_pieces_of(stage, 320))
        .shows(DiscardedWhenTaken)
        .hold();
}

#[test]
fn tiny_records_in_pieces_of_seven() {
    Conversation::new(|stage| everything_in_pieces_of(stage, 7))
        .configured(configs::with_tiny_records)
        .shows(DiscardedWhenTaken)
        .shows_if(DiscardedInFragments, Case::is_tls13_client)
        .hold();
}

#[test]
fn the_end_of_a_record_is_long_in_coming() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(&pattern(1000));
        let late = stage.wire().split_off(600);
        stage.deliver();
        stage.run();
        stage.write(b"are you there?");
        stage.peer_reads();
        stage.inject(&late);
        stage.deliver();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn input_ends_in_the_middle() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(b"whole");
        stage.peer_writes(b"not whole");
        let last = stage.wire().len() - 1;
        stage.wire().truncate(last);
        stage.deliver();
        stage.run();
        stage.ask();
        stage.close();
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_handshake_ends_in_the_middle() {
    Conversation::new(|stage| {
        stage.meet();
        let half = stage.wire().len() / 2;
        stage.wire().truncate(half);
        stage.deliver();
        stage.run();
        stage.ask();
    })
    .hold();
}
