//! Section G: alerts, and how a connection ends.

use rustls::AlertDescription::{self, DecodeError, IllegalParameter};
use rustls::{ContentType, Error};
use testing::Verdict::{Fails, FailsSilently, GoesOn};
use testing::{Scene, attack};

const WARNING: u8 = 1;
const FATAL: u8 = 2;

/// An alert in a record, received.
fn alert(scene: &mut Scene<'_>, level: u8, description: AlertDescription) -> Result<(), Error> {
    scene.receive(ContentType::Alert, &[level, u8::from(description)])
}

/// Checks that all that is sent is a close_notify.
fn is_close_notify(scene: &mut Scene<'_>, sent: &[u8]) {
    assert_eq!(
        scene.forger.open(sent),
        (ContentType::Alert, vec![WARNING, 0])
    );
}

/// R13-6.1-c: what came before it is delivered, and then its end.
#[test]
fn a_close_notify_ends_what_is_read() {
    attack(|scene| {
        let mut all = Vec::new();
        for data in [&b"be"[..], b"fore"] {
            all.extend(
                scene
                    .forger
                    .seal(ContentType::ApplicationData, data),
            );
        }
        all.extend(
            scene
                .forger
                .seal(ContentType::Alert, &[WARNING, 0]),
        );
        assert!(!scene.victim.saw_close());
        scene.victim.receive(&all)?;
        assert_eq!(scene.victim.received(), b"before");
        assert!(scene.victim.saw_close());
        Ok(())
    })
    .both(GoesOn);
}

/// R13-6.1-d: it is not even looked at.
#[test]
fn nothing_after_a_close_notify_counts() {
    let rests: [fn(&mut Scene<'_>) -> Vec<u8>; 5] = [
        |scene| {
            scene
                .forger
                .seal(ContentType::ApplicationData, b"data")
        },
        |scene| {
            scene
                .forger
                .seal(ContentType::Alert, &[FATAL, 40])
        },
        |scene| {
            scene
                .forger
                .seal(ContentType::Alert, &[WARNING, 0])
        },
        |_| b"GET / HTTP/1.1\r\n".to_vec(),
        |_| vec![23, 3, 3, 0, 20, 1, 2, 3],
    ];
    for rest in rests {
        for together in [true, false] {
            attack(|scene| {
                let mut close = scene
                    .forger
                    .seal(ContentType::Alert, &[WARNING, 0]);
                let rest = rest(scene);
                if together {
                    close.extend(&rest);
                }
                scene.victim.receive(&close)?;
                for _ in 0..2 {
                    scene.victim.receive(&rest)?;
                }
                assert!(scene.victim.saw_close());
                assert_eq!(scene.victim.received(), b"");
                assert_eq!(scene.victim.answer(), b"");
                Ok(())
            })
            .both(GoesOn);
        }
    }
}

/// R13-6.1-e
#[test]
fn a_close_notify_closes_at_either_level() {
    for level in [WARNING, FATAL] {
        attack(|scene| {
            alert(scene, level, AlertDescription::CloseNotify)?;
            assert!(scene.victim.saw_close());
            Ok(())
        })
        .both(GoesOn);
    }
}

/// R13-6-b
#[test]
fn an_alert_of_a_level_that_there_is_not_is_illegal() {
    for level in [0, 3, 255] {
        for description in [
            AlertDescription::CloseNotify,
            AlertDescription::UserCanceled,
            AlertDescription::HandshakeFailure,
        ] {
            attack(|scene| {
                let result = alert(scene, level, description);
                assert_eq!(result, Err(Error::AlertReceived(description)));
                assert!(!scene.victim.saw_close());
                result
            })
            .both(Fails(IllegalParameter));
        }
    }
}

/// Closes the peer's side, and then ours, which stays usable in between.
fn is_half_closed(scene: &mut Scene<'_>) -> Result<(), Error> {
    alert(scene, WARNING, AlertDescription::CloseNotify)?;
    assert_eq!(scene.victim.answer(), b"");
    for _ in 0..2 {
        let sent = scene
            .victim
            .write(b"still")
            .expect("to write");
        let data = (ContentType::ApplicationData, b"still".to_vec());
        assert_eq!(scene.forger.open(&sent), data);
    }
    let sent = scene.victim.close();
    is_close_notify(scene, &sent);
    assert_eq!(scene.victim.answer(), b"");
    Ok(())
}

/// R13-6.1-f
#[test]
fn writing_goes_on_after_the_peers_close_notify() {
    attack(is_half_closed)
        .on_tls13()
        .both(GoesOn);
}

/// R12-7.2.1-a: as in TLS 1.3, other than RFC 5246 has it. It is for the application to close.
#[test]
fn writing_goes_on_after_the_peers_close_notify_in_tls_1_2_as_well() {
    attack(is_half_closed)
        .on_tls12()
        .both(GoesOn);
}

/// R13-6.1-g
#[test]
fn reading_goes_on_after_our_close_notify() {
    attack(|scene| {
        let sent = scene.victim.close();
        is_close_notify(scene, &sent);
        for _ in 0..2 {
            scene.receive(ContentType::ApplicationData, b"still")?;
            assert_eq!(scene.victim.received(), b"still");
            assert!(!scene.victim.saw_close());
        }
        alert(scene, WARNING, AlertDescription::CloseNotify)?;
        assert!(scene.victim.saw_close());
        assert_eq!(scene.victim.answer(), b"");
        Ok(())
    })
    .both(GoesOn);
}

/// R13-6.1-h: an end without close_notify is not taken for one, neither between records nor within one.
#[test]
fn a_cut_connection_does_not_look_closed() {
    for cut in [0, 1, 5, 20] {
        attack(|scene| {
            let mut tls = scene
                .forger
                .seal(ContentType::ApplicationData, b"whole");
            // It would have been a close_notify.
            let close = scene
                .forger
                .seal(ContentType::Alert, &[WARNING, 0]);
            tls.extend(&close[..cut]);
            scene.victim.receive(&tls)?;
            assert_eq!(scene.victim.received(), b"whole");
            assert_eq!(scene.victim.answer(), b"");
            assert!(!scene.victim.saw_close());

            let sent = scene.victim.close();
            is_close_notify(scene, &sent);
            assert_eq!(scene.victim.answer(), b"");
            assert!(!scene.victim.saw_close());
            Ok(())
        })
        .both(GoesOn);
    }
}

/// R13-6.1-i: RFC 9846 says to go on. rustls does so if the level is warning.
#[test]
fn user_canceled_is_ignored_until_close_notify() {
    for (level, rustls) in [(WARNING, GoesOn), (FATAL, FailsSilently)] {
        attack(|scene| {
            alert(scene, level, AlertDescription::UserCanceled)?;
            assert_eq!(scene.victim.answer(), b"");
            scene.passes_data();
            alert(scene, level, AlertDescription::UserCanceled)?;
            assert!(!scene.victim.saw_close());
            alert(scene, WARNING, AlertDescription::CloseNotify)?;
            assert!(scene.victim.saw_close());
            Ok(())
        })
        .on_tls13()
        .ours(GoesOn)
        .rustls(rustls);
    }
}

/// Alerts of errors, and some that nobody knows.
const ERRORS: [AlertDescription; 7] = [
    AlertDescription::UnexpectedMessage,
    AlertDescription::BadRecordMac,
    AlertDescription::HandshakeFailure,
    AlertDescription::InternalError,
    AlertDescription::NoRenegotiation,
    AlertDescription::Unknown(1),
    AlertDescription::Unknown(250),
];

/// An alert that ends the connection at once.
fn is_the_end(
    scene: &mut Scene<'_>,
    level: u8,
    description: AlertDescription,
) -> Result<(), Error> {
    let result = alert(scene, level, description);
    assert_eq!(result, Err(Error::AlertReceived(description)));
    assert!(!scene.victim.saw_close());
    result
}

/// R13-6.2-c, R12-7.2-b: it is told to the application, and nothing is sent.
#[test]
fn a_fatal_alert_ends_a_connection_without_an_answer() {
    for description in ERRORS {
        attack(|scene| is_the_end(scene, FATAL, description)).both(FailsSilently);
    }
    // In TLS 1.3 it is not an error.
    attack(|scene| is_the_end(scene, FATAL, AlertDescription::UserCanceled))
        .on_tls12()
        .both(FailsSilently);
}

/// R13-6.2-c: TLS 1.3 has no warnings. That they are answered is our choice, and rustls's.
#[test]
fn an_error_alert_of_level_warning_ends_a_connection_of_tls_1_3() {
    for description in ERRORS {
        attack(|scene| is_the_end(scene, WARNING, description))
            .on_tls13()
            .both(Fails(DecodeError));
    }
}

/// R12-7.2-a
#[test]
fn a_warning_is_ignored_in_tls_1_2() {
    for description in ERRORS
        .into_iter()
        .chain([AlertDescription::UserCanceled])
    {
        attack(|scene| {
            alert(scene, WARNING, description)?;
            assert_eq!(scene.victim.answer(), b"");
            assert!(!scene.victim.saw_close());
            scene.passes_data();
            Ok(())
        })
        .on_tls12()
        .both(GoesOn);
    }
}

/// R13-6-c, R12-7.2-c: TLS 1.2 would allow it.
#[test]
fn a_record_with_anything_but_one_whole_alert_does_not_parse() {
    let contents: [&[u8]; 6] = [
        &[WARNING],
        &[FATAL],
        &[WARNING, 0, 0],
        &[WARNING, 0, WARNING, 0],
        &[FATAL, 40, FATAL, 40],
        &[WARNING, 90, WARNING],
    ];
    for content in contents {
        attack(|scene| {
            let result = scene.receive(ContentType::Alert, content);
            assert!(matches!(result, Err(Error::InvalidMessage(_))));
            assert!(!scene.victim.saw_close());
            result
        })
        .both(Fails(DecodeError));
    }
}
