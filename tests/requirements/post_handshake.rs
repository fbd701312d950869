//! Section F: Are tickets and other handshake messages after the handshake accepted and refused as required?

use rustls::AlertDescription::{DecodeError, IllegalParameter, UnexpectedMessage};
use rustls::{ContentType, Error, HandshakeType, InvalidMessage};
use testing::Outcome::{Accepted, FatalAlert};
use testing::{Fixture, Implementation, NewSessionTicket, Role, Setup, attack, message};

/// Delivers a handshake message in a record of its own.
fn receive(fixture: &mut Fixture<'_>, typ: HandshakeType, body: &[u8]) -> Result<(), Error> {
    fixture.receive(ContentType::Handshake, &message(typ, body))
}

/// R13-4.6.1-a: any number of tickets is accepted at any time. The module `tickets` tests their use.
#[test]
fn a_client_accepts_tickets() {
    attack(|fixture| {
        for _ in 0..5 {
            for len in 1..=20 {
                let ticket = NewSessionTicket::with_len(len).message();
                fixture.receive(ContentType::Handshake, &ticket)?;
            }
            assert_eq!(fixture.target.answer(), b"");
            fixture.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_both(Accepted);
}

/// R13-4.6.1-b.
#[test]
fn a_server_refuses_tickets() {
    attack(|fixture| {
        let ticket = NewSessionTicket::with_len(9).message();
        fixture.receive(ContentType::Handshake, &ticket)
    })
    .on_tls13()
    .on(Role::Server)
    .expect_both(FatalAlert(UnexpectedMessage));
}

/// R13-4.6.1-c, R13-4.6.1-f: the alert is our choice.
#[test]
fn a_ticket_that_does_not_parse_is_refused() {
    let body = NewSessionTicket::with_len(9).body();
    let mut bodies = vec![
        NewSessionTicket::with_len(0).body(),
        [&body[..], &[0]].concat(),
    ];
    // Cut in the lifetime, nonce, ticket and extensions, and where one of them begins.
    bodies.extend([0, 3, 9, 10, 13, 20, 21, 22].map(|len| body[..len].to_vec()));
    assert_eq!(body.len(), 23);
    for body in bodies {
        attack(|fixture| {
            let result = receive(fixture, HandshakeType::NewSessionTicket, &body);
            assert!(matches!(result, Err(Error::InvalidMessage(_))));
            result
        })
        .on_tls13()
        .on(Role::Client)
        .expect_both(FatalAlert(DecodeError));
    }
}

const EARLY_DATA: u16 = 42;
const UNKNOWN_EXTENSION: u16 = 0xabcd;

/// R13-4.6.1-d.
#[test]
fn an_unknown_extension_of_a_ticket_is_ignored() {
    attack(|fixture| {
        let ticket = NewSessionTicket {
            extensions: vec![
                (UNKNOWN_EXTENSION, b"whatever".to_vec()),
                (EARLY_DATA, vec![0, 0, 1, 0]),
            ],
            ..NewSessionTicket::with_len(9)
        };
        fixture.receive(ContentType::Handshake, &ticket.message())?;
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_both(Accepted);
}

/// R13-4.6.1-d, R13-4.6.1-f.
#[test]
fn a_duplicate_extension_of_a_ticket_is_illegal() {
    for extension in [
        (EARLY_DATA, vec![0, 0, 1, 0]),
        (UNKNOWN_EXTENSION, Vec::new()),
    ] {
        attack(|fixture| {
            let ticket = NewSessionTicket {
                extensions: vec![extension.clone(), extension.clone()],
                ..NewSessionTicket::with_len(9)
            };
            let result = fixture.receive(ContentType::Handshake, &ticket.message());
            let duplicate = InvalidMessage::DuplicateExtension(extension.0);
            assert_eq!(result, Err(duplicate.into()));
            result
        })
        .on_tls13()
        .on(Role::Client)
        .expect_both(FatalAlert(IllegalParameter));
    }
}

/// R13-4.6.2-a: no client has offered post_handshake_auth.
#[test]
fn a_certificate_request_is_unexpected() {
    // No context, and ecdsa_secp256r1_sha256 as the only signature algorithm.
    let body = [0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
    attack(|fixture| receive(fixture, HandshakeType::CertificateRequest, &body))
        .on_tls13()
        .expect_both(FatalAlert(UnexpectedMessage));
}

/// Valid messages of a handshake that arrive too late.
const LATE: [(HandshakeType, &[u8]); 9] = [
    (HandshakeType::EndOfEarlyData, &[]),
    (HandshakeType::Certificate, &[0; 4]),
    (HandshakeType::ServerKeyExchange, b"opaque"),
    (HandshakeType::ServerHelloDone, &[]),
    (HandshakeType::CertificateVerify, &[4, 3, 0, 1, 0]),
    (HandshakeType::ClientKeyExchange, b"opaque"),
    (HandshakeType::Finished, &[0; 32]),
    (HandshakeType::Unknown(99), b"unknown"),
    (HandshakeType::Unknown(255), &[]),
];

/// Malformed messages.
const MALFORMED: [(HandshakeType, &[u8]); 7] = [
    (HandshakeType::ServerHello, &[]),
    (HandshakeType::EncryptedExtensions, &[0]),
    (HandshakeType::Certificate, &[255; 5]),
    (HandshakeType::CertificateRequest, &[]),
    (HandshakeType::CertificateVerify, &[4]),
    (HandshakeType::CertificateStatus, &[0]),
    (HandshakeType::MessageHash, &[]),
];

/// R13-4-a, R12-7.4-a.
#[test]
fn any_other_message_is_unexpected() {
    for (typ, body) in LATE {
        attack(|fixture| {
            let body = match typ {
                // Only in TLS 1.3 a context precedes the certificates.
                HandshakeType::Certificate if !fixture.setup.is_tls13() => &body[1..],
                _ => body,
            };
            let result = receive(fixture, typ, body);
            assert!(
                matches!(result, Err(Error::InappropriateHandshakeMessage { got_type, .. }) if got_type == typ)
                    // In TLS 1.2, rustls's error does not name the message.
                    || fixture.implementation == Implementation::Rustls
            );
            result
        })
        .expect_both(FatalAlert(UnexpectedMessage));
    }
}

/// R13-4-a, R12-7.4-a: the type alone decides. rustls tries to parse the message first.
#[test]
fn an_unexpected_message_is_refused_before_it_is_parsed() {
    for (typ, body) in MALFORMED {
        attack(|fixture| receive(fixture, typ, body))
            .expect_direct(FatalAlert(UnexpectedMessage))
            .expect_rustls(FatalAlert(DecodeError));
    }
}

/// R13-4-a, R12-7.4-a: every assigned type, and some others.
#[test]
fn the_first_byte_of_an_unexpected_message_is_enough() {
    let types = (0..=30).chain([67, 99, 203, 254, 255]);
    for typ in types.map(HandshakeType::from) {
        let known = |setup: &Setup, role| match (setup.is_tls13(), role) {
            (true, Role::Client) => [HandshakeType::NewSessionTicket, HandshakeType::KeyUpdate],
            (true, Role::Server) => [HandshakeType::KeyUpdate; 2],
            (false, Role::Client) => [HandshakeType::HelloRequest; 2],
            (false, Role::Server) => [HandshakeType::ClientHello; 2],
        };
        for role in Role::BOTH {
            attack(|fixture| fixture.receive(ContentType::Handshake, &[u8::from(typ)]))
                .only(|setup| setup.is_first_of_its_version() && !known(setup, role).contains(&typ))
                .on(role)
                .expect_direct(FatalAlert(UnexpectedMessage));
        }
    }
}

/// R13-4-a: TLS 1.3 has no renegotiation.
#[test]
fn tls_1_3_refuses_hellos() {
    attack(|fixture| receive(fixture, HandshakeType::HelloRequest, &[]))
        .on_tls13()
        .expect_both(FatalAlert(UnexpectedMessage));
    attack(|fixture| {
        let hello = fixture.setup.client_hello();
        fixture.receive(ContentType::Handshake, &hello)
    })
    .on_tls13()
    .expect_both(FatalAlert(UnexpectedMessage));
}

const NO_RENEGOTIATION: [u8; 2] = [1, 100];

/// Delivers a request to renegotiate, and checks that a warning declines it.
fn assert_declined(fixture: &mut Fixture<'_>, request: &[u8]) -> Result<(), Error> {
    fixture.receive(ContentType::Handshake, request)?;
    let sent = fixture.target.answer();
    let warning = (ContentType::Alert, NO_RENEGOTIATION.to_vec());
    assert_eq!(fixture.forger.open(&sent), warning);
    fixture.passes_data();
    Ok(())
}

/// R12-7.4.1.1-a.
#[test]
fn a_client_declines_a_hello_request_and_continues() {
    attack(|fixture| assert_declined(fixture, &message(HandshakeType::HelloRequest, &[])))
        .on_tls12()
        .on(Role::Client)
        .expect_both(Accepted);
}

/// R12-7.4.1.1-b: rustls does not check the body.
#[test]
fn a_hello_request_with_a_body_does_not_parse() {
    for body in [&[0][..], &[0; 300]] {
        attack(|fixture| receive(fixture, HandshakeType::HelloRequest, body))
            .on_tls12()
            .on(Role::Client)
            .expect_direct(FatalAlert(DecodeError))
            .expect_rustls(Accepted);
    }
}

/// R12-7.4.1.1-c.
#[test]
fn a_server_refuses_a_hello_request() {
    attack(|fixture| receive(fixture, HandshakeType::HelloRequest, &[]))
        .on_tls12()
        .on(Role::Server)
        .expect_both(FatalAlert(UnexpectedMessage));
}

/// R12-7.2.2-a.
#[test]
fn a_server_declines_a_client_hello_and_continues() {
    attack(|fixture| {
        let hello = fixture.setup.client_hello();
        assert_declined(fixture, &hello)
    })
    .on_tls12()
    .on(Role::Server)
    .expect_both(Accepted);
}

/// R12-7.4-a.
#[test]
fn a_client_refuses_a_client_hello() {
    attack(|fixture| {
        let hello = fixture.setup.client_hello();
        fixture.receive(ContentType::Handshake, &hello)
    })
    .on_tls12()
    .on(Role::Client)
    .expect_both(FatalAlert(UnexpectedMessage));
}

/// R12-7.4-a: in TLS 1.2 a ticket arrives during the handshake.
#[test]
fn tls_1_2_refuses_tickets() {
    attack(|fixture| {
        receive(
            fixture,
            HandshakeType::NewSessionTicket,
            &[0, 0, 1, 0, 0, 1, 7],
        )
    })
    .on_tls12()
    .expect_both(FatalAlert(UnexpectedMessage));
}
