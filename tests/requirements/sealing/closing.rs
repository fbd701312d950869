//! Which records end a connection, and does nothing follow them?

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustls::AlertDescription::{self, BadRecordMac, HandshakeFailure};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::Error;
use testing::{Make, Scene, UPDATE_REQUESTED, key_update};

const CLOSE_NOTIFY: [u8; 2] = [1, 0];

fn fatal(description: AlertDescription) -> Vec<u8> {
    vec![2, description.into()]
}

/// Closes the victim's side, and checks that it sends one close_notify.
fn close(scene: &mut Scene<'_>) {
    let sent = scene.victim.close();
    assert_eq!(scene.forger.open(&sent), (Alert, CLOSE_NOTIFY.to_vec()));
}

/// Delivers a record that is not authentic.
fn receive_bad_record(scene: &mut Scene<'_>) -> Result<(), Error> {
    let mut bad = scene
        .forger
        .seal(ApplicationData, b"not authentic");
    bad[9] ^= 1;
    scene.victim.receive(&bad)
}

/// Checks that no call sends anything.
fn assert_silent(scene: &mut Scene<'_>) {
    for _ in 0..2 {
        assert_eq!(scene.victim.answer(), b"");
        scene
            .victim
            .write(b"more")
            .expect_err("ended");
        scene
            .victim
            .refresh_traffic_keys()
            .expect_err("ended");
        assert_eq!(scene.victim.close(), b"");
        assert_eq!(scene.victim.answer(), b"");
    }
}

/// R13-6.1-a: one close_notify of level warning closes a connection.
#[test]
fn close_notify_is_sent_once() {
    Scene::each(Make::ALL, |scene| {
        close(scene);
        assert_eq!(scene.victim.close(), b"");
        assert_eq!(scene.victim.answer(), b"");
    });
}

/// R13-6.1-a: after a fatal alert no close_notify is needed.
#[test]
fn no_close_notify_follows_a_fatal_alert() {
    Scene::each(Make::ALL, |scene| {
        receive_bad_record(scene).expect_err("not authentic");
        let sent = scene.victim.answer();
        assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        assert_eq!(scene.victim.close(), b"");
    });
}

/// R13-6.1-b: nothing follows a close_notify: no data, no KeyUpdate, no answer, no alert.
#[test]
fn nothing_follows_a_close_notify() {
    Scene::each(Make::OURS, |scene| {
        close(scene);
        assert_silent(scene);
        let request = match scene.setup.is_tls13() {
            true => key_update(UPDATE_REQUESTED),
            false => scene.renegotiation(),
        };
        scene
            .receive(Handshake, &request)
            .expect("a request");
        if scene.setup.is_tls13() {
            scene.forger.update_sealer();
        }
        assert_silent(scene);
        scene
            .receive(ApplicationData, b"in")
            .expect("data");
        assert_eq!(scene.victim.received(), b"in");
        assert_eq!(scene.victim.is_direct(), scene.setup.runs_direct());

        assert_eq!(receive_bad_record(scene), Err(Error::DecryptError));
        assert_silent(scene);
    });
}

/// R13-6.1-b: an owed answer is sent before the close_notify, or not at all.
#[test]
fn an_owed_answer_precedes_a_close_notify() {
    Scene::each(Make::OURS, |scene| {
        if !scene.setup.is_tls13() {
            return;
        }
        scene
            .receive(Handshake, &key_update(UPDATE_REQUESTED))
            .expect("a request");
        scene.forger.update_sealer();
        let sent = scene.victim.close();
        let answer_len = scene.forger.twin.encrypted_len(5);
        let (answer, close_notify) = sent.split_at(answer_len);
        assert_eq!(scene.forger.open(answer), (Handshake, key_update(0)));
        scene.forger.update_opener();
        let close_notify = scene.forger.open(close_notify);
        assert_eq!(close_notify, (Alert, CLOSE_NOTIFY.to_vec()));
        assert_silent(scene);
    });
}

/// R13-6.1-b: after its close_notify, rustls sends data, and an alert, at which its debug build panics.
#[test]
fn rustls_continues_after_its_close_notify() {
    Scene::each(&[Make::Rustls], |scene| {
        close(scene);
        let sent = scene.victim.write(b"more");
        let data = (ApplicationData, b"more".to_vec());
        assert_eq!(
            scene
                .forger
                .open(&sent.expect("to write")),
            data
        );

        let outcome = catch_unwind(AssertUnwindSafe(|| receive_bad_record(scene)));
        match cfg!(debug_assertions) {
            true => assert!(outcome.is_err(), "no panic"),
            false => {
                assert!(matches!(outcome, Ok(Err(Error::DecryptError))));
                let sent = scene.victim.answer();
                assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
            }
        }
    });
}

/// R13-6.2-a: an error sends one fatal alert, under the current key.
#[test]
fn an_error_sends_one_alert_under_the_current_key() {
    Scene::each(Make::ALL, |scene| {
        if scene.setup.is_tls13() {
            let sent = scene.victim.refresh_traffic_keys();
            scene
                .forger
                .open(&sent.expect("TLS 1.3"));
            scene.forger.update_opener();
        }
        receive_bad_record(scene).expect_err("not authentic");
        let sent = scene.victim.answer();
        assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        for _ in 0..2 {
            receive_bad_record(scene).expect_err("ended");
            assert_eq!(scene.victim.answer(), b"");
        }
    });
}

/// R13-6.2-a, R13-6.2-b: after an error of ours nothing is sealed or opened, and the error is repeated.
#[test]
fn nothing_is_sealed_or_opened_after_an_error() {
    Scene::each(Make::OURS, |scene| {
        assert_eq!(receive_bad_record(scene), Err(Error::DecryptError));
        let sent = scene.victim.answer();
        assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        assert_stays_failed(scene, Error::DecryptError);
    });
}

/// R13-6.2-b: likewise after a fatal alert, which is not answered.
#[test]
fn nothing_is_sealed_or_opened_after_a_fatal_alert() {
    Scene::each(Make::OURS, |scene| {
        let error = Error::AlertReceived(HandshakeFailure);
        let alert = fatal(HandshakeFailure);
        assert_eq!(scene.receive(Alert, &alert), Err(error.clone()));
        assert_stays_failed(scene, error);
    });
}

fn assert_stays_failed(scene: &mut Scene<'_>, error: Error) {
    assert!(!scene.victim.is_direct());
    for _ in 0..2 {
        assert_silent(scene);
        assert_eq!(
            scene.victim.write(b"more"),
            Err(refusal(scene.make, &error))
        );
        let good = scene.receive(ApplicationData, b"good");
        assert_eq!(good, Err(error.clone()));
        assert_eq!(scene.victim.received(), b"");
    }
}

/// The text of a write's error after `error`.
fn refusal(make: Make, error: &Error) -> String {
    match make {
        Make::Ours => error.to_string(),
        _ => format!("the connection has failed: {error}"),
    }
}

/// R13-6.2-b: rustls still sends a close_notify after a fatal alert. Its writes fail with the error.
#[test]
fn rustls_closes_after_a_fatal_alert() {
    Scene::each(&[Make::Rustls], |scene| {
        let error = Error::AlertReceived(HandshakeFailure);
        let alert = fatal(HandshakeFailure);
        assert_eq!(scene.receive(Alert, &alert), Err(error.clone()));
        assert_eq!(scene.victim.write(b"more"), Err(error.to_string()));
        close(scene);
    });
}
