//! Are the KeyUpdates that we send as the standards require?

use rustls::ContentType::{ApplicationData, Handshake};
use rustls::Error;
use testing::{Make, Scene, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update};

/// Runs `test` for every suite of TLS 1.3.
fn for_each_tls13(makes: &[Make], test: impl Fn(&mut Scene<'_>)) {
    Scene::each(makes, |scene| {
        if scene.setup.is_tls13() {
            test(scene);
        }
    });
}

/// Checks that `sent` is one KeyUpdate under the current key, and takes the next key.
fn open_key_update(scene: &mut Scene<'_>, sent: &[u8], request: u8) {
    assert_eq!(scene.forger.open(sent), (Handshake, key_update(request)));
    scene.forger.update_opener();
}

/// R13-4.6.3-a, R13-4.6.3-b: a KeyUpdate is the last record under its key. The next record has sequence number 0, and
/// the key that the standard derives, for several generations in both directions.
#[test]
fn every_generation_of_keys_is_derived_as_in_the_standard() {
    for_each_tls13(Make::ALL, |scene| {
        for _ in 0..4 {
            let sent = scene.victim.refresh_traffic_keys();
            open_key_update(scene, &sent.expect("TLS 1.3"), UPDATE_REQUESTED);
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

/// Sends three updates in a row that the peer does not answer, and checks their requests.
fn three_requests(scene: &mut Scene<'_>, expected: [u8; 3]) {
    for request in expected {
        let sent = scene.victim.refresh_traffic_keys();
        open_key_update(scene, &sent.expect("TLS 1.3"), request);
    }
    scene.passes_data();
}

/// R13-4.6.3-c: an update requests no second answer before the first has arrived. rustls requests one every time.
#[test]
fn no_second_answer_is_requested_before_the_first_arrives() {
    for_each_tls13(Make::OURS, |scene| {
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
    for_each_tls13(&[Make::Rustls], |scene| {
        three_requests(scene, [UPDATE_REQUESTED; 3]);
    });
}

/// R13-4.6.3-e: TLS 1.2 has no KeyUpdate. A call for one is refused, and nothing is sent.
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

/// R13-4.6.3-f: an owed answer precedes the data, under the current key.
#[test]
fn an_owed_answer_precedes_data() {
    for_each_tls13(Make::ALL, |scene| {
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
        open_key_update(scene, answer, UPDATE_NOT_REQUESTED);
        let data = scene.forger.open(data);
        assert_eq!(data, (ApplicationData, b"data".to_vec()));
        scene.passes_data();
    });
}
