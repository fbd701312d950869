//! Section G: Are alerts handled, and is a connection closed, as the standards require?

use rustls::AlertDescription::{self, DecodeError, IllegalParameter};
use rustls::{ContentType, Error};
use testing::Verdict::{Fails, FailsSilently, GoesOn};
use testing::{Scene, attack};

const WARNING: u8 = 1;
const FATAL: u8 = 2;

/// Delivers an alert in a record of its own.
fn receive_alert(
    scene: &mut Scene<'_>,
    level: u8,
    description: AlertDescription,
) -> Result<(), Error> {
    scene.receive(ContentType::Alert, &[level, u8::from(description)])
}

/// Checks that `sent` is one close_notify.
fn assert_close_notify(scene: &mut Scene<'_>, sent: &[u8]) {
    assert_eq!(
        scene.forger.open(sent),
        (ContentType::Alert, vec![WARNING, 0])
    );
}

/// R13-6.1-c: data before the close_notify is delivered, and then the end.
#[test]
fn a_close_notify_ends_the_data() {
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

/// R13-6.1-d: input after a close_notify is not read.
#[test]
fn input_after_a_close_notify_is_ignored() {
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

/// R13-6.1-e.
#[test]
fn a_close_notify_closes_at_either_level() {
    for level in [WARNING, FATAL] {
        attack(|scene| {
            receive_alert(scene, level, AlertDescription::CloseNotify)?;
            assert!(scene.victim.saw_close());
            Ok(())
        })
        .both(GoesOn);
    }
}

/// R13-6-b.
#[test]
fn an_alert_of_unknown_level_is_illegal() {
    for level in [0, 3, 255] {
        for description in [
            AlertDescription::CloseNotify,
            AlertDescription::UserCanceled,
            AlertDescription::HandshakeFailure,
        ] {
            attack(|scene| {
                let result = receive_alert(scene, level, description);
                assert_eq!(result, Err(Error::AlertReceived(description)));
                assert!(!scene.victim.saw_close());
                result
            })
            .both(Fails(IllegalParameter));
        }
    }
}

/// Closes the peer's side, writes, and then closes our side.
fn write_after_the_peer_closed(scene: &mut Scene<'_>) -> Result<(), Error> {
    receive_alert(scene, WARNING, AlertDescription::CloseNotify)?;
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
    assert_close_notify(scene, &sent);
    assert_eq!(scene.victim.answer(), b"");
    Ok(())
}

/// R13-6.1-f.
#[test]
fn writing_continues_after_the_peers_close_notify() {
    attack(write_after_the_peer_closed)
        .on_tls13()
        .both(GoesOn);
}

/// R12-7.2.1-a: as in TLS 1.3, and unlike RFC 5246, the application decides when to close.
#[test]
fn writing_continues_after_the_peers_close_notify_in_tls_1_2() {
    attack(write_after_the_peer_closed)
        .on_tls12()
        .both(GoesOn);
}

/// R13-6.1-g.
#[test]
fn reading_continues_after_our_close_notify() {
    attack(|scene| {
        let sent = scene.victim.close();
        assert_close_notify(scene, &sent);
        for _ in 0..2 {
            scene.receive(ContentType::ApplicationData, b"still")?;
            assert_eq!(scene.victim.received(), b"still");
            assert!(!scene.victim.saw_close());
        }
        receive_alert(scene, WARNING, AlertDescription::CloseNotify)?;
        assert!(scene.victim.saw_close());
        assert_eq!(scene.victim.answer(), b"");
        Ok(())
    })
    .both(GoesOn);
}

/// R13-6.1-h: an end without close_notify is not reported as closed, neither between records nor within one.
#[test]
fn a_truncated_connection_is_not_reported_as_closed() {
    for cut in [0, 1, 5, 20] {
        attack(|scene| {
            let mut tls = scene
                .forger
                .seal(ContentType::ApplicationData, b"whole");
            // A part of a close_notify, or nothing.
            let close = scene
                .forger
                .seal(ContentType::Alert, &[WARNING, 0]);
            tls.extend(&close[..cut]);
            scene.victim.receive(&tls)?;
            assert_eq!(scene.victim.received(), b"whole");
            assert_eq!(scene.victim.answer(), b"");
            assert!(!scene.victim.saw_close());

            let sent = scene.victim.close();
            assert_close_notify(scene, &sent);
            assert_eq!(scene.victim.answer(), b"");
            assert!(!scene.victim.saw_close());
            Ok(())
        })
        .both(GoesOn);
    }
}

/// R13-6.1-i: RFC 9846 says to continue. rustls does so if the level is warning.
#[test]
fn user_canceled_is_ignored_until_close_notify() {
    for (level, rustls) in [(WARNING, GoesOn), (FATAL, FailsSilently)] {
        attack(|scene| {
            receive_alert(scene, level, AlertDescription::UserCanceled)?;
            assert_eq!(scene.victim.answer(), b"");
            scene.passes_data();
            receive_alert(scene, level, AlertDescription::UserCanceled)?;
            assert!(!scene.victim.saw_close());
            receive_alert(scene, WARNING, AlertDescription::CloseNotify)?;
            assert!(scene.victim.saw_close());
            Ok(())
        })
        .on_tls13()
        .ours(GoesOn)
        .rustls(rustls);
    }
}

/// Alerts of errors, and some unknown ones.
const ERRORS: [AlertDescription; 7] = [
    AlertDescription::UnexpectedMessage,
    AlertDescription::BadRecordMac,
    AlertDescription::HandshakeFailure,
    AlertDescription::InternalError,
    AlertDescription::NoRenegotiation,
    AlertDescription::Unknown(1),
    AlertDescription::Unknown(250),
];

/// Checks that an alert ends the connection at once.
fn assert_alert_ends(
    scene: &mut Scene<'_>,
    level: u8,
    description: AlertDescription,
) -> Result<(), Error> {
    let result = receive_alert(scene, level, description);
    assert_eq!(result, Err(Error::AlertReceived(description)));
    assert!(!scene.victim.saw_close());
    result
}

/// R13-6.2-c, R12-7.2-b: the application gets the error, and nothing is sent.
#[test]
fn a_fatal_alert_ends_a_connection_without_an_answer() {
    for description in ERRORS {
        attack(|scene| assert_alert_ends(scene, FATAL, description)).both(FailsSilently);
    }
    // In TLS 1.3 this alert is not an error.
    attack(|scene| assert_alert_ends(scene, FATAL, AlertDescription::UserCanceled))
        .on_tls12()
        .both(FailsSilently);
}

/// R13-6.2-c: TLS 1.3 has no warnings. To answer them is our choice, and rustls's.
#[test]
fn an_error_alert_of_level_warning_ends_a_connection_of_tls_1_3() {
    for description in ERRORS {
        attack(|scene| assert_alert_ends(scene, WARNING, description))
            .on_tls13()
            .both(Fails(DecodeError));
    }
}

/// R12-7.2-a.
#[test]
fn a_warning_is_ignored_in_tls_1_2() {
    for description in ERRORS
        .into_iter()
        .chain([AlertDescription::UserCanceled])
    {
        attack(|scene| {
            receive_alert(scene, WARNING, description)?;
            assert_eq!(scene.victim.answer(), b"");
            assert!(!scene.victim.saw_close());
            scene.passes_data();
            Ok(())
        })
        .on_tls12()
        .both(GoesOn);
    }
}

/// R13-6-c, R12-7.2-c: TLS 1.2 would allow some of these.
#[test]
fn a_record_that_is_not_one_whole_alert_does_not_parse() {
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
