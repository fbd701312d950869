//! Data in the first flight, and data before the last.

use testing::{Configs, Setup, pattern};

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::{
    BlockedByAPart, ClosedBehindTickets, DiscardedWhenTaken, EarlyDataIsChargedOnce,
    EncodedTogether, RejectedEarlyDataIsSkipped,
};
use crate::stage::Stage;

/// As much as the server takes.
const MOST: usize = 2000;

fn configs(setup: &Setup) -> Configs {
    setup
        .configs()
        .with_early_data(u32::try_from(MOST).expect("fits"))
}

fn half_rtt(setup: &Setup) -> Configs {
    let mut configs = configs(setup);
    configs.server.send_half_rtt_data = true;
    configs
}

/// Gets the session that early data needs.
fn meet_once(stage: &mut Stage) {
    stage.shake_hands();
    stage.reconnect();
}

#[test]
fn a_client_sends_some() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.plan_early_data(b"hurry");
        stage.plan_early_data(b"up");
        stage.shake_hands();
        stage.ask();
        stage.write(b"no hurry");
        stage.peer_reads();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .hold();
}

#[test]
fn a_client_with_room_sends_some() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.habits().asks_for_room = false;
        stage.plan_early_data(&pattern(MOST / 2));
        stage.plan_early_data(&pattern(MOST / 2));
        stage.shake_hands();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .shows(EncodedTogether)
    .hold();
}

#[test]
fn a_client_sends_more_than_is_allowed() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.habits().asks_for_room = false;
        stage.plan_early_data(&pattern(MOST - 1));
        stage.plan_early_data(b"one is left");
        stage.plan_early_data(b"none is left");
        stage.shake_hands();
        stage.ask();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .shows(EncodedTogether)
    .hold();
}

#[test]
fn a_client_asks_for_room_for_more_than_half_of_what_is_allowed() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.plan_early_data(&pattern(MOST / 2 + 100));
        stage.shake_hands();
        stage.ask();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .shows(EarlyDataIsChargedOnce)
    .hold();
}

#[test]
fn a_client_sends_some_in_vain() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.configs.server.max_early_data_size = 0;
        stage.reconnect();
        stage.plan_early_data(b"hurry");
        stage.shake_hands();
        stage.ask();
        stage.write(b"hurry, I said");
        stage.peer_reads();
        stage.peer_writes(b"now I hear you");
        stage.deliver();
    })
    .configured(configs)
    .only(Case::is_tls13_client)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_client_may_and_does_not() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.shake_hands();
        stage.ask();
        stage.write(b"no hurry");
        stage.peer_reads();
    })
    .configured(configs)
    .only(Case::is_tls13)
    .hold();
}

#[test]
fn a_server_takes_some() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.peer_writes_early(b"hurry");
        stage.peer_writes_early(b"up");
        stage.shake_hands();
        stage.ask();
        stage.peer_writes(b"no hurry");
        stage.deliver();
        stage.write(b"good");
        stage.peer_reads();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_server_takes_some_in_pieces() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.cut_into(13);
        stage.peer_writes_early(&pattern(MOST));
        stage.shake_hands();
        stage.peer_writes(b"no hurry");
        stage.deliver();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_server_answers_early_data_at_once() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.habits().writes_in_handshake = true;
        stage.peer_writes_early(b"hurry");
        stage.plan_to_write(b"you see that I do");
        stage.shake_hands();
        stage.write(b"done");
        stage.peer_reads();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .hold();
}

#[test]
fn a_server_does_not_wait_for_the_client() {
    Conversation::new(|stage| {
        stage.habits().writes_in_handshake = true;
        stage.plan_to_write(b"welcome, whoever you are");
        stage.shake_hands();
        stage.write(b"now I know");
        stage.peer_reads();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .hold();
}

#[test]
fn a_server_writes_before_the_client_has_answered() {
    Conversation::new(|stage| {
        stage.meet();
        stage.deliver();
        stage.ask();
        stage.write(b"welcome");
        stage.write(b"whoever you are");
        stage.ask();
        stage.peer_reads();
        stage.shake_hands();
        stage.write(b"now I know");
        stage.peer_reads();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .hold();
}

#[test]
fn a_client_is_sent_data_with_the_handshake() {
    Conversation::new(|stage| {
        stage.peer_writes(b"welcome, whoever you are");
        stage.shake_hands();
        stage.ask();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_client)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_server_does_not_take_it() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.configs.server.max_early_data_size = 0;
        stage.reconnect();
        stage.peer_writes_early(b"hurry");
        stage.peer_writes_early(b"up");
        stage.shake_hands();
        stage.ask();
        stage.peer_writes(b"no hurry");
        stage.deliver();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .shows(DiscardedWhenTaken)
    .shows(RejectedEarlyDataIsSkipped)
    .hold();
}

#[test]
fn a_server_is_sent_much_that_it_does_not_take() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.configs.server.max_early_data_size = 0;
        stage.reconnect();
        // rustls tries the first of it again with every piece, and counts it each time.
        stage.cut_into(50);
        stage.peer_writes_early(&pattern(MOST));
        stage.settle();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .shows(RejectedEarlyDataIsSkipped)
    .hold();
}

#[test]
fn a_server_leaves_some_for_later() {
    Conversation::new(|stage| {
        meet_once(stage);
        stage.habits().takes_records = false;
        stage.peer_writes_early(b"hurry");
        stage.peer_writes_early(b"up");
        stage.meet();
        stage.deliver();
        stage.ask();
        stage.run();
        stage.habits().takes_records = true;
        stage.shake_hands();
        stage.ask();
    })
    .configured(configs)
    .only(Case::is_tls13_server)
    .hold();
}

#[test]
fn a_server_closes_before_the_client_has_answered() {
    Conversation::new(|stage| {
        stage.meet();
        stage.deliver();
        stage.write(b"welcome");
        stage.close();
        stage.ask();
        stage.peer_reads();
        stage.deliver();
        stage.ask();
        stage.close();
        stage.peer_writes(b"so soon?");
        stage.deliver();
        stage.peer_reads();
        stage.peer_closes();
        stage.deliver();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .shows(DiscardedWhenTaken)
    .shows(ClosedBehindTickets)
    .hold();
}

#[test]
fn a_server_asks_for_new_keys_before_the_client_has_answered() {
    Conversation::new(|stage| {
        stage.meet();
        stage.deliver();
        stage.refresh();
        stage.write(b"welcome all the same");
        stage.peer_reads();
        stage.shake_hands();
    })
    .configured(half_rtt)
    .only(Case::is_tls13_server)
    .hold();
}

#[test]
fn a_server_waits_while_the_client_is_answering() {
    Conversation::new(|stage| {
        stage.meet();
        stage.deliver();
        stage.peer_reads();
        // In two records.
        let most = stage.wire().len() - 1;
        let late = stage.wire().split_off(most);
        stage.deliver();
        stage.run();
        stage.inject(&late);
        stage.shake_hands();
        stage.write(b"there you are");
        stage.peer_reads();
    })
    .configured(|setup| {
        let mut configs = half_rtt(setup);
        configs.client.max_fragment_size = Some(32);
        configs
    })
    .only(Case::is_tls13_server)
    .shows(BlockedByAPart)
    .hold();
}
