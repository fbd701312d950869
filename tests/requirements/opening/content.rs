//! Is the content of an authentic record accepted and refused as the standards require?

use rustls::AlertDescription::{DecodeError, RecordOverflow, UnexpectedMessage};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::{ContentType, Error};
use rustls_direct::record::MAX_CONTENT_LEN;
use testing::Verdict::{Fails, FailsSilently, GoesOn};
use testing::{Forgery, NewSessionTicket, Role, Scene, attack, pattern};

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
        attack(|scene| {
            let inner = inner(&pattern(content), ApplicationData, padding);
            let record = scene
                .forger
                .forge(Forgery::new(23, &inner));
            scene.victim.receive(&record)
        })
        .on_tls13()
        .both(Fails(RecordOverflow));
    }
    for (content, padding) in [(MAX, 0), (MAX - 1, 1), (1, MAX - 1), (0, MAX)] {
        attack(|scene| {
            let content = pattern(content);
            let inner = inner(&content, ApplicationData, padding);
            let record = scene
                .forger
                .forge(Forgery::new(23, &inner));
            scene.victim.receive(&record)?;
            assert!(scene.victim.received() == content);
            scene.passes_data();
            Ok(())
        })
        .on_tls13()
        .both(GoesOn);
    }
}

/// R12-6.2.1-d: TLS 1.2 is used without compression, so a record holds 2^14 bytes at most.
#[test]
fn a_plaintext_of_tls12_that_is_too_long_overflows() {
    for len in [MAX_CONTENT_LEN + 1, MAX_CONTENT_LEN + 1024] {
        attack(|scene| {
            let record = scene
                .forger
                .forge(Forgery::new(23, &pattern(len)));
            scene.victim.receive(&record)
        })
        .on_tls12()
        .both(Fails(RecordOverflow));
    }
    attack(|scene| {
        let content = pattern(MAX_CONTENT_LEN);
        let record = scene
            .forger
            .forge(Forgery::new(23, &content));
        scene.victim.receive(&record)?;
        assert!(scene.victim.received() == content);
        Ok(())
    })
    .on_tls12()
    .both(GoesOn);
}

/// R13-5.4-c: a plaintext of zeros has no type, nor has an empty one.
#[test]
fn a_plaintext_without_a_type_is_unexpected() {
    for len in [0, 1, 2, 100, MAX_CONTENT_LEN + 1] {
        attack(|scene| {
            let record = scene
                .forger
                .forge(Forgery::new(23, &vec![0; len]));
            scene.victim.receive(&record)
        })
        .on_tls13()
        .ours(Fails(UnexpectedMessage))
        .rustls(FailsSilently);
    }
}

/// R13-5.4-d: padding of any length is removed from application data and alerts.
#[test]
fn padding_is_removed_from_data_and_alerts() {
    for padding in [1, 2, 255, 256, MAX_CONTENT_LEN - 4] {
        attack(|scene| {
            let record = scene
                .forger
                .seal_padded(ApplicationData, b"data", padding);
            scene.victim.receive(&record)?;
            assert_eq!(scene.victim.received(), b"data");
            scene.passes_data();

            let close = scene
                .forger
                .seal_padded(Alert, &[1, 0], padding);
            scene.victim.receive(&close)?;
            assert!(scene.victim.saw_close());
            Ok(())
        })
        .on_tls13()
        .both(GoesOn);
    }
}

/// R13-5.4-d: and from handshake messages.
#[test]
fn padding_is_removed_from_a_message() {
    let ticket = NewSessionTicket::with_len(9).message();
    for padding in [1, 2, 255, 256, MAX_CONTENT_LEN - ticket.len()] {
        attack(|scene| {
            let record = scene
                .forger
                .seal_padded(Handshake, &ticket, padding);
            scene.victim.receive(&record)?;
            // In two parts, each with padding.
            let (begin, end) = ticket.split_at(5);
            for part in [begin, end] {
                let record = scene
                    .forger
                    .seal_padded(Handshake, part, padding);
                scene.victim.receive(&record)?;
            }
            scene.passes_data();
            Ok(())
        })
        .on_tls13()
        .on(Role::Client)
        .both(GoesOn);
    }
}

/// R13-5.4-e, R12-6.2.1-e: empty application data is legal, delivers nothing, and does not end the connection.
#[test]
fn empty_application_data_delivers_nothing() {
    attack(|scene| {
        scene.receive(ApplicationData, b"")?;
        if scene.setup.is_tls13() {
            for padding in [1, MAX_CONTENT_LEN] {
                let record = scene
                    .forger
                    .seal_padded(ApplicationData, b"", padding);
                scene.victim.receive(&record)?;
            }
        }
        assert_eq!(scene.victim.received(), b"");
        assert!(!scene.victim.saw_close());
        scene.passes_data();
        Ok(())
    })
    .both(GoesOn);
}

/// R13-5.4-f, R12-6.2.1-f: a handshake record without content is unexpected. rustls accepts 32 of them.
#[test]
fn an_empty_handshake_record_is_unexpected() {
    let empty = |scene: &mut Scene<'_>| scene.receive(Handshake, b"");
    attack(empty)
        .ours(Fails(UnexpectedMessage))
        .rustls(GoesOn);
    attack(|scene| {
        for _ in 0..32 {
            empty(scene)?;
        }
        scene.passes_data();
        Ok(())
    })
    .ours(Fails(UnexpectedMessage))
    .rustls(GoesOn);
}

/// R13-5.4-f: even with padding.
#[test]
fn an_empty_handshake_record_that_is_padded_is_unexpected() {
    for padding in [1, MAX_CONTENT_LEN] {
        attack(|scene| {
            let record = scene
                .forger
                .seal_padded(Handshake, b"", padding);
            scene.victim.receive(&record)
        })
        .on_tls13()
        .ours(Fails(UnexpectedMessage))
        .rustls(GoesOn);
    }
}

/// R13-5.4-f: even between the parts of a message.
#[test]
fn an_empty_handshake_record_in_a_message_is_unexpected() {
    attack(|scene| {
        let ticket = NewSessionTicket::with_len(9).message();
        let (begin, end) = ticket.split_at(7);
        for part in [begin, b"", end] {
            scene.receive(Handshake, part)?;
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .ours(Fails(UnexpectedMessage))
    .rustls(GoesOn);
}

/// R13-5.4-g, R12-6.2.1-f: an alert without content is unexpected.
#[test]
fn an_empty_alert_is_unexpected() {
    attack(|scene| scene.receive(Alert, b""))
        .ours(Fails(UnexpectedMessage))
        .rustls(Fails(DecodeError));
    attack(|scene| {
        let record = scene.forger.seal_padded(Alert, b"", 9);
        scene.victim.receive(&record)
    })
    .on_tls13()
    .ours(Fails(UnexpectedMessage))
    .rustls(Fails(DecodeError));
}

/// R13-5-b: a change_cipher_spec is never protected.
#[test]
fn a_protected_change_cipher_spec_is_unexpected() {
    attack(|scene| scene.receive(ContentType::ChangeCipherSpec, &[1]))
        .on_tls13()
        .both(Fails(UnexpectedMessage));
}

/// R13-5-e: an unknown type is also unexpected as an inner type.
#[test]
fn an_unknown_inner_type_is_unexpected() {
    for typ in [24, 25, 99, 255] {
        let unknown = |scene: &mut Scene<'_>| -> Result<(), Error> {
            scene.receive(ContentType::from(typ), b"unknown")
        };
        attack(unknown)
            .on_tls13()
            .ours(Fails(UnexpectedMessage))
            .rustls(Fails(DecodeError));
    }
}
