//! Section H: Are the limits enforced that no standard sets? The alert is always unexpected_message. rustls sends
//! none.

use rustls::AlertDescription::{self, UnexpectedMessage};
use rustls::{ContentType, Error, PeerMisbehaved};
use testing::Verdict::{Fails, FailsSilently, GoesOn};
use testing::{Make, NewSessionTicket, Role, Scene, UPDATE_NOT_REQUESTED, attack, key_update};

use crate::{receive_data, renegotiation};

fn empty_record(scene: &mut Scene<'_>) -> Result<(), Error> {
    scene.receive(ContentType::ApplicationData, b"")
}

/// Delivers as many empty records as are allowed in a row.
fn receive_empty_records(scene: &mut Scene<'_>) {
    for _ in 0..32 {
        empty_record(scene).expect("an empty record");
    }
}

/// IMP-empty, IMP-alert-out: 32 in a row are allowed, and data restarts the count.
#[test]
fn more_than_32_empty_records_in_a_row_are_refused() {
    attack(|scene| {
        for _ in 0..2 {
            receive_empty_records(scene);
            receive_data(scene);
        }
        receive_empty_records(scene);
        let result = empty_record(scene);
        let expected = PeerMisbehaved::TooManyEmptyFragments;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .ours(Fails(UnexpectedMessage))
    .rustls(FailsSilently);
}

/// A handshake message that a connection accepts, at least if it is answered in between.
fn harmless_message(scene: &mut Scene<'_>) -> Vec<u8> {
    match (scene.setup.is_tls13(), scene.role) {
        (true, Role::Client) => NewSessionTicket::with_len(9).message(),
        (true, Role::Server) => key_update(UPDATE_NOT_REQUESTED),
        (false, role) => renegotiation(scene.setup, role),
    }
}

/// IMP-empty.
#[test]
fn a_handshake_message_restarts_the_count_of_empty_records() {
    attack(|scene| {
        receive_empty_records(scene);
        let harmless = harmless_message(scene);
        scene.receive(ContentType::Handshake, &harmless)?;
        if harmless == key_update(UPDATE_NOT_REQUESTED) {
            scene.forger.update_sealer();
        }
        scene.victim.answer();
        receive_empty_records(scene);
        Ok(())
    })
    .both(GoesOn);
}

/// IMP-empty: an alert does not restart the count. With rustls it does.
#[test]
fn an_alert_does_not_restart_the_count_of_empty_records() {
    attack(|scene| {
        receive_empty_records(scene);
        scene
            .receive(ContentType::Alert, &USER_CANCELED)
            .expect("an ignored alert");
        empty_record(scene)
    })
    .ours(Fails(UnexpectedMessage))
    .rustls(GoesOn);
}

const USER_CANCELED: [u8; 2] = [1, 90];

/// Delivers an alert that is ignored: in TLS 1.2 the description does not matter, in TLS 1.3 the level does not.
fn ignorable_alert(scene: &mut Scene<'_>, i: u8) -> Result<(), Error> {
    let alert = match (scene.setup.is_tls13(), scene.make) {
        (true, Make::Rustls) => USER_CANCELED,
        (true, _) => [1 + i % 2, 90],
        (false, _) => [1, 90 + i],
    };
    scene.receive(ContentType::Alert, &alert)
}

/// IMP-warn, IMP-alert-out: 4 in a row are allowed, and data restarts the count.
#[test]
fn more_than_4_ignorable_alerts_in_a_row_are_refused() {
    attack(|scene| {
        for _ in 0..2 {
            for i in 0..4 {
                ignorable_alert(scene, i).expect("an ignored alert");
            }
            receive_data(scene);
        }
        for i in 0..4 {
            ignorable_alert(scene, i).expect("an ignored alert");
        }
        let result = ignorable_alert(scene, 4);
        let expected = PeerMisbehaved::TooManyWarningAlertsReceived;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .ours(Fails(UnexpectedMessage));
}

/// IMP-warn: rustls allows 4 alerts per connection, whatever arrives in between.
#[test]
fn rustls_never_restarts_the_count_of_alerts() {
    attack(|scene| {
        for i in 0..4 {
            ignorable_alert(scene, i).expect("an ignored alert");
            receive_data(scene);
        }
        let result = ignorable_alert(scene, 4);
        if scene.make == Make::Rustls {
            let expected = PeerMisbehaved::TooManyWarningAlertsReceived;
            assert_eq!(result, Err(expected.into()));
        }
        result
    })
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// IMP-warn: empty data does not restart the count.
#[test]
fn empty_data_does_not_restart_the_count_of_alerts() {
    attack(|scene| {
        for i in 0..4 {
            ignorable_alert(scene, i).expect("an ignored alert");
        }
        empty_record(scene).expect("an empty record");
        ignorable_alert(scene, 4)
    })
    .ours(Fails(UnexpectedMessage))
    .rustls(FailsSilently);
}

/// IMP-reneg, IMP-alert-out: the first attempt is answered, three more are ignored, and the fifth is refused. rustls
/// refuses the second.
#[test]
fn a_fifth_attempt_to_renegotiate_is_refused() {
    attack(|scene| {
        let attempt = renegotiation(scene.setup, scene.role);
        for i in 0..4 {
            scene
                .receive(ContentType::Handshake, &attempt)
                .expect("not too many");
            let sent = scene.victim.answer();
            match i {
                0 => {
                    let warning = [1, u8::from(AlertDescription::NoRenegotiation)];
                    let (typ, content) = scene.forger.open(&sent);
                    assert_eq!((typ, &content[..]), (ContentType::Alert, &warning[..]));
                }
                _ => assert_eq!(sent, b""),
            }
            // Attempts are counted as long as the connection lasts.
            scene.passes_data();
        }
        let result = scene.receive(ContentType::Handshake, &attempt);
        let expected = PeerMisbehaved::TooManyRenegotiationRequests;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .on_tls12()
    .ours(Fails(UnexpectedMessage));
}

/// R12-7.4.1.1-a, R12-7.2.2-a, IMP-reneg: rustls allows one.
#[test]
fn a_second_attempt_to_renegotiate_is_ignored() {
    attack(|scene| {
        let attempt = renegotiation(scene.setup, scene.role);
        scene
            .receive(ContentType::Handshake, &attempt)
            .expect("an attempt");
        let sent = scene.victim.answer();
        assert_eq!(scene.forger.open(&sent).0, ContentType::Alert);
        scene.receive(ContentType::Handshake, &attempt)?;
        assert_eq!(scene.victim.answer(), b"");
        scene.passes_data();
        Ok(())
    })
    .on_tls12()
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// IMP-nst, IMP-alert-out: 32 in a row are allowed, and data restarts the count. rustls allows any number.
#[test]
fn more_than_32_tickets_without_data_are_refused() {
    attack(|scene| {
        let ticket = NewSessionTicket::with_len(9).message();
        // The server has sent some tickets already.
        receive_data(scene);
        for _ in 0..2 {
            for _ in 0..32 {
                scene
                    .receive(ContentType::Handshake, &ticket)
                    .expect("not too many");
            }
            receive_data(scene);
        }
        for _ in 0..31 {
            scene
                .receive(ContentType::Handshake, &ticket)
                .expect("not too many");
        }
        // Two messages in one record.
        scene.receive(ContentType::Handshake, &[&ticket[..], &ticket].concat())
    })
    .on_tls13()
    .on(Role::Client)
    .ours(Fails(UnexpectedMessage))
    .rustls(GoesOn);
}

/// IMP-nst, IMP-empty, IMP-warn: a side that only writes can receive any number of these between its records.
#[test]
fn ignored_records_between_our_writes_are_not_limited() {
    attack(|scene| {
        for i in 0..200 {
            empty_record(scene)?;
            ignorable_alert(scene, i % 2)?;
            let sent = scene
                .victim
                .write(b"out")
                .expect("to write");
            let out = (ContentType::ApplicationData, b"out".to_vec());
            assert_eq!(scene.forger.open(&sent), out);
        }
        scene.passes_data();
        Ok(())
    })
    .ours(GoesOn)
    .rustls(FailsSilently);
    attack(|scene| {
        let ticket = NewSessionTicket::with_len(9).message();
        for _ in 0..200 {
            scene.receive(ContentType::Handshake, &ticket)?;
            let sent = scene
                .victim
                .write(b"out")
                .expect("to write");
            let out = (ContentType::ApplicationData, b"out".to_vec());
            assert_eq!(scene.forger.open(&sent), out);
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .both(GoesOn);
}
