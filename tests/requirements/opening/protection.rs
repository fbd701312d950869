//! Are records refused that are not authentic or not protected?

use rustls::AlertDescription::{BadRecordMac, DecodeError, UnexpectedMessage};
use rustls::ContentType::ApplicationData;
use rustls_direct::record::RecordHeader;
use testing::Outcome::{Accepted, FatalAlert};
use testing::{Forgery, Setup, attack, pattern};

/// R13-5.2-i, R12-6.2.3.3-b: a payload that is too short for a tag, down to an empty one, is not authentic.
#[test]
fn a_payload_that_is_too_short_is_not_authentic() {
    for len in [0, 1, 7, 8, 15, 16, 17, 23, 24] {
        attack(|fixture| {
            let record = [
                &RecordHeader::new(23, len).as_bytes()[..],
                &pattern(len.into()),
            ]
            .concat();
            fixture.target.receive(&record)
        })
        .expect_both(FatalAlert(BadRecordMac));
    }
}

/// R13-5.2-i, R12-6.2.3.3-b: likewise for records with a control type, which TLS 1.2 has.
#[test]
fn a_control_record_that_is_too_short_is_not_authentic() {
    for typ in [21, 22] {
        attack(|fixture| {
            fixture
                .target
                .receive(&[typ, 3, 3, 0, 0])
        })
        .on_tls12()
        .expect_direct(FatalAlert(BadRecordMac))
        .expect_rustls(FatalAlert(DecodeError));
        attack(|fixture| {
            fixture
                .target
                .receive(&[typ, 3, 3, 0, 0])
        })
        .on_tls13()
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(FatalAlert(DecodeError));
        attack(|fixture| {
            let record = [&[typ, 3, 3, 0, 15][..], &pattern(15)].concat();
            fixture.target.receive(&record)
        })
        .on_tls12()
        .expect_both(FatalAlert(BadRecordMac));
    }
}

/// R12-6.2.3.3-b: every bit of the explicit nonce counts.
#[test]
fn a_changed_explicit_nonce_is_not_authentic() {
    for bit in [0, 7, 8, 30, 63] {
        attack(|fixture| {
            let mut record = fixture
                .forger
                .seal(ApplicationData, b"data");
            record[5 + bit / 8] ^= 1 << (bit % 8);
            fixture.target.receive(&record)
        })
        .on_tls12()
        .only(has_explicit_nonce)
        .expect_both(FatalAlert(BadRecordMac));
    }
}

fn has_explicit_nonce(setup: &Setup) -> bool {
    !setup.is_tls13() && format!("{:?}", setup.id()).contains("GCM")
}

/// R12-6.2.3.3-c: the peer chooses the explicit nonce, in any order, and may even repeat one.
#[test]
fn any_explicit_nonce_is_accepted() {
    attack(|fixture| {
        for explicit in [u64::MAX, 0, 7, 6, 7] {
            let mut forgery = Forgery::new(23, b"nonce");
            forgery.explicit_nonce = Some(explicit.to_be_bytes());
            let record = fixture.forger.forge(forgery);
            assert_eq!(record[5..13], explicit.to_be_bytes());
            fixture.target.receive(&record)?;
            assert_eq!(fixture.target.received(), b"nonce");
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls12()
    .only(has_explicit_nonce)
    .expect_both(Accepted);
}

/// R13-5.2-j: a record that is repeated, too early, or after a missing one.
#[test]
fn records_out_of_order_are_not_authentic() {
    for order in [&[0, 0][..], &[1], &[0, 2], &[0, 1, 0]] {
        attack(|fixture| {
            let records: Vec<_> = (0..3)
                .map(|_| {
                    fixture
                        .forger
                        .seal(ApplicationData, b"data")
                })
                .collect();
            let (last, before) = order.split_last().expect("some");
            for at in before {
                fixture
                    .target
                    .receive(&records[*at])
                    .expect("in order");
                assert_eq!(fixture.target.received(), b"data");
            }
            fixture.target.receive(&records[*last])
        })
        .expect_both(FatalAlert(BadRecordMac));
    }
}

/// R13-5-f: an unprotected alert is refused, even a close_notify.
#[test]
fn a_plaintext_alert_is_refused() {
    for alert in [[1, 0], [2, 40]] {
        let plaintext = |on_tls13: bool| {
            attack(move |fixture| {
                let record = [&[21, 3, 3, 0, 2][..], &alert].concat();
                let result = fixture.target.receive(&record);
                assert!(!fixture.target.saw_close());
                result
            })
            .only(move |setup| setup.is_tls13() == on_tls13)
        };
        plaintext(true)
            .expect_direct(FatalAlert(UnexpectedMessage))
            .expect_rustls(FatalAlert(BadRecordMac));
        plaintext(false).expect_both(FatalAlert(BadRecordMac));
    }
}

/// R13-5-g: unprotected application data of any length is not authentic.
#[test]
fn plaintext_application_data_is_not_authentic() {
    for len in [1, 5, 16, 17, 24, 40, 300] {
        attack(|fixture| {
            let header = RecordHeader::new(23, len);
            let record = [&header.as_bytes()[..], &pattern(len.into())].concat();
            fixture.target.receive(&record)
        })
        .expect_both(FatalAlert(BadRecordMac));
    }
}

/// R13-5-c, R12-7.1-a: a change_cipher_spec is not allowed after the handshake.
#[test]
fn a_plaintext_change_cipher_spec_is_unexpected() {
    attack(|fixture| {
        fixture
            .target
            .receive(&[20, 3, 3, 0, 1, 1])
    })
    .expect_both(FatalAlert(UnexpectedMessage));
}

/// R13-5-d, R12-7.1-a: nor is one with another body.
#[test]
fn a_plaintext_change_cipher_spec_of_any_body_is_unexpected() {
    for body in [&[0][..], &[2], &[1, 1], &[]] {
        attack(|fixture| {
            let len = u8::try_from(body.len()).expect("short");
            let record = [&[20, 3, 3, 0, len][..], body].concat();
            fixture.target.receive(&record)
        })
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(FatalAlert(DecodeError));
    }
}

/// R12-7.1-a: nor is a protected one.
#[test]
fn a_protected_change_cipher_spec_is_unexpected_in_tls12() {
    attack(|fixture| {
        let record = fixture
            .forger
            .forge(Forgery::new(20, &[1]));
        fixture.target.receive(&record)
    })
    .on_tls12()
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(FatalAlert(DecodeError));
}
