//! Connections that take up an earlier one.

use crate::configs;
use crate::conversation::Conversation;
use crate::differences::Difference::DiscardedWhenTaken;
use crate::stage::Stage;

fn three_times(stage: &mut Stage) {
    for _ in 0..3 {
        stage.shake_hands();
        stage.ask();
        stage.write(b"hello again");
        stage.peer_reads();
        stage.peer_writes(b"hello again to you");
        stage.deliver();
        stage.reconnect();
    }
    stage.shake_hands();
}

#[test]
fn by_what_the_server_remembers() {
    Conversation::new(three_times)
        .shows(DiscardedWhenTaken)
        .hold();
}

#[test]
fn by_what_is_in_the_ticket() {
    Conversation::new(three_times)
        .configured(configs::with_sessions_in_tickets)
        .shows(DiscardedWhenTaken)
        .hold();
}

#[test]
fn a_server_that_has_forgotten() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.forget_sessions();
        stage.reconnect();
        stage.shake_hands();
        stage.ask();
        stage.write(b"who are you?");
        stage.peer_reads();
    })
    .hold();
}

#[test]
fn a_server_that_gives_no_tickets() {
    Conversation::new(|stage| {
        for _ in 0..2 {
            stage.shake_hands();
            stage.ask();
            stage.peer_writes(b"we never met");
            stage.deliver();
            stage.reconnect();
        }
        stage.shake_hands();
    })
    .configured(|setup| {
        let mut configs = setup.configs();
        configs.server.send_tls13_tickets = 0;
        configs
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn in_pieces() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.reconnect();
        stage.cut_into(11);
        stage.peer_writes(b"as soon as may be");
        stage.shake_hands();
        stage.ask();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}
