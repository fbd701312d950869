//! Is the content of an authentic record accepted and refused as the standards require?

use rustls::AlertDescription::{DecodeError, RecordOverflow, UnexpectedMessage};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::{ContentType, Error};
use rustls_direct::record::MAX_CONTENT_LEN;
use testing::Outcome::{Accepted, ErrorWithoutAlert, FatalAlert};
use testing::{Fixture, Forgery, NewSessionTicket, Role, attack, pattern};

/// The inner plaintext of a TLS 1.3 record: content, type, padding.
fn inner(content: &[u8], typ: ContentType, padding: usize) -> Vec<u8> {
    let mut inner = content.to_vec();
    inner.push(typ.into());
    inner.resize(inner.len() + padding, 0);
    inner
}

/// R13-5.4-b: content, type and padding together may be 2^14 + 1 bytes, not one more.
#[test]
fn an_inner_plaintext_that_is_too_long_overflows() {
    const MAX: usize = MAX_CONTENT_LEN;
    for (content, padding) in [(MAX, 1), (MAX + 1, 0), (0, MAX + 1), (1, MAX), (7, 16_600)] {
        attack(|fixture| {
            let inner = inner(&pattern(content), ApplicationData, padding);
            let record = fixture
                .forger
                .forge(Forgery::new(23, &inner));
            fixture.target.receive(&record)
        })
        .on_tls13()
        .expect_both(FatalAlert(RecordOverflow));
    }
    for (content, padding) in [(MAX, 0), (MAX - 1, 1), (1, MAX - 1), (0, MAX)] {
        attack(|fixture| {
            let content = pattern(content);
            let inner = inner(&content, ApplicationData, padding);
            let record = fixture
                .forger
                .forge(Forgery::new(23, &inner));
            fixture.target.receive(&record)?;
            assert!(fixture.target.received() == content);
            fixture.passes_data();
            Ok(())
        })
        .on_tls13()
        .expect_both(Accepted);
    }
}

/// R12-6.2.1-d: TLS 1.2 is used without compression, so a record holds 2^14 bytes at most.
#[test]
fn a_plaintext_of_tls12_that_is_too_long_overflows() {
    for len in [MAX_CONTENT_LEN + 1, MAX_CONTENT_LEN + 1024] {
        attack(|fixture| {
            let record = fixture
                .forger
                .forge(Forgery::new(23, &pattern(len)));
            fixture.target.receive(&record)
        })
        .on_tls12()
        .expect_both(FatalAlert(RecordOverflow));
    }
    attack(|fixture| {
        let content = pattern(MAX_CONTENT_LEN);
        let record = fixture
            .forger
            .forge(Forgery::new(23, &content));
        fixture.target.receive(&record)?;
        assert!(fixture.target.received() == content);
        Ok(())
    })
    .on_tls12()
    .expect_both(Accepted);
}

/// R13-5.4-c: a plaintext of zeros has no type, nor has an empty one.
#[test]
fn a_plaintext_without_a_type_is_unexpected() {
    for len in [0, 1, 2, 100, MAX_CONTENT_LEN + 1] {
        attack(|fixture| {
            let record = fixture
                .forger
                .forge(Forgery::new(23, &vec![0; len]));
            fixture.target.receive(&record)
        })
        .on_tls13()
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(ErrorWithoutAlert);
    }
}

/// R13-5.4-d: padding of any length is removed from application data and alerts.
#[test]
fn padding_is_removed_from_data_and_alerts() {
    for padding in [1, 2, 255, 256, MAX_CONTENT_LEN - 4] {
        attack(|fixture| {
            let record = fixture
                .forger
                .seal_padded(ApplicationData, b"data", padding);
            fixture.target.receive(&record)?;
            assert_eq!(fixture.target.received(), b"data");
            fixture.passes_data();

            let close = fixture
                .forger
                .seal_padded(Alert, &[1, 0], padding);
            fixture.target.receive(&close)?;
            assert!(fixture.target.saw_close());
            Ok(())
        })
        .on_tls13()
        .expect_both(Accepted);
    }
}

/// R13-5.4-d: and from handshake messages.
#[test]
fn padding_is_removed_from_a_message() {
    let ticket = NewSessionTicket::with_len(9).message();
    for padding in [1, 2, 255, 256, MAX_CONTENT_LEN - ticket.len()] {
        attack(|fixture| {
            let record = fixture
                .forger
                .seal_padded(Handshake, &ticket, padding);
            fixture.target.receive(&record)?;
            // In two parts, each with padding.
            let (begin, end) = ticket.split_at(5);
            for part in [begin, end] {
                let record = fixture
                    .forger
                    .seal_padded(Handshake, part, padding);
                fixture.target.receive(&record)?;
            }
            fixture.passes_data();
            Ok(())
        })
        .on_tls13()
        .on(Role::Client)
        .expect_both(Accepted);
    }
}

/// R13-5.4-e, R12-6.2.1-e: empty application data is legal, delivers nothing, and does not end the connection.
#[test]
fn empty_application_data_delivers_nothing() {
    attack(|fixture| {
        fixture.receive(ApplicationData, b"")?;
        if fixture.setup.is_tls13() {
            for padding in [1, MAX_CONTENT_LEN] {
                let record = fixture
                    .forger
                    .seal_padded(ApplicationData, b"", padding);
                fixture.target.receive(&record)?;
            }
        }
        assert_eq!(fixture.target.received(), b"");
        assert!(!fixture.target.saw_close());
        fixture.passes_data();
        Ok(())
    })
    .expect_both(Accepted);
}

/// R13-5.4-f, R12-6.2.1-f: a handshake record without content is unexpected. rustls accepts 32 of them.
#[test]
fn an_empty_handshake_record_is_unexpected() {
    let empty = |fixture: &mut Fixture<'_>| fixture.receive(Handshake, b"");
    attack(empty)
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(Accepted);
    attack(|fixture| {
        for _ in 0..32 {
            empty(fixture)?;
        }
        fixture.passes_data();
        Ok(())
    })
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(Accepted);
}

/// R13-5.4-f: even with padding.
#[test]
fn an_empty_handshake_record_that_is_padded_is_unexpected() {
    for padding in [1, MAX_CONTENT_LEN] {
        attack(|fixture| {
            let record = fixture
                .forger
                .seal_padded(Handshake, b"", padding);
            fixture.target.receive(&record)
        })
        .on_tls13()
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(Accepted);
    }
}

/// R13-5.4-f: even between the parts of a message.
#[test]
fn an_empty_handshake_record_in_a_message_is_unexpected() {
    attack(|fixture| {
        let ticket = NewSessionTicket::with_len(9).message();
        let (begin, end) = ticket.split_at(7);
        for part in [begin, b"", end] {
            fixture.receive(Handshake, part)?;
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(Accepted);
}

/// R13-5.4-g, R12-6.2.1-f: an alert without content is unexpected.
#[test]
fn an_empty_alert_is_unexpected() {
    attack(|fixture| fixture.receive(Alert, b""))
        .expect_direct(FatalAlert(UnexpectedMessage))
        .expect_rustls(FatalAlert(DecodeError));
    attack(|fixture| {
        let record = fixture
            .forger
            .seal_padded(Alert, b"", 9);
        fixture.target.receive(&record)
    })
    .on_tls13()
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(FatalAlert(DecodeError));
}

/// R13-5-b: a change_cipher_spec is never protected.
#[test]
fn a_protected_change_cipher_spec_is_unexpected() {
    attack(|fixture| fixture.receive(ContentType::ChangeCipherSpec, &[1]))
        .on_tls13()
        .expect_both(FatalAlert(UnexpectedMessage));
}

/// R13-5-e: an unknown type is also unexpected as an inner type.
#[test]
fn an_unknown_inner_type_is_unexpected() {
    for typ in [24, 25, 99, 255] {
        let unknown = |fixture: &mut Fixture<'_>| -> Result<(), Error> {
            fixture.receive(ContentType::from(typ), b"unknown")
        };
        attack(unknown)
            .on_tls13()
            .expect_direct(FatalAlert(UnexpectedMessage))
            .expect_rustls(FatalAlert(DecodeError));
    }
}
