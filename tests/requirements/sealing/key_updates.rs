//! KeyUpdates that we send.

use rustls::ContentType::{ApplicationData, Handshake};
use rustls::Error;
use testing::{Make, Scene, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update};

/// Runs `test` for every suite of TLS 1.3.
fn each_of_tls13(makes: &[Make], test: impl Fn(&mut Scene<'_>)) {
    Scene::each(makes, |scene| {
        if scene.setup.is_tls13() {
            test(scene);
        }
    });
}

/// Checks that `sent` is one KeyUpdate, under the key so far, and goes on to the next.
fn is_key_update(scene: &mut Scene<'_>, sent: &[u8], request: u8) {
    assert_eq!(scene.forger.open(sent), (Handshake, key_update(request)));
    scene.forger.update_opener();
}

/// R13-4.6.3-a, R13-4.6.3-b: a KeyUpdate is the last record under its key. The next has number 0, and is under the key
/// that the standard derives, generation after generation, in both directions.
#[test]
fn every_generation_is_the_one_of_the_standard() {
    each_of_tls13(Make::ALL, |scene| {
        for _ in 0..4 {
            let sent = scene.victim.refresh_traffic_keys();
            is_key_update(scene, &sent.expect("TLS 1.3"), UPDATE_REQUESTED);
            // The answer of the peer.
            scene
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("a KeyUpdate");
            scene.forger.update_sealer();
            scene.passes_data();
        }
        // The other direction alone.
        for _ in 0..2 {
            scene
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("a KeyUpdate");
            scene.forger.update_sealer();
            scene.passes_data();
        }
    });
}

/// What is asked of the peer by three updates in a row that it does not answer.
fn three_requests(scene: &mut Scene<'_>, expected: [u8; 3]) {
    for request in expected {
        let sent = scene.victim.refresh_traffic_keys();
        is_key_update(scene, &sent.expect("TLS 1.3"), request);
    }
    scene.passes_data();
}

/// R13-4.6.3-c: the peer is not asked again before it has answered, and can be once it has. rustls asks every time.
#[test]
fn a_peer_is_not_asked_twice_before_it_answers() {
    each_of_tls13(Make::OURS, |scene| {
        for _ in 0..2 {
            three_requests(
                scene,
                [UPDATE_REQUESTED, UPDATE_NOT_REQUESTED, UPDATE_NOT_REQUESTED],
            );
            scene
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("the answer");
            scene.forger.update_sealer();
        }
    });
    each_of_tls13(&[Make::Rustls], |scene| {
        three_requests(scene, [UPDATE_REQUESTED; 3]);
    });
}

/// R13-4.6.3-e: TLS 1.2 has no KeyUpdate. Whoever asks for one is told, and nothing is sent.
#[test]
fn tls12_has_no_key_update() {
    Scene::each(Make::ALL, |scene| {
        if scene.setup.is_tls13() {
            return;
        }
        let refused = scene.victim.refresh_traffic_keys();
        assert_eq!(refused, Err(Error::HandshakeNotComplete));
        assert_eq!(scene.victim.answer(), b"");
        scene.passes_data();
    });
}

/// R13-4.6.3-f: the answer that is owed comes before the data, under the key so far.
#[test]
fn an_answer_that_is_owed_comes_before_data() {
    each_of_tls13(Make::ALL, |scene| {
        scene
            .receive(Handshake, &key_update(UPDATE_REQUESTED))
            .expect("a KeyUpdate");
        scene.forger.update_sealer();
        let sent = scene
            .victim
            .write(b"data")
            .expect("to write");
        let answer_len = scene
            .forger
            .twin
            .encrypted_len(key_update(0).len());
        let (answer, data) = sent.split_at(answer_len);
        is_key_update(scene, answer, UPDATE_NOT_REQUESTED);
        let data = scene.forger.open(data);
        assert_eq!(data, (ApplicationData, b"data".to_vec()));
        scene.passes_data();
    });
}
