//! Are early data and half-RTT data handled as in rustls?

use testing::{Configs, Setup, pattern};

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{
    BlockedByPartialFinished, ClosedAfterTickets, DiscardedWhenTaken, EarlyDataIsChargedOnce,
    EncodedTogether, RejectedEarlyDataIsSkipped,
};
use crate::harness::Harness;

/// As much early data as the server accepts.
const MAX_EARLY_DATA: usize = 2000;

fn configs(setup: &Setup) -> Configs {
    setup
        .configs()
        .with_early_data(u32::try_from(MAX_EARLY_DATA).expect("fits"))
}

fn half_rtt(setup: &Setup) -> Configs {
    let mut configs = configs(setup);
    configs.server.send_half_rtt_data = true;
    configs
}

/// Completes a handshake, to get the session that early data needs.
fn store_a_session(harness: &mut Harness) {
    harness.complete_handshake();
    harness.reconnect();
}

#[test]
fn a_client_sends_early_data() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.plan_early_data(b"early data");
        harness.plan_early_data(b"more early data");
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"data");
        harness.peer_reads();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .check();
}

#[test]
fn a_client_with_ample_room_sends_early_data() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.behavior().queries_size_first = false;
        harness.plan_early_data(&pattern(MAX_EARLY_DATA / 2));
        harness.plan_early_data(&pattern(MAX_EARLY_DATA / 2));
        harness.complete_handshake();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .expects(EncodedTogether)
    .check();
}

#[test]
fn a_client_sends_more_early_data_than_is_allowed() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.behavior().queries_size_first = false;
        harness.plan_early_data(&pattern(MAX_EARLY_DATA - 1));
        harness.plan_early_data(b"longer than one byte");
        harness.plan_early_data(b"after the limit");
        harness.complete_handshake();
        harness.query_getters();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .expects(EncodedTogether)
    .check();
}

#[test]
fn a_client_queries_the_size_of_more_than_half_of_the_allowed_data() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.plan_early_data(&pattern(MAX_EARLY_DATA / 2 + 100));
        harness.complete_handshake();
        harness.query_getters();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .expects(EarlyDataIsChargedOnce)
    .check();
}

#[test]
fn a_client_sends_early_data_that_is_rejected() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness
            .configs
            .server
            .max_early_data_size = 0;
        harness.reconnect();
        harness.plan_early_data(b"early data");
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"early data again");
        harness.peer_reads();
        harness.peer_writes(b"their data");
        harness.deliver();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_client_may_send_early_data_and_sends_none() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"data");
        harness.peer_reads();
    })
    .configured(configs)
    .only(Case::is_tls13)
    .check();
}

#[test]
fn a_server_accepts_early_data() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.peer_writes_early(b"early data");
        harness.peer_writes_early(b"more early data");
        harness.complete_handshake();
        harness.query_getters();
        harness.peer_writes(b"data");
        harness.deliver();
        harness.write(b"more data");
        harness.peer_reads();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_server_accepts_early_data_in_pieces() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.cut_into(13);
        harness.peer_writes_early(&pattern(MAX_EARLY_DATA));
        harness.complete_handshake();
        harness.peer_writes(b"data");
        harness.deliver();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_server_answers_early_data_at_once() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness
            .behavior()
            .writes_during_handshake = true;
        harness.peer_writes_early(b"early data");
        harness.plan_to_write(b"half-RTT answer");
        harness.complete_handshake();
        harness.write(b"done");
        harness.peer_reads();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .check();
}

#[test]
fn a_server_writes_data_with_its_first_flight() {
    Conversation::new(|harness| {
        harness
            .behavior()
            .writes_during_handshake = true;
        harness.plan_to_write(b"half-RTT data");
        harness.complete_handshake();
        harness.write(b"data");
        harness.peer_reads();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .check();
}

#[test]
fn a_server_writes_before_the_client_has_answered() {
    Conversation::new(|harness| {
        harness.start_handshake();
        harness.deliver();
        harness.query_getters();
        harness.write(b"half-RTT data");
        harness.write(b"more half-RTT data");
        harness.query_getters();
        harness.peer_reads();
        harness.complete_handshake();
        harness.write(b"data");
        harness.peer_reads();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .check();
}

#[test]
fn a_client_receives_data_with_the_handshake() {
    Conversation::new(|harness| {
        harness.peer_writes(b"half-RTT data");
        harness.complete_handshake();
        harness.query_getters();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_client)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_server_rejects_early_data() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness
            .configs
            .server
            .max_early_data_size = 0;
        harness.reconnect();
        harness.peer_writes_early(b"early data");
        harness.peer_writes_early(b"more early data");
        harness.complete_handshake();
        harness.query_getters();
        harness.peer_writes(b"data");
        harness.deliver();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .expects(DiscardedWhenTaken)
    .expects(RejectedEarlyDataIsSkipped)
    .check();
}

#[test]
fn a_server_rejects_much_early_data_in_pieces() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness
            .configs
            .server
            .max_early_data_size = 0;
        harness.reconnect();
        // rustls tries the first record again with every piece, and charges it each time.
        harness.cut_into(50);
        harness.peer_writes_early(&pattern(MAX_EARLY_DATA));
        harness.exchange_all();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .expects(RejectedEarlyDataIsSkipped)
    .check();
}

#[test]
fn a_server_leaves_early_data_for_later() {
    Conversation::new(|harness| {
        store_a_session(harness);
        harness.behavior().takes_records = false;
        harness.peer_writes_early(b"early data");
        harness.peer_writes_early(b"more early data");
        harness.start_handshake();
        harness.deliver();
        harness.query_getters();
        harness.run();
        harness.behavior().takes_records = true;
        harness.complete_handshake();
        harness.query_getters();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .check();
}

#[test]
fn a_server_closes_before_the_client_has_answered() {
    Conversation::new(|harness| {
        harness.start_handshake();
        harness.deliver();
        harness.write(b"half-RTT data");
        harness.close();
        harness.query_getters();
        harness.peer_reads();
        harness.deliver();
        harness.query_getters();
        harness.close();
        harness.peer_writes(b"data");
        harness.deliver();
        harness.peer_reads();
        harness.peer_closes();
        harness.deliver();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .expects(DiscardedWhenTaken)
    .expects(ClosedAfterTickets)
    .check();
}

#[test]
fn a_server_refreshes_keys_before_the_client_has_answered() {
    Conversation::new(|harness| {
        harness.start_handshake();
        harness.deliver();
        harness.refresh();
        harness.write(b"half-RTT data");
        harness.peer_reads();
        harness.complete_handshake();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .check();
}

#[test]
fn a_server_waits_while_it_has_a_part_of_finished() {
    Conversation::new(|harness| {
        harness.start_handshake();
        harness.deliver();
        harness.peer_reads();
        // In two records.
        let most = harness.wire().len() - 1;
        let late = harness.wire().split_off(most);
        harness.deliver();
        harness.run();
        harness.inject(&late);
        harness.complete_handshake();
        harness.write(b"after the handshake");
        harness.peer_reads();
    })
    .configured(|setup| {
        let mut configs = half_rtt(setup);
        configs.client.max_fragment_size = Some(32);
        configs
    })
    .only(Case::is_tls13_server)
    .expects(BlockedByPartialFinished)
    .check();
}
