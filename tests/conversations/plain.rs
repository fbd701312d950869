//! Do handshakes and data pass as in rustls?

use testing::pattern;

use crate::configs;
use crate::conversation::Conversation;
use crate::differences::Difference::{DiscardedWhenTaken, EncodedTogether, WritableWhileUntaken};

#[test]
fn a_handshake_completes() {
    Conversation::new(|harness| {
        harness.query_getters();
        harness.complete_handshake();
        harness.query_getters();
    })
    .check();
}

#[test]
fn data_passes_both_ways() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(b"ping");
        harness.deliver();
        harness.query_getters();
        harness.write(b"pong");
        harness.query_getters();
        harness.peer_reads();
    })
    .in_every_suite()
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn many_records_arrive_in_one_buffer() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for len in [1, 100, 16_384, 16_385, 40_000, 3] {
            harness.peer_writes(&pattern(len));
        }
        harness.deliver();
        for len in [2, 16_385, 1] {
            harness.write(&pattern(len));
        }
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn three_mib_pass_each_way() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        let much = pattern(3 << 20);
        harness.write(&much);
        harness.peer_reads();
        harness.peer_writes(&much);
        harness.deliver();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn an_empty_write_seals_nothing() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.write(b"");
        harness.write(b"something");
        harness.write(b"");
        harness.peer_reads();
    })
    .check();
}

#[test]
fn sizes_are_never_queried() {
    Conversation::new(|harness| {
        harness.behavior().queries_size_first = false;
        harness.complete_handshake();
        harness.write(&pattern(20_000));
        harness.peer_reads();
        harness.peer_writes(&pattern(20_000));
        harness.deliver();
        harness.close();
        harness.peer_reads();
    })
    .expects_if(EncodedTogether, |case| !case.is_tls13_client())
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn everything_is_encoded_twice() {
    Conversation::new(|harness| {
        harness.behavior().encodes_twice = true;
        harness.complete_handshake();
        harness.write(b"encoded twice");
        harness.peer_reads();
    })
    .check();
}

#[test]
fn a_handshake_is_followed_by_data_in_one_buffer() {
    Conversation::new(|harness| {
        // rustls holds this data until the peer's side of the handshake is complete.
        harness.peer_writes(b"first data");
        harness.peer_writes(b"and more");
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"later data");
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn data_goes_with_the_handshake() {
    Conversation::new(|harness| {
        harness
            .behavior()
            .writes_during_handshake = true;
        harness.plan_to_write(b"first data");
        harness.plan_to_write(b"and more");
        harness.complete_handshake();
        harness.peer_writes(b"later data");
        harness.deliver();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn data_goes_both_ways_with_the_handshake() {
    Conversation::new(|harness| {
        harness
            .behavior()
            .writes_during_handshake = true;
        harness.plan_to_write(b"from here");
        harness.peer_writes(b"from there");
        harness.complete_handshake();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn writes_are_cut_as_the_config_says() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        for len in [94, 95, 96, 1000] {
            harness.write(&pattern(len));
        }
        harness.peer_reads();
        harness.peer_writes(&pattern(1000));
        harness.deliver();
    })
    .configured(|setup| {
        let mut configs = setup.configs();
        configs.client.max_fragment_size = Some(100);
        configs.server.max_fragment_size = Some(100);
        configs
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn the_peer_cuts_everything_as_small_as_it_can() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(&pattern(100));
        harness.deliver();
        harness.write(b"noted");
        harness.peer_reads();
    })
    .configured(configs::with_tiny_records)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_record_is_left_for_later() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.behavior().takes_records = false;
        harness.peer_writes(b"first");
        harness.peer_writes(b"second");
        harness.deliver();
        harness.query_getters();
        harness.run();
        harness.peer_writes(b"third");
        harness.deliver();
        harness.behavior().takes_records = true;
        harness.run();
        harness.query_getters();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn no_input_is_passed_for_a_while() {
    Conversation::new(|harness| {
        harness.behavior().passes_input = false;
        harness.run();
        harness.behavior().passes_input = true;
        harness.complete_handshake();
        harness.behavior().passes_input = false;
        harness.peer_writes(b"not passed yet");
        harness.deliver();
        harness.write(b"written meanwhile");
        harness.behavior().passes_input = true;
        harness.run();
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn no_input_is_passed_while_a_record_is_untaken() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.behavior().takes_records = false;
        harness.peer_writes(b"first");
        harness.deliver();
        harness.behavior().passes_input = false;
        harness.run();
        harness.behavior().passes_input = true;
        harness.behavior().takes_records = true;
        harness.run();
    })
    .expects(DiscardedWhenTaken)
    .expects(WritableWhileUntaken)
    .check();
}
