//! Which records end a connection, and does nothing follow them?

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustls::AlertDescription::{self, BadRecordMac, HandshakeFailure};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::Error;
use testing::{Fixture, Implementation, UPDATE_REQUESTED, key_update};

const CLOSE_NOTIFY: [u8; 2] = [1, 0];

fn fatal(description: AlertDescription) -> Vec<u8> {
    vec![2, description.into()]
}

/// Closes the target's side, and checks that it sends one close_notify.
fn close(fixture: &mut Fixture<'_>) {
    let sent = fixture.target.close();
    assert_eq!(fixture.forger.open(&sent), (Alert, CLOSE_NOTIFY.to_vec()));
}

/// Delivers a record that is not authentic.
fn receive_bad_record(fixture: &mut Fixture<'_>) -> Result<(), Error> {
    let mut bad = fixture
        .forger
        .seal(ApplicationData, b"not authentic");
    bad[9] ^= 1;
    fixture.target.receive(&bad)
}

/// Checks that no call sends anything.
fn assert_silent(fixture: &mut Fixture<'_>) {
    for _ in 0..2 {
        assert_eq!(fixture.target.answer(), b"");
        fixture
            .target
            .write(b"more")
            .expect_err("ended");
        fixture
            .target
            .refresh_traffic_keys()
            .expect_err("ended");
        assert_eq!(fixture.target.close(), b"");
        assert_eq!(fixture.target.answer(), b"");
    }
}

/// R13-6.1-a: one close_notify of level warning closes a connection.
#[test]
fn close_notify_is_sent_once() {
    Fixture::each(Implementation::ALL, |fixture| {
        close(fixture);
        assert_eq!(fixture.target.close(), b"");
        assert_eq!(fixture.target.answer(), b"");
    });
}

/// R13-6.1-a: after a fatal alert no close_notify is needed.
#[test]
fn no_close_notify_follows_a_fatal_alert() {
    Fixture::each(Implementation::ALL, |fixture| {
        receive_bad_record(fixture).expect_err("not authentic");
        let sent = fixture.target.answer();
        assert_eq!(fixture.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        assert_eq!(fixture.target.close(), b"");
    });
}

/// R13-6.1-b: nothing follows a close_notify: no data, no KeyUpdate, no answer, no alert.
#[test]
fn nothing_follows_a_close_notify() {
    Fixture::each(Implementation::DIRECT, |fixture| {
        close(fixture);
        assert_silent(fixture);
        let request = match fixture.setup.is_tls13() {
            true => key_update(UPDATE_REQUESTED),
            false => fixture.renegotiation(),
        };
        fixture
            .receive(Handshake, &request)
            .expect("a request");
        if fixture.setup.is_tls13() {
            fixture.forger.update_sealer();
        }
        assert_silent(fixture);
        fixture
            .receive(ApplicationData, b"in")
            .expect("data");
        assert_eq!(fixture.target.received(), b"in");
        assert_eq!(fixture.target.is_direct(), fixture.setup.runs_direct());

        assert_eq!(receive_bad_record(fixture), Err(Error::DecryptError));
        assert_silent(fixture);
    });
}

/// R13-6.1-b: an owed answer is sent before the close_notify, or not at all.
#[test]
fn an_owed_answer_precedes_a_close_notify() {
    Fixture::each(Implementation::DIRECT, |fixture| {
        if !fixture.setup.is_tls13() {
            return;
        }
        fixture
            .receive(Handshake, &key_update(UPDATE_REQUESTED))
            .expect("a request");
        fixture.forger.update_sealer();
        let sent = fixture.target.close();
        let answer_len = fixture.forger.twin.encrypted_len(5);
        let (answer, close_notify) = sent.split_at(answer_len);
        assert_eq!(fixture.forger.open(answer), (Handshake, key_update(0)));
        fixture.forger.update_opener();
        let close_notify = fixture.forger.open(close_notify);
        assert_eq!(close_notify, (Alert, CLOSE_NOTIFY.to_vec()));
        assert_silent(fixture);
    });
}

/// R13-6.1-b: after its close_notify, rustls sends data, and an alert, at which its debug build panics.
#[test]
fn rustls_continues_after_its_close_notify() {
    Fixture::each(&[Implementation::Rustls], |fixture| {
        close(fixture);
        let sent = fixture.target.write(b"more");
        let data = (ApplicationData, b"more".to_vec());
        assert_eq!(
            fixture
                .forger
                .open(&sent.expect("to write")),
            data
        );

        let outcome = catch_unwind(AssertUnwindSafe(|| receive_bad_record(fixture)));
        match cfg!(debug_assertions) {
            true => assert!(outcome.is_err(), "no panic"),
            false => {
                assert!(matches!(outcome, Ok(Err(Error::DecryptError))));
                let sent = fixture.target.answer();
                assert_eq!(fixture.forger.open(&sent), (Alert, fatal(BadRecordMac)));
            }
        }
    });
}

/// R13-6.2-a: an error sends one fatal alert, under the current key.
#[test]
fn an_error_sends_one_alert_under_the_current_key() {
    Fixture::each(Implementation::ALL, |fixture| {
        if fixture.setup.is_tls13() {
            let sent = fixture.target.refresh_traffic_keys();
            fixture
                .forger
                .open(&sent.expect("TLS 1.3"));
            fixture.forger.update_opener();
        }
        receive_bad_record(fixture).expect_err("not authentic");
        let sent = fixture.target.answer();
        assert_eq!(fixture.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        for _ in 0..2 {
            receive_bad_record(fixture).expect_err("ended");
            assert_eq!(fixture.target.answer(), b"");
        }
    });
}

/// R13-6.2-a, R13-6.2-b: after an error of ours nothing is sealed or opened, and the error is repeated.
#[test]
fn nothing_is_sealed_or_opened_after_an_error() {
    Fixture::each(Implementation::DIRECT, |fixture| {
        assert_eq!(receive_bad_record(fixture), Err(Error::DecryptError));
        let sent = fixture.target.answer();
        assert_eq!(fixture.forger.open(&sent), (Alert, fatal(BadRecordMac)));
        assert_stays_failed(fixture, Error::DecryptError);
    });
}

/// R13-6.2-b: likewise after a fatal alert, which is not answered.
#[test]
fn nothing_is_sealed_or_opened_after_a_fatal_alert() {
    Fixture::each(Implementation::DIRECT, |fixture| {
        let error = Error::AlertReceived(HandshakeFailure);
        let alert = fatal(HandshakeFailure);
        assert_eq!(fixture.receive(Alert, &alert), Err(error.clone()));
        assert_stays_failed(fixture, error);
    });
}

fn assert_stays_failed(fixture: &mut Fixture<'_>, error: Error) {
    assert!(!fixture.target.is_direct());
    for _ in 0..2 {
        assert_silent(fixture);
        assert_eq!(
            fixture.target.write(b"more"),
            Err(refusal(fixture.implementation, &error))
        );
        let good = fixture.receive(ApplicationData, b"good");
        assert_eq!(good, Err(error.clone()));
        assert_eq!(fixture.target.received(), b"");
    }
}

/// The text of a write's error after `error`.
fn refusal(implementation: Implementation, error: &Error) -> String {
    match implementation {
        Implementation::StateMachine => error.to_string(),
        _ => format!("the connection has failed: {error}"),
    }
}

/// R13-6.2-b: rustls still sends a close_notify after a fatal alert. Its writes fail with the error.
#[test]
fn rustls_closes_after_a_fatal_alert() {
    Fixture::each(&[Implementation::Rustls], |fixture| {
        let error = Error::AlertReceived(HandshakeFailure);
        let alert = fatal(HandshakeFailure);
        assert_eq!(fixture.receive(Alert, &alert), Err(error.clone()));
        assert_eq!(fixture.target.write(b"more"), Err(error.to_string()));
        close(fixture);
    });
}
