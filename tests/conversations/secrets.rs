//! Connections that are given away for their secrets.

use testing::{Configs, Setup};

use crate::application::Extraction;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::DiscardedWhenTaken;
use crate::stage::Stage;

fn allowed(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.client.enable_secret_extraction = true;
    configs.server.enable_secret_extraction = true;
    configs
}

fn after_some_data(stage: &mut Stage) {
    stage.shake_hands();
    for _ in 0..3 {
        stage.write(b"here");
        stage.peer_reads();
    }
    stage.peer_writes(b"there");
    stage.deliver();
}

#[test]
fn at_once() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .in_every_suite()
    .hold();
}

#[test]
fn after_data() {
    Conversation::new(|stage| {
        after_some_data(stage);
        stage.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn for_the_kernel() {
    Conversation::new(|stage| {
        after_some_data(stage);
        stage.extract(Extraction::Kernel);
    })
    .configured(allowed)
    .in_every_suite()
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn after_a_key_update() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.refresh();
        stage.write(b"here");
        stage.peer_reads();
        stage.peer_writes(b"there");
        stage.deliver();
        stage.extract(Extraction::Kernel);
    })
    .configured(allowed)
    .only(Case::is_tls13)
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn without_being_allowed_to() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.extract(Extraction::Secrets);
        stage.reconnect();
        stage.shake_hands();
        stage.extract(Extraction::Kernel);
    })
    .hold();
}

#[test]
fn too_early() {
    Conversation::new(|stage| {
        for how in [Extraction::Secrets, Extraction::Kernel] {
            stage.meet();
            stage.extract(how);
            stage.reconnect();
        }
        stage.shake_hands();
    })
    .configured(allowed)
    .hold();
}

#[test]
fn too_early_and_without_being_allowed_to() {
    Conversation::new(|stage| {
        stage.extract(Extraction::Kernel);
        stage.reconnect();
        stage.shake_hands();
    })
    .hold();
}

#[test]
fn with_something_still_to_be_sent() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.habits().rests_after_deeds = true;
        stage.refresh();
        stage.extract(Extraction::Kernel);
    })
    .configured(allowed)
    .only(Case::is_tls13)
    .hold();
}

#[test]
fn after_the_peer_has_closed() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_closes();
        stage.deliver();
        stage.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .hold();
}

#[test]
fn after_we_have_closed() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.close();
        stage.peer_reads();
        stage.extract(Extraction::Secrets);
    })
    .configured(allowed)
    .hold();
}
