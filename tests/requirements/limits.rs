//! Section H: Are our own limits enforced, with unexpected_message as the alert?
//!
//! No standard sets these limits. rustls has similar ones, and sends no alert.

use rustls::AlertDescription::{self, UnexpectedMessage};
use rustls::{ContentType, Error, PeerMisbehaved};
use testing::Outcome::{Accepted, ErrorWithoutAlert, FatalAlert};
use testing::{
    Fixture, Implementation, NewSessionTicket, Role, UPDATE_NOT_REQUESTED, attack, key_update,
};

use crate::{receive_data, renegotiation};

fn empty_record(fixture: &mut Fixture<'_>) -> Result<(), Error> {
    fixture.receive(ContentType::ApplicationData, b"")
}

/// Delivers as many empty records as are allowed in a row.
fn receive_empty_records(fixture: &mut Fixture<'_>) {
    for _ in 0..32 {
        empty_record(fixture).expect("an empty record");
    }
}

/// IMP-empty, IMP-alert-out: 32 in a row are allowed, and data restarts the count.
#[test]
fn more_than_32_empty_records_in_a_row_are_refused() {
    attack(|fixture| {
        for _ in 0..2 {
            receive_empty_records(fixture);
            receive_data(fixture);
        }
        receive_empty_records(fixture);
        let result = empty_record(fixture);
        let expected = PeerMisbehaved::TooManyEmptyFragments;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(ErrorWithoutAlert);
}

/// A handshake message that a connection accepts, at least if it is answered in between.
fn harmless_message(fixture: &mut Fixture<'_>) -> Vec<u8> {
    match (fixture.setup.is_tls13(), fixture.role) {
        (true, Role::Client) => NewSessionTicket::with_len(9).message(),
        (true, Role::Server) => key_update(UPDATE_NOT_REQUESTED),
        (false, role) => renegotiation(fixture.setup, role),
    }
}

/// IMP-empty.
#[test]
fn a_handshake_message_restarts_the_count_of_empty_records() {
    attack(|fixture| {
        receive_empty_records(fixture);
        let harmless = harmless_message(fixture);
        fixture.receive(ContentType::Handshake, &harmless)?;
        if harmless == key_update(UPDATE_NOT_REQUESTED) {
            fixture.forger.update_sealer();
        }
        fixture.target.answer();
        receive_empty_records(fixture);
        Ok(())
    })
    .expect_both(Accepted);
}

/// IMP-empty: an alert does not restart the count. With rustls it does.
#[test]
fn an_alert_does_not_restart_the_count_of_empty_records() {
    attack(|fixture| {
        receive_empty_records(fixture);
        fixture
            .receive(ContentType::Alert, &USER_CANCELED)
            .expect("an ignored alert");
        empty_record(fixture)
    })
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(Accepted);
}

const USER_CANCELED: [u8; 2] = [1, 90];

/// Delivers an alert that is ignored: in TLS 1.2 the description does not matter, in TLS 1.3 the level does not.
fn ignorable_alert(fixture: &mut Fixture<'_>, i: u8) -> Result<(), Error> {
    let alert = match (fixture.setup.is_tls13(), fixture.implementation) {
        (true, Implementation::Rustls) => USER_CANCELED,
        (true, _) => [1 + i % 2, 90],
        (false, _) => [1, 90 + i],
    };
    fixture.receive(ContentType::Alert, &alert)
}

/// IMP-warn, IMP-alert-out: 4 in a row are allowed, and data restarts the count.
#[test]
fn more_than_4_ignorable_alerts_in_a_row_are_refused() {
    attack(|fixture| {
        for _ in 0..2 {
            for i in 0..4 {
                ignorable_alert(fixture, i).expect("an ignored alert");
            }
            receive_data(fixture);
        }
        for i in 0..4 {
            ignorable_alert(fixture, i).expect("an ignored alert");
        }
        let result = ignorable_alert(fixture, 4);
        let expected = PeerMisbehaved::TooManyWarningAlertsReceived;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .expect_direct(FatalAlert(UnexpectedMessage));
}

/// IMP-warn: rustls allows 4 alerts per connection, whatever arrives in between.
#[test]
fn rustls_never_restarts_the_count_of_alerts() {
    attack(|fixture| {
        for i in 0..4 {
            ignorable_alert(fixture, i).expect("an ignored alert");
            receive_data(fixture);
        }
        let result = ignorable_alert(fixture, 4);
        if fixture.implementation == Implementation::Rustls {
            let expected = PeerMisbehaved::TooManyWarningAlertsReceived;
            assert_eq!(result, Err(expected.into()));
        }
        result
    })
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// IMP-warn: empty data does not restart the count.
#[test]
fn empty_data_does_not_restart_the_count_of_alerts() {
    attack(|fixture| {
        for i in 0..4 {
            ignorable_alert(fixture, i).expect("an ignored alert");
        }
        empty_record(fixture).expect("an empty record");
        ignorable_alert(fixture, 4)
    })
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(ErrorWithoutAlert);
}

/// IMP-reneg, IMP-alert-out: the first attempt is answered, three more are ignored, and the fifth is refused. rustls
/// refuses the second.
#[test]
fn a_fifth_attempt_to_renegotiate_is_refused() {
    attack(|fixture| {
        let attempt = renegotiation(fixture.setup, fixture.role);
        for i in 0..4 {
            fixture
                .receive(ContentType::Handshake, &attempt)
                .expect("not too many");
            let sent = fixture.target.answer();
            match i {
                0 => {
                    let warning = [1, u8::from(AlertDescription::NoRenegotiation)];
                    let (typ, content) = fixture.forger.open(&sent);
                    assert_eq!((typ, &content[..]), (ContentType::Alert, &warning[..]));
                }
                _ => assert_eq!(sent, b""),
            }
            // Attempts are counted as long as the connection lasts.
            fixture.passes_data();
        }
        let result = fixture.receive(ContentType::Handshake, &attempt);
        let expected = PeerMisbehaved::TooManyRenegotiationRequests;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .on_tls12()
    .expect_direct(FatalAlert(UnexpectedMessage));
}

/// R12-7.4.1.1-a, R12-7.2.2-a, IMP-reneg: rustls allows one.
#[test]
fn a_second_attempt_to_renegotiate_is_ignored() {
    attack(|fixture| {
        let attempt = renegotiation(fixture.setup, fixture.role);
        fixture
            .receive(ContentType::Handshake, &attempt)
            .expect("an attempt");
        let sent = fixture.target.answer();
        assert_eq!(fixture.forger.open(&sent).0, ContentType::Alert);
        fixture.receive(ContentType::Handshake, &attempt)?;
        assert_eq!(fixture.target.answer(), b"");
        fixture.passes_data();
        Ok(())
    })
    .on_tls12()
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
}

/// IMP-nst, IMP-alert-out: 32 in a row are allowed, and data restarts the count. rustls allows any number.
#[test]
fn more_than_32_tickets_without_data_are_refused() {
    attack(|fixture| {
        let ticket = NewSessionTicket::with_len(9).message();
        // The server has sent some tickets already.
        receive_data(fixture);
        for _ in 0..2 {
            for _ in 0..32 {
                fixture
                    .receive(ContentType::Handshake, &ticket)
                    .expect("not too many");
            }
            receive_data(fixture);
        }
        for _ in 0..31 {
            fixture
                .receive(ContentType::Handshake, &ticket)
                .expect("not too many");
        }
        // Two messages in one record.
        fixture.receive(ContentType::Handshake, &[&ticket[..], &ticket].concat())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(Accepted);
}

/// IMP-nst, IMP-empty, IMP-warn: a side that only writes can receive any number of these between its records.
#[test]
fn ignored_records_between_our_writes_are_not_limited() {
    attack(|fixture| {
        for i in 0..200 {
            empty_record(fixture)?;
            ignorable_alert(fixture, i % 2)?;
            let sent = fixture
                .target
                .write(b"out")
                .expect("to write");
            let out = (ContentType::ApplicationData, b"out".to_vec());
            assert_eq!(fixture.forger.open(&sent), out);
        }
        fixture.passes_data();
        Ok(())
    })
    .expect_direct(Accepted)
    .expect_rustls(ErrorWithoutAlert);
    attack(|fixture| {
        let ticket = NewSessionTicket::with_len(9).message();
        for _ in 0..200 {
            fixture.receive(ContentType::Handshake, &ticket)?;
            let sent = fixture
                .target
                .write(b"out")
                .expect("to write");
            let out = (ContentType::ApplicationData, b"out".to_vec());
            assert_eq!(fixture.forger.open(&sent), out);
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_both(Accepted);
}
