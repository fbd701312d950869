//! Handshakes and data.

use testing::pattern;

use crate::configs;
use crate::conversation::Conversation;
use crate::differences::Difference::{DiscardedWhenTaken, EncodedTogether, WritableWhileLeft};

#[test]
fn a_handshake_and_nothing_else() {
    Conversation::new(|stage| {
        stage.ask();
        stage.shake_hands();
        stage.ask();
    })
    .hold();
}

#[test]
fn an_echo() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(b"ping");
        stage.deliver();
        stage.ask();
        stage.write(b"pong");
        stage.ask();
        stage.peer_reads();
    })
    .in_every_suite()
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn many_records_in_one_buffer() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for len in [1, 100, 16_384, 16_385, 40_000, 3] {
            stage.peer_writes(&pattern(len));
        }
        stage.deliver();
        for len in [2, 16_385, 1] {
            stage.write(&pattern(len));
        }
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn three_mib_each_way() {
    Conversation::new(|stage| {
        stage.shake_hands();
        let much = pattern(3 << 20);
        stage.write(&much);
        stage.peer_reads();
        stage.peer_writes(&much);
        stage.deliver();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn nothing_is_written() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.write(b"");
        stage.write(b"something");
        stage.write(b"");
        stage.peer_reads();
    })
    .hold();
}

#[test]
fn room_is_never_asked_for() {
    Conversation::new(|stage| {
        stage.habits().asks_for_room = false;
        stage.shake_hands();
        stage.write(&pattern(20_000));
        stage.peer_reads();
        stage.peer_writes(&pattern(20_000));
        stage.deliver();
        stage.close();
        stage.peer_reads();
    })
    .shows_if(EncodedTogether, |case| !case.is_tls13_client())
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn everything_is_encoded_twice() {
    Conversation::new(|stage| {
        stage.habits().encodes_twice = true;
        stage.shake_hands();
        stage.write(b"all the same");
        stage.peer_reads();
    })
    .hold();
}

#[test]
fn a_handshake_is_followed_by_data_in_one_buffer() {
    Conversation::new(|stage| {
        // rustls keeps it until the peer's side of the handshake is complete.
        stage.peer_writes(b"as soon as may be");
        stage.peer_writes(b"and more");
        stage.shake_hands();
        stage.ask();
        stage.write(b"at last");
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn data_goes_with_the_handshake() {
    Conversation::new(|stage| {
        stage.habits().writes_in_handshake = true;
        stage.plan_to_write(b"as soon as may be");
        stage.plan_to_write(b"and more");
        stage.shake_hands();
        stage.peer_writes(b"at last");
        stage.deliver();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn data_goes_both_ways_with_the_handshake() {
    Conversation::new(|stage| {
        stage.habits().writes_in_handshake = true;
        stage.plan_to_write(b"from here");
        stage.peer_writes(b"from there");
        stage.shake_hands();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn writes_are_cut_as_the_config_says() {
    Conversation::new(|stage| {
        stage.shake_hands();
        for len in [94, 95, 96, 1000] {
            stage.write(&pattern(len));
        }
        stage.peer_reads();
        stage.peer_writes(&pattern(1000));
        stage.deliver();
    })
    .configured(|setup| {
        let mut configs = setup.configs();
        configs.client.max_fragment_size = Some(100);
        configs.server.max_fragment_size = Some(100);
        configs
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn the_peer_cuts_everything_as_small_as_it_can() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(&pattern(100));
        stage.deliver();
        stage.write(b"noted");
        stage.peer_reads();
    })
    .configured(configs::with_tiny_records)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_record_is_left_for_later() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.habits().takes_records = false;
        stage.peer_writes(b"not now");
        stage.peer_writes(b"nor now");
        stage.deliver();
        stage.ask();
        stage.run();
        stage.peer_writes(b"wait");
        stage.deliver();
        stage.habits().takes_records = true;
        stage.run();
        stage.ask();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn nothing_is_shown_for_a_while() {
    Conversation::new(|stage| {
        stage.habits().shows_input = false;
        stage.run();
        stage.habits().shows_input = true;
        stage.shake_hands();
        stage.habits().shows_input = false;
        stage.peer_writes(b"nobody looks");
        stage.deliver();
        stage.write(b"a word meanwhile");
        stage.habits().shows_input = true;
        stage.run();
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn nothing_is_shown_while_a_record_is_left() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.habits().takes_records = false;
        stage.peer_writes(b"not now");
        stage.deliver();
        stage.habits().shows_input = false;
        stage.run();
        stage.habits().shows_input = true;
        stage.habits().takes_records = true;
        stage.run();
    })
    .shows(DiscardedWhenTaken)
    .shows(WritableWhileLeft)
    .hold();
}
