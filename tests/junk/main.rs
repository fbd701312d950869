//! Is junk instead of a handshake refused or waited for?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod altered_flights;
mod caller_mistakes;

use rustls::{AlertDescription, Error, InvalidMessage};
use testing::{Endpoint, Role, Setup, Xorshift, one_setup_per_version, pattern};

/// A new connection of ours that has sent its first flight, if it is a client.
fn started(setup: &Setup, role: Role) -> Box<dyn Endpoint> {
    let mut direct = setup.direct(role);
    direct
        .run()
        .expect("to wait for the peer");
    assert_eq!(direct.app().outgoing.is_empty(), role == Role::Server);
    direct.app().outgoing.clear();
    direct
}

/// Runs `test` with a new connection for every setup and role.
fn for_each_connection(test: impl Fn(&mut dyn Endpoint)) {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&mut *started(&setup, role));
        }
    }
}

/// Runs the connection, and checks that an error is repeated.
fn outcome(direct: &mut dyn Endpoint) -> Result<(), Error> {
    let outcome = direct.run();
    if let Err(error) = &outcome {
        for _ in 0..3 {
            // As text, because errors of certificates equal nothing, not even themselves.
            let again = direct
                .run()
                .expect_err("a repeated error");
            assert_eq!(again.to_string(), error.to_string());
        }
        assert!(!direct.is_direct());
    }
    outcome
}

/// Likewise, for input that has to be refused.
fn refused(direct: &mut dyn Endpoint, incoming: &[u8]) -> Error {
    direct.app().incoming = incoming.to_vec();
    outcome(direct).expect_err("not TLS")
}

/// Checks that the output is this alert, unprotected.
fn assert_alert(direct: &mut dyn Endpoint, alert: AlertDescription) {
    let sent = &direct.app().outgoing;
    let [21, 3, _, 0, 2, 2, description] = sent[..] else {
        panic!("no alert: {sent:?}");
    };
    assert_eq!(description, u8::from(alert));
}

#[test]
fn another_protocol_is_refused_by_its_first_bytes() {
    let others: [&[u8]; 3] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-",
    ];
    for junk in others {
        for_each_connection(|direct| {
            let error = refused(direct, junk);
            assert_eq!(error, InvalidMessage::InvalidContentType.into());
            assert_alert(direct, AlertDescription::DecodeError);
        });
        for_each_connection(|direct| {
            // Read as a header, the bytes announce 8 kB that never arrive. So the first byte has to be enough.
            direct.app().incoming.push(junk[0]);
            assert_eq!(
                outcome(direct),
                Err(InvalidMessage::InvalidContentType.into())
            );
        });
    }
}

#[test]
fn an_invalid_header_is_refused() {
    for (header, error) in [
        ([25, 3, 3, 0, 1], InvalidMessage::InvalidContentType),
        ([22, 4, 0, 0, 1], InvalidMessage::UnknownProtocolVersion),
        ([22, 3, 3, 0x48, 0], InvalidMessage::MessageTooLarge),
        ([22, 3, 3, 0xff, 0xff], InvalidMessage::MessageTooLarge),
        ([22, 3, 3, 0, 0], InvalidMessage::InvalidEmptyPayload),
    ] {
        for_each_connection(|direct| {
            assert_eq!(refused(direct, &header), error.into());
            assert_alert(direct, AlertDescription::DecodeError);
        });
    }
}

#[test]
fn a_record_that_cannot_begin_a_handshake_is_refused() {
    let records: [&[u8]; 4] = [
        // Application data, and change_cipher_spec.
        &[23, 3, 3, 0, 1, 0],
        &[20, 3, 3, 0, 1, 1],
        // Finished, and an unknown message.
        &[22, 3, 3, 0, 4, 20, 0, 0, 0],
        &[22, 3, 3, 0, 4, 99, 0, 0, 0],
    ];
    for record in records {
        for_each_connection(|direct| {
            let error = refused(direct, record);
            assert!(
                matches!(
                    error,
                    Error::InappropriateMessage { .. }
                        | Error::InappropriateHandshakeMessage { .. }
                ),
                "{error}"
            );
            assert_alert(direct, AlertDescription::UnexpectedMessage);
        });
    }
}

#[test]
fn a_fatal_alert_ends_a_handshake_without_an_answer() {
    for_each_connection(|direct| {
        let error = refused(direct, &[21, 3, 3, 0, 2, 2, 40]);
        assert_eq!(
            error,
            Error::AlertReceived(AlertDescription::HandshakeFailure)
        );
        assert_eq!(direct.app().outgoing, []);
    });
}

#[test]
fn random_bytes_are_refused_or_waited_for() {
    let mut random = Xorshift::new(0x9e37_79b9_7f4a_7c15);
    for len in 0..100 {
        let junk = random.bytes(len);
        for_each_connection(|direct| {
            direct.app().incoming = junk.clone();
            let outcome = outcome(direct);
            assert!(outcome.is_err() || len < 5, "{junk:?}");
        });
        // Likewise, after a header that announces the bytes as a part of a handshake.
        let announced = u16::try_from(len)
            .expect("short")
            .to_be_bytes();
        let record = [&[22, 3, 1], &announced[..], &junk].concat();
        for_each_connection(|direct| {
            direct.app().incoming = record.clone();
            let _ = outcome(direct);
        });
    }
}

/// The first message, in records of one byte. Its 60,000 bytes are few enough for rustls, but there are too many
/// records.
fn tiny_records(role: Role) -> Vec<u8> {
    let typ = match role {
        Role::Client => 2,
        Role::Server => 1,
    };
    let mut incoming = vec![22, 3, 3, 0, 4, typ, 0, 0xea, 0x60];
    for byte in pattern(60_000) {
        incoming.extend([22, 3, 3, 0, 1, byte]);
    }
    incoming
}

#[test]
fn a_message_in_too_many_records_is_refused() {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            let mut direct = started(&setup, role);
            let error = refused(&mut *direct, &tiny_records(role));
            assert_eq!(error, InvalidMessage::HandshakePayloadTooLarge.into());

            // Nor does the refusal take long if the records arrive in pieces.
            let mut direct = started(&setup, role);
            let refused = tiny_records(role)
                .chunks(1000)
                .find_map(|piece| {
                    direct.app().incoming.extend(piece);
                    outcome(&mut *direct).err()
                });
            assert_eq!(
                refused,
                Some(InvalidMessage::HandshakePayloadTooLarge.into())
            );
            assert!(direct.app().incoming.len() < 130 * 1024);
        }
    }
}

#[test]
fn a_message_that_is_too_long_is_refused_by_its_header() {
    for_each_connection(|direct| {
        let error = refused(direct, &[22, 3, 3, 0, 4, 1, 1, 0, 0]);
        assert_eq!(error, InvalidMessage::HandshakePayloadTooLarge.into());
    });
}
