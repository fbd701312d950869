//! How conversations end well.

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{ClosedForWriting, DiscardedWhenTaken};

#[test]
fn the_peer_closes_and_we_go_on_writing() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_closes();
        stage.deliver();
        stage.ask();
        stage.run();
        stage.write(b"one more word");
        stage.peer_reads();
        stage.write(b"and another");
        stage.close();
        stage.peer_reads();
        stage.run();
        stage.ask();
    })
    .hold();
}

#[test]
fn we_close_and_the_peer_goes_on_writing() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.write(b"that is all");
        stage.close();
        stage.peer_reads();
        stage.ask();
        stage.peer_writes(b"one more word");
        stage.deliver();
        stage.run();
        stage.peer_writes(b"and another");
        stage.peer_closes();
        stage.deliver();
        stage.run();
        stage.ask();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn both_close_at_once() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.close();
        stage.peer_closes();
        stage.deliver();
        stage.peer_reads();
        stage.run();
    })
    .hold();
}

#[test]
fn data_and_its_end_come_together() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(b"first");
        stage.peer_writes(b"last");
        stage.peer_closes();
        stage.deliver();
        stage.plan_to_write(b"ours");
        stage.close();
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn what_comes_after_the_end_is_not_looked_at() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(b"last");
        stage.peer_closes();
        stage.inject(b"\x17\x03\x03\x00\x20but this is no record");
        stage.deliver();
        stage.inject(b"GET / HTTP/1.1");
        stage.deliver();
        stage.write(b"still here");
        stage.close();
        stage.inject(b"more of it");
        stage.deliver();
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn the_peer_closes_within_the_handshake() {
    Conversation::new(|stage| {
        stage.meet();
        stage.peer_closes();
        stage.deliver();
        stage.settle();
        stage.ask();
    })
    .hold();
}

#[test]
fn the_end_comes_with_the_handshake() {
    Conversation::new(|stage| {
        stage.plan_to_close();
        stage.settle();
        stage.peer_closes();
        stage.deliver();
    })
    .hold();
}

#[test]
fn we_close_twice() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.close();
        stage.close();
        stage.peer_reads();
        stage.peer_closes();
        stage.deliver();
    })
    .hold();
}

#[test]
fn we_write_after_we_have_closed() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.close();
        stage.write(b"I forgot to say");
        stage.peer_reads();
        stage.peer_writes(b"what?");
        stage.deliver();
    })
    .shows(DiscardedWhenTaken)
    .shows(ClosedForWriting)
    .hold();
}

#[test]
fn we_ask_for_new_keys_after_we_have_closed() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.close();
        stage.refresh();
        stage.peer_reads();
        stage.peer_closes();
        stage.deliver();
    })
    .only(Case::is_tls13)
    .shows(ClosedForWriting)
    .hold();
}

#[test]
fn the_end_comes_while_a_record_is_left() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.habits().takes_records = false;
        stage.peer_writes(b"not now");
        stage.peer_closes();
        stage.deliver();
        stage.run();
        stage.habits().takes_records = true;
        stage.run();
        stage.close();
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}
