//! Handshakes that are not the usual one.

use testing::{Configs, Setup};

use crate::configs;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::DiscardedWhenTaken;

fn protocols(names: &[&[u8]]) -> Vec<Vec<u8>> {
    names
        .iter()
        .map(|name| name.to_vec())
        .collect()
}

fn with_alpn(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.client.alpn_protocols = protocols(&[b"h2", b"http/1.1"]);
    configs.server.alpn_protocols = protocols(&[b"http/1.1", b"dot"]);
    configs
}

#[test]
fn with_a_protocol_above() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.ask();
        stage.write(b"GET / HTTP/1.1");
        stage.peer_reads();
    })
    .configured(with_alpn)
    .hold();
}

#[test]
fn with_a_protocol_that_the_config_does_not_have() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.ask();
    })
    .configured(with_alpn)
    .offering(&["dot"])
    .only(Case::is_client)
    .hold();
}

#[test]
fn with_no_protocol_that_both_know() {
    Conversation::new(|stage| {
        stage.settle();
        stage.ask();
    })
    .configured(|setup| {
        let mut configs = with_alpn(setup);
        configs.server.alpn_protocols = protocols(&[b"dot"]);
        configs
    })
    .hold();
}

#[test]
fn with_a_client_that_shows_who_it_is() {
    Conversation::new(|stage| {
        for _ in 0..2 {
            stage.shake_hands();
            stage.ask();
            stage.peer_writes(b"now I know you");
            stage.deliver();
            stage.write(b"now I know you");
            stage.peer_reads();
            stage.reconnect();
        }
        stage.shake_hands();
    })
    .configured(configs::with_client_auth)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn with_a_client_that_does_not_show_who_it_is() {
    Conversation::new(|stage| {
        stage.settle();
        stage.ask();
        stage.write(b"will you not know?");
        stage.settle();
    })
    .configured(configs::with_client_auth_in_vain)
    .hold();
}

#[test]
fn with_a_second_hello() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.ask();
        stage.write(b"we agree");
        stage.peer_reads();
    })
    .configured(configs::with_another_group)
    .hold();
}

#[test]
fn with_a_server_that_nobody_knows() {
    Conversation::new(|stage| {
        stage.settle();
        stage.ask();
    })
    .configured(configs::with_an_unknown_server)
    .hold();
}
