//! Section G: Are alerts handled, and is a connection closed, as the standards require?

use rustls::AlertDescription::{self, DecodeError, IllegalParameter};
use rustls::{ContentType, Error};
use testing::Outcome::{Accepted, ErrorWithoutAlert, FatalAlert};
use testing::{Fixture, attack};

const WARNING: u8 = 1;
const FATAL: u8 = 2;

/// Delivers an alert in a record of its own.
fn receive_alert(
    fixture: &mut Fixture<'_>,
    level: u8,
    description: AlertDescription,
) -> Result<(), Error> {
    fixture.receive(ContentType::Alert, &[level, u8::from(description)])
}

/// Checks that `sent` is one close_notify.
fn assert_close_notify(fixture: &mut Fixture<'_>, sent: &[u8]) {
    assert_eq!(
        fixture.forger.open(sent),
        (ContentType::Alert, vec![WARNING, 0])
    );
}

/// R13-6.1-c: data before the close_notify is delivered, and then the end.
#[test]
fn a_close_notify_ends_the_data() {
    attack(|fixture| {
        let mut all = Vec::new();
        for data in [&b"be"[..], b"fore"] {
            all.extend(
                fixture
                    .forger
                    .seal(ContentType::ApplicationData, data),
            );
        }
        all.extend(
            fixture
                .forger
                .seal(ContentType::Alert, &[WARNING, 0]),
        );
        assert!(!fixture.target.saw_close());
        fixture.target.receive(&all)?;
        assert_eq!(fixture.target.received(), b"before");
        assert!(fixture.target.saw_close());
        Ok(())
    })
    .expect_both(Accepted);
}

/// R13-6.1-d: input after a close_notify is not read.
#[test]
fn input_after_a_close_notify_is_ignored() {
    let rests: [fn(&mut Fixture<'_>) -> Vec<u8>; 5] = [
        |fixture| {
            fixture
                .forger
                .seal(ContentType::ApplicationData, b"data")
        },
        |fixture| {
            fixture
                .forger
                .seal(ContentType::Alert, &[FATAL, 40])
        },
        |fixture| {
            fixture
                .forger
                .seal(ContentType::Alert, &[WARNING, 0])
        },
        |_| b"GET / HTTP/1.1\r\n".to_vec(),
        |_| vec![23, 3, 3, 0, 20, 1, 2, 3],
    ];
    for rest in rests {
        for together in [true, false] {
            attack(|fixture| {
                let mut close = fixture
                    .forger
                    .seal(ContentType::Alert, &[WARNING, 0]);
                let rest = rest(fixture);
                if together {
                    close.extend(&rest);
                }
                fixture.target.receive(&close)?;
                for _ in 0..2 {
                    fixture.target.receive(&rest)?;
                }
                assert!(fixture.target.saw_close());
                assert_eq!(fixture.target.received(), b"");
                assert_eq!(fixture.target.answer(), b"");
                Ok(())
            })
            .expect_both(Accepted);
        }
    }
}

/// R13-6.1-e.
#[test]
fn a_close_notify_closes_at_either_level() {
    for level in [WARNING, FATAL] {
        attack(|fixture| {
            receive_alert(fixture, level, AlertDescription::CloseNotify)?;
            assert!(fixture.target.saw_close());
            Ok(())
        })
        .expect_both(Accepted);
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
            attack(|fixture| {
                let result = receive_alert(fixture, level, description);
                assert_eq!(result, Err(Error::AlertReceived(description)));
                assert!(!fixture.target.saw_close());
                result
            })
            .expect_both(FatalAlert(IllegalParameter));
        }
    }
}

/// Closes the peer's side, writes, and then closes our side.
fn write_after_the_peer_closed(fixture: &mut Fixture<'_>) -> Result<(), Error> {
    receive_alert(fixture, WARNING, AlertDescription::CloseNotify)?;
    assert_eq!(fixture.target.answer(), b"");
    for _ in 0..2 {
        let sent = fixture
            .target
            .write(b"still")
            .expect("to write");
        let data = (ContentType::ApplicationData, b"still".to_vec());
        assert_eq!(fixture.forger.open(&sent), data);
    }
    let sent = fixture.target.close();
    assert_close_notify(fixture, &sent);
    assert_eq!(fixture.target.answer(), b"");
    Ok(())
}

/// R13-6.1-f.
#[test]
fn writing_continues_after_the_peers_close_notify() {
    attack(write_after_the_peer_closed)
        .on_tls13()
        .expect_both(Accepted);
}

/// R12-7.2.1-a: as in TLS 1.3, and unlike RFC 5246, the application decides when to close.
#[test]
fn writing_continues_after_the_peers_close_notify_in_tls_1_2() {
    attack(write_after_the_peer_closed)
        .on_tls12()
        .expect_both(Accepted);
}

/// R13-6.1-g.
#[test]
fn reading_continues_after_our_close_notify() {
    attack(|fixture| {
        let sent = fixture.target.close();
        assert_close_notify(fixture, &sent);
        for _ in 0..2 {
            fixture.receive(ContentType::ApplicationData, b"still")?;
            assert_eq!(fixture.target.received(), b"still");
            assert!(!fixture.target.saw_close());
        }
        receive_alert(fixture, WARNING, AlertDescription::CloseNotify)?;
        assert!(fixture.target.saw_close());
        assert_eq!(fixture.target.answer(), b"");
        Ok(())
    })
    .expect_both(Accepted);
}

/// R13-6.1-h: an end without close_notify is not reported as closed, neither between records nor within one.
#[test]
fn a_truncated_connection_is_not_reported_as_closed() {
    for cut in [0, 1, 5, 20] {
        attack(|fixture| {
            let mut tls = fixture
                .forger
                .seal(ContentType::ApplicationData, b"whole");
            // A part of a close_notify, or nothing.
            let close = fixture
                .forger
                .seal(ContentType::Alert, &[WARNING, 0]);
            tls.extend(&close[..cut]);
            fixture.target.receive(&tls)?;
            assert_eq!(fixture.target.received(), b"whole");
            assert_eq!(fixture.target.answer(), b"");
            assert!(!fixture.target.saw_close());

            let sent = fixture.target.close();
            assert_close_notify(fixture, &sent);
            assert_eq!(fixture.target.answer(), b"");
            assert!(!fixture.target.saw_close());
            Ok(())
        })
        .expect_both(Accepted);
    }
}

/// R13-6.1-i: RFC 9846 says to continue. rustls does so if the level is warning.
#[test]
fn user_canceled_is_ignored_until_close_notify() {
    for (level, rustls) in [(WARNING, Accepted), (FATAL, ErrorWithoutAlert)] {
        attack(|fixture| {
            receive_alert(fixture, level, AlertDescription::UserCanceled)?;
            assert_eq!(fixture.target.answer(), b"");
            fixture.passes_data();
            receive_alert(fixture, level, AlertDescription::UserCanceled)?;
            assert!(!fixture.target.saw_close());
            receive_alert(fixture, WARNING, AlertDescription::CloseNotify)?;
            assert!(fixture.target.saw_close());
            Ok(())
        })
        .on_tls13()
        .expect_direct(Accepted)
        .expect_rustls(rustls);
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
    fixture: &mut Fixture<'_>,
    level: u8,
    description: AlertDescription,
) -> Result<(), Error> {
    let result = receive_alert(fixture, level, description);
    assert_eq!(result, Err(Error::AlertReceived(description)));
    assert!(!fixture.target.saw_close());
    result
}

/// R13-6.2-c, R12-7.2-b: the application gets the error, and nothing is sent.
#[test]
fn a_fatal_alert_ends_a_connection_without_an_answer() {
    for description in ERRORS {
        attack(|fixture| assert_alert_ends(fixture, FATAL, description))
            .expect_both(ErrorWithoutAlert);
    }
    // In TLS 1.3 this alert is not an error.
    attack(|fixture| assert_alert_ends(fixture, FATAL, AlertDescription::UserCanceled))
        .on_tls12()
        .expect_both(ErrorWithoutAlert);
}

/// R13-6.2-c: TLS 1.3 has no warnings. To answer them is our choice, and rustls's.
#[test]
fn an_error_alert_of_level_warning_ends_a_connection_of_tls_1_3() {
    for description in ERRORS {
        attack(|fixture| assert_alert_ends(fixture, WARNING, description))
            .on_tls13()
            .expect_both(FatalAlert(DecodeError));
    }
}

/// R12-7.2-a.
#[test]
fn a_warning_is_ignored_in_tls_1_2() {
    for description in ERRORS
        .into_iter()
        .chain([AlertDescription::UserCanceled])
    {
        attack(|fixture| {
            receive_alert(fixture, WARNING, description)?;
            assert_eq!(fixture.target.answer(), b"");
            assert!(!fixture.target.saw_close());
            fixture.passes_data();
            Ok(())
        })
        .on_tls12()
        .expect_both(Accepted);
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
        attack(|fixture| {
            let result = fixture.receive(ContentType::Alert, content);
            assert!(matches!(result, Err(Error::InvalidMessage(_))));
            assert!(!fixture.target.saw_close());
            result
        })
        .expect_both(FatalAlert(DecodeError));
    }
}
