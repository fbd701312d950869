//! Are a connection's secrets given as in rustls?

use testing::{Configs, Setup};

use crate::application::Extraction;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::DiscardedWhenTaken;
use crate::harness::Harness;

fn allowed(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.client.enable_secret_extraction = true;
    configs.server.enable_secret_extraction = true;
    configs
}

fn after_some_data(harness: &mut Harness) {
    harness.complete_handshake();
    for _ in 0..3 {
        harness.write(b"here");
        harness.peer_reads();
    }
    harness.peer_writes(b"there");
    harness.deliver();
}

#[test]
fn secrets_are_extracted_at_once() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .in_every_suite()
    .check();
}

#[test]
fn secrets_are_extracted_after_data() {
    Conversation::new(|harness| {
        after_some_data(harness);
        harness.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_kernel_connection_is_made_after_data() {
    Conversation::new(|harness| {
        after_some_data(harness);
        harness.extract(Extraction::Kernel);
    })
    .configured(allowed)
    .in_every_suite()
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_kernel_connection_is_made_after_a_key_update() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.refresh();
        harness.write(b"here");
        harness.peer_reads();
        harness.peer_writes(b"there");
        harness.deliver();
        harness.extract(Extraction::Kernel);
    })
    .configured(allowed)
    .only(Case::is_tls13)
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn extraction_is_refused_if_the_config_forbids_it() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.extract(Extraction::Secrets);
        harness.reconnect();
        harness.complete_handshake();
        harness.extract(Extraction::Kernel);
    })
    .check();
}

#[test]
fn extraction_is_refused_before_the_handshake_is_complete() {
    Conversation::new(|harness| {
        for how in [Extraction::Secrets, Extraction::Kernel] {
            harness.start_handshake();
            harness.extract(how);
            harness.reconnect();
        }
        harness.complete_handshake();
    })
    .configured(allowed)
    .check();
}

#[test]
fn early_extraction_is_refused_if_the_config_forbids_it() {
    Conversation::new(|harness| {
        harness.extract(Extraction::Kernel);
        harness.reconnect();
        harness.complete_handshake();
    })
    .check();
}

#[test]
fn extraction_with_unsent_output_ends_alike() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.behavior().pauses_after_actions = true;
        harness.refresh();
        harness.extract(Extraction::Kernel);
    })
    .configured(allowed)
    .only(Case::is_tls13)
    .check();
}

#[test]
fn secrets_are_extracted_after_the_peer_has_closed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_closes();
        harness.deliver();
        harness.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .check();
}

#[test]
fn secrets_are_extracted_after_we_have_closed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.close();
        harness.peer_reads();
        harness.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .check();
}
