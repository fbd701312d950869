//! The last records of a connection.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustls::AlertDescription::{self, BadRecordMac, HandshakeFailure};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::Error;
use testing::{Make, Scene, UPDATE_REQUESTED, key_update};

const CLOSE_NOTIFY: [u8; 2] = [1, 0];

fn fatal(description: AlertDescription) -> Vec<u8> {
    vec![2, description.into()]
}

/// Closes the victim's side, which sends one close_notify.
fn close(scene: &mut Scene<'_>) {
    let sent = scene.victim.close();
    assert_eq!(scene.forger.open(&sent), (Alert, CLOSE_NOTIFY.to_vec()));
}

/// Has the victim receive a record that is not authentic.
fn spoil(scene: &mut Scene<'_>) -> Result<(), Error> {
    let mut bad = scene
        .forger
        .seal(ApplicationData, b"to be spoilt");
    bad[9] ^= 1;
    scene.victim.receive(&bad)
}

/// Checks that nothing is sent, whatever is asked for.
fn is_silent(scene: &mut Scene<'_>) {
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

/// R13-6.1-a: a connection is closed by one close_notify, of level warning.
#[test]
fn close_notify_is_sent_once() {
    Scene::each(Make::ALL, |scene| {
        close(scene);
        assert_eq!(scene.victim.close(), b"");
        assert_eq!(scene.victim.answer(), b"");
    });
}

/// R13-6.1-a: after a fatal alert there is nothing to be closed.
#[test]
fn no_close_notify_follows_a_fatal_alert() {
    Scene::each(Make::ALL, |scene| {
        spoil(scene).expect_err("spoilt");
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
        is_silent(scene);
        let question = match scene.setup.is_tls13() {
            true => key_update(UPDATE_REQUESTED),
            false => scene.renegotiation(),
        };
        scene
            .receive(Handshake, &question)
            .expect("a question");
        if scene.setup.is_tls13() {
            scene.forger.update_sealer();
        }
        is_silent(scene);
        scene
            .receive(ApplicationData, b"in")
            .expect("data");
        assert_eq!(scene.victim.received(), b"in");
        assert_eq!(scene.victim.is_direct(), scene.setup.runs_direct());

        assert_eq!(spoil(scene), Err(Error::DecryptError));
        is_silent(scene);
    });
}

/// R13-6.1-b: an answer that is owed goes out before the close_notify, or not at all.
#[test]
fn no_answer_follows_a_close_notify_that_was_asked_for_later() {
    Scene::each(Make::OURS, |scene| {
        if !scene.setup.is_tls13() {
            return;
        }
        scene
            .receive(Handshake, &key_update(UPDATE_REQUESTED))
            .expect("a question");
        scene.forger.update_sealer();
        let sent = scene.victim.close();
        let answer_len = scene.forger.twin.encrypted_len(5);
        let (answer, close_notify) = sent.split_at(answer_len);
        assert_eq!(scene.forger.open(answer), (Handshake, key_update(0)));
        scene.forger.update_opener();
        let close_notify = scene.forger.open(close_notify);
        assert_eq!(close_notify, (Alert, CLOSE_NOTIFY.to_vec()));
        is_silent(scene);
    });
}

/// R13-6.1-b: rustls goes on after its close_notify with data, and with an alert, at which its debug build panics.
#[test]
fn rustls_goes_on_after_its_close_notify() {
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

        let spoilt = catch_unwind(AssertUnwindSafe(|| spoil(scene)));
        match cfg!(debug_assertions) {
            true => assert!(spoilt.is_err(), "no panic"),
            false => {
                assert!(matches!(spoilt, Ok(Err(Error::DecryptError))));
                let sent = scene.victim.answer();
                assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
            }
        }
    });
}

/// R13-6.2-a: an error is told once, by a fatal alert under the key that is current.
#[test]
fn an_error_is_told_once_under_the_current_key() {
    Scene::each(Make::ALL, |scene| {
        if scene.setup.is_tls13() {
            let sent = scene.victim.refresh_traffic_keys();
            scene
                .forger
                .open(&sent.expect("TLS 1.3"));
            scene.forger.update_opener();
        }
        spoil(scene).expect_err("spoilt");
        let sent = scene.victim.answer();
        assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        for _ in 0..2 {
            spoil(scene).expect_err("ended");
            assert_eq!(scene.victim.answer(), b"");
        }
    });
}

/// R13-6.2-a, R13-6.2-b: after an error of ours nothing is sealed and nothing is opened, and the error comes again.
#[test]
fn nothing_goes_on_after_an_error() {
    Scene::each(Make::OURS, |scene| {
        assert_eq!(spoil(scene), Err(Error::DecryptError));
        let sent = scene.victim.answer();
        assert_eq!(scene.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        stays_dead(scene, Error::DecryptError);
    });
}

/// R13-6.2-b: nor after a fatal alert, of which there is nothing to be said.
#[test]
fn nothing_goes_on_after_a_fatal_alert() {
    Scene::each(Make::OURS, |scene| {
        let error = Error::AlertReceived(HandshakeFailure);
        let alert = fatal(HandshakeFailure);
        assert_eq!(scene.receive(Alert, &alert), Err(error.clone()));
        stays_dead(scene, error);
    });
}

fn stays_dead(scene: &mut Scene<'_>, error: Error) {
    assert!(!scene.victim.is_direct());
    for _ in 0..2 {
        is_silent(scene);
        assert_eq!(
            scene.victim.write(b"more"),
            Err(refusal(scene.make, &error))
        );
        let good = scene.receive(ApplicationData, b"good");
        assert_eq!(good, Err(error.clone()));
        assert_eq!(scene.victim.received(), b"");
    }
}

/// What a write says after `error`.
fn refusal(make: Make, error: &Error) -> String {
    match make {
        Make::Ours => error.to_string(),
        _ => format!("the connection has failed: {error}"),
    }
}

/// R13-6.2-b: rustls still closes a connection that a fatal alert has ended. What it writes is refused with the error.
#[test]
fn rustls_closes_what_a_fatal_alert_has_ended() {
    Scene::each(&[Make::Rustls], |scene| {
        let error = Error::AlertReceived(HandshakeFailure);
        let alert = fatal(HandshakeFailure);
        assert_eq!(scene.receive(Alert, &alert), Err(error.clone()));
        assert_eq!(scene.victim.write(b"more"), Err(error.to_string()));
        close(scene);
    });
}
