//! Do unusual handshakes end as in rustls?

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
fn both_agree_on_a_protocol() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"GET / HTTP/1.1");
        harness.peer_reads();
    })
    .configured(with_alpn)
    .check();
}

#[test]
fn a_client_offers_a_protocol_that_its_config_lacks() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.query_getters();
    })
    .configured(with_alpn)
    .offering(&["dot"])
    .only(Case::is_client)
    .check();
}

#[test]
fn no_protocol_is_common_to_both() {
    Conversation::new(|harness| {
        harness.exchange_all();
        harness.query_getters();
    })
    .configured(|setup| {
        let mut configs = with_alpn(setup);
        configs.server.alpn_protocols = protocols(&[b"dot"]);
        configs
    })
    .check();
}

#[test]
fn a_client_presents_a_certificate() {
    Conversation::new(|harness| {
        for _ in 0..2 {
            harness.complete_handshake();
            harness.query_getters();
            harness.peer_writes(b"authenticated");
            harness.deliver();
            harness.write(b"authenticated");
            harness.peer_reads();
            harness.reconnect();
        }
        harness.complete_handshake();
    })
    .configured(configs::with_client_auth)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_client_presents_no_required_certificate() {
    Conversation::new(|harness| {
        harness.exchange_all();
        harness.query_getters();
        harness.write(b"unauthenticated");
        harness.exchange_all();
    })
    .configured(configs::without_required_client_auth)
    .check();
}

#[test]
fn the_server_asks_for_a_second_hello() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.query_getters();
        harness.write(b"after the second hello");
        harness.peer_reads();
    })
    .configured(configs::with_another_group)
    .check();
}

#[test]
fn the_client_does_not_trust_the_server() {
    Conversation::new(|harness| {
        harness.exchange_all();
        harness.query_getters();
    })
    .configured(configs::with_an_unknown_server)
    .check();
}
