//! Are the KeyUpdates that we send as the standards require?

use rustls::ContentType::{ApplicationData, Handshake};
use rustls::Error;
use testing::{Fixture, Implementation, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update};

/// Runs `test` for every suite of TLS 1.3.
fn for_each_tls13(implementations: &[Implementation], test: impl Fn(&mut Fixture<'_>)) {
    Fixture::each(implementations, |fixture| {
        if fixture.setup.is_tls13() {
            test(fixture);
        }
    });
}

/// Checks that `sent` is one KeyUpdate under the current key, and takes the next key.
fn open_key_update(fixture: &mut Fixture<'_>, sent: &[u8], request: u8) {
    assert_eq!(fixture.forger.open(sent), (Handshake, key_update(request)));
    fixture.forger.update_opener();
}

/// R13-4.6.3-a, R13-4.6.3-b: a KeyUpdate is the last record under its key. The next record has sequence number 0, and
/// the key that the standard derives, for several generations in both directions.
#[test]
fn every_generation_of_keys_is_derived_as_in_the_standard() {
    for_each_tls13(Implementation::ALL, |fixture| {
        for _ in 0..4 {
            let sent = fixture.target.refresh_traffic_keys();
            open_key_update(fixture, &sent.expect("TLS 1.3"), UPDATE_REQUESTED);
            // The answer of the peer.
            fixture
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("a KeyUpdate");
            fixture.forger.update_sealer();
            fixture.passes_data();
        }
        // The other direction alone.
        for _ in 0..2 {
            fixture
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("a KeyUpdate");
            fixture.forger.update_sealer();
            fixture.passes_data();
        }
    });
}

/// Sends three updates in a row that the peer does not answer, and checks their requests.
fn three_requests(fixture: &mut Fixture<'_>, expected: [u8; 3]) {
    for request in expected {
        let sent = fixture.target.refresh_traffic_keys();
        open_key_update(fixture, &sent.expect("TLS 1.3"), request);
    }
    fixture.passes_data();
}

/// R13-4.6.3-c: an update requests no second answer before the first has arrived. rustls requests one every time.
#[test]
fn no_second_answer_is_requested_before_the_first_arrives() {
    for_each_tls13(Implementation::DIRECT, |fixture| {
        for _ in 0..2 {
            three_requests(
                fixture,
                [UPDATE_REQUESTED, UPDATE_NOT_REQUESTED, UPDATE_NOT_REQUESTED],
            );
            fixture
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("the answer");
            fixture.forger.update_sealer();
        }
    });
    for_each_tls13(&[Implementation::Rustls], |fixture| {
        three_requests(fixture, [UPDATE_REQUESTED; 3]);
    });
}

/// R13-4.6.3-e: TLS 1.2 has no KeyUpdate. A call for one is refused, and nothing is sent.
#[test]
fn tls12_has_no_key_update() {
    Fixture::each(Implementation::ALL, |fixture| {
        if fixture.setup.is_tls13() {
            return;
        }
        let refused = fixture.target.refresh_traffic_keys();
        assert_eq!(refused, Err(Error::HandshakeNotComplete));
        assert_eq!(fixture.target.answer(), b"");
        fixture.passes_data();
    });
}

/// R13-4.6.3-f: an owed answer precedes the data, under the current key.
#[test]
fn an_owed_answer_precedes_data() {
    for_each_tls13(Implementation::ALL, |fixture| {
        fixture
            .receive(Handshake, &key_update(UPDATE_REQUESTED))
            .expect("a KeyUpdate");
        fixture.forger.update_sealer();
        let sent = fixture
            .target
            .write(b"data")
            .expect("to write");
        let answer_len = fixture
            .forger
            .twin
            .encrypted_len(key_update(0).len());
        let (answer, data) = sent.split_at(answer_len);
        open_key_update(fixture, answer, UPDATE_NOT_REQUESTED);
        let data = fixture.forger.open(data);
        assert_eq!(data, (ApplicationData, b"data".to_vec()));
        fixture.passes_data();
    });
}
