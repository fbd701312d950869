//! Section D: Are handshake messages put together that are split over records, or share one?

use rustls::AlertDescription::{BadRecordMac, DecodeError, IllegalParameter, UnexpectedMessage};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::{AlertDescription, Error, HandshakeType};
use testing::Outcome::{Accepted, ErrorWithoutAlert, FatalAlert};
use testing::{
    Fixture, NewSessionTicket, Role, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, attack, key_update,
    message,
};

fn ticket() -> Vec<u8> {
    NewSessionTicket::with_len(9).message()
}

/// A message that the target accepts.
fn accepted_message(fixture: &Fixture<'_>) -> Vec<u8> {
    match (fixture.setup.is_tls13(), fixture.role) {
        (true, Role::Client) => ticket(),
        (true, Role::Server) => key_update(UPDATE_NOT_REQUESTED),
        (false, _) => fixture.renegotiation(),
    }
}

/// Checks that an [`accepted_message`] was accepted.
fn assert_accepted(fixture: &mut Fixture<'_>) {
    match (fixture.setup.is_tls13(), fixture.role) {
        (true, Role::Client) => {}
        (true, Role::Server) => fixture.forger.update_sealer(),
        (false, _) => {
            let answer = fixture.target.answer();
            let no_renegotiation = vec![1, u8::from(AlertDescription::NoRenegotiation)];
            assert_eq!(fixture.forger.open(&answer), (Alert, no_renegotiation));
        }
    }
    fixture.passes_data();
}

/// R13-5.1-f: a message may be split over records, down to one byte in each.
#[test]
fn a_message_may_be_split_anywhere() {
    for len in [1, 2, 3, 4] {
        attack(|fixture| {
            for part in accepted_message(fixture).chunks(len) {
                fixture.receive(Handshake, part)?;
            }
            assert_accepted(fixture);
            Ok(())
        })
        .expect_both(Accepted);
    }
}

/// R13-5.1-f: several messages may share a record, and the last of them may continue in the next record.
#[test]
fn messages_may_share_records() {
    let three = [ticket(), ticket(), ticket()].concat();
    for len in [three.len(), ticket().len() + 1, ticket().len() * 2 - 1] {
        attack(|fixture| {
            for part in three.chunks(len) {
                fixture.receive(Handshake, part)?;
            }
            fixture.passes_data();
            Ok(())
        })
        .on_tls13()
        .on(Role::Client)
        .expect_both(Accepted);
    }
}

/// Delivers the first `begun` bytes of a message, and then something else.
fn interrupted(
    begun: usize,
    interrupt: impl Fn(&mut Fixture<'_>) -> Result<(), Error>,
) -> impl Fn(&mut Fixture<'_>) -> Result<(), Error> {
    move |fixture| {
        let begin = &accepted_message(fixture)[..begun];
        fixture
            .receive(Handshake, begin)
            .expect("the beginning of a message");
        let result = interrupt(fixture);
        assert!(!fixture.target.saw_close());
        result
    }
}

/// R13-5.1-g, R12-6.2.1-g: no record of another type may come between the parts of a message.
#[test]
fn nothing_comes_between_the_parts_of_a_message() {
    for begun in [1, 3] {
        for (typ, content) in [
            (ApplicationData, &b"data"[..]),
            (ApplicationData, b""),
            (Alert, &[1, 0]),
            (Alert, &[1, 90]),
            (Alert, &[2, 40]),
        ] {
            attack(interrupted(begun, |fixture| fixture.receive(typ, content)))
                .expect_direct(FatalAlert(UnexpectedMessage))
                .expect_rustls(ErrorWithoutAlert);
        }
    }
}

/// R13-5.1-g, R12-6.2.1-g: nor may an unprotected change_cipher_spec.
#[test]
fn no_change_cipher_spec_comes_between_the_parts_of_a_message() {
    attack(interrupted(1, |fixture| {
        fixture
            .target
            .receive(&[20, 3, 3, 0, 1, 1])
    }))
    .expect_direct(FatalAlert(UnexpectedMessage))
    .expect_rustls(FatalAlert(BadRecordMac));
}

/// R13-5.1-h: a KeyUpdate is the last message of its record. Otherwise it changes no key and is not answered.
#[test]
fn nothing_follows_a_key_update_in_its_record() {
    for request in [UPDATE_NOT_REQUESTED, UPDATE_REQUESTED] {
        let refuse_after_update = |following: &[u8]| {
            let content = [&key_update(request), following].concat();
            attack(move |fixture| fixture.receive(Handshake, &content))
                .on_tls13()
                .expect_both(FatalAlert(UnexpectedMessage));
        };
        refuse_after_update(&key_update(UPDATE_NOT_REQUESTED));
        refuse_after_update(&key_update(UPDATE_NOT_REQUESTED)[..1]);
        refuse_after_update(&key_update(UPDATE_NOT_REQUESTED)[..4]);
        refuse_after_update(&ticket());
        refuse_after_update(&ticket()[..1]);
    }
}

/// R13-5.1-h: likewise if the KeyUpdate began in the record before.
#[test]
fn nothing_follows_a_split_key_update_in_its_last_record() {
    attack(|fixture| {
        let messages = [
            key_update(UPDATE_REQUESTED),
            key_update(UPDATE_NOT_REQUESTED),
        ]
        .concat();
        let (begin, end) = messages.split_at(3);
        fixture
            .receive(Handshake, begin)
            .expect("the beginning of a message");
        fixture.receive(Handshake, end)
    })
    .on_tls13()
    .expect_both(FatalAlert(UnexpectedMessage));
}

/// R13-5.1-i: a message must not end under another key than it began.
#[test]
fn a_message_does_not_continue_under_the_next_key() {
    attack(|fixture| {
        let message = accepted_message(fixture);
        let (begin, end) = message.split_at(3);
        fixture
            .receive(Handshake, begin)
            .expect("the beginning of a message");
        fixture.forger.update_sealer();
        fixture.receive(Handshake, end)
    })
    .on_tls13()
    .expect_both(FatalAlert(BadRecordMac));
}

/// R13-5.1-j: other messages may precede a KeyUpdate in its record.
#[test]
fn a_ticket_may_precede_a_key_update_in_its_record() {
    attack(|fixture| {
        let messages = [ticket(), key_update(UPDATE_NOT_REQUESTED)].concat();
        fixture.receive(Handshake, &messages)?;
        fixture.forger.update_sealer();
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_both(Accepted);
}

/// IMP-hs: a message of more than 64 KiB is refused by its header. A shorter one is waited for.
#[test]
fn a_message_that_is_too_long_is_refused_by_its_header() {
    attack(|fixture| {
        let header = [&accepted_message(fixture)[..1], &[1, 0, 0]].concat();
        fixture.receive(Handshake, &header)
    })
    .expect_direct(FatalAlert(DecodeError))
    .expect_rustls(ErrorWithoutAlert);
    // In parts, so that the last byte of the length arrives later.
    attack(|fixture| {
        let header = [&accepted_message(fixture)[..1], &[1, 0]].concat();
        fixture
            .receive(Handshake, &header)
            .expect("a part of a header");
        fixture.receive(Handshake, &[0])
    })
    .expect_direct(FatalAlert(DecodeError))
    .expect_rustls(ErrorWithoutAlert);
    attack(|fixture| {
        let ticket = NewSessionTicket::with_len(0xff00).message();
        for part in ticket.chunks(0x4000) {
            fixture.receive(Handshake, part)?;
        }
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_both(Accepted);
}

/// IMP-hs: a KeyUpdate has one byte, so another length is refused by its header. rustls waits for the body.
#[test]
fn a_key_update_of_another_length_is_refused_by_its_header() {
    for len in [0, 2, 255] {
        attack(|fixture| fixture.receive(Handshake, &[24, 0, 0, len]))
            .on_tls13()
            .expect_direct(FatalAlert(DecodeError));
    }
    attack(|fixture| fixture.receive(Handshake, &[24, 0, 0, 2]))
        .on_tls13()
        .expect_rustls(Accepted);
}

/// R13-6-a: a malformed message.
#[test]
fn a_malformed_message_fails_with_decode_error() {
    let body = NewSessionTicket::with_len(9).body();
    let trailing = [&body[..], &[0]].concat();
    let mut beyond = body.clone();
    // The length of the nonce.
    beyond[8] = 200;
    for body in [&body[..body.len() - 1], &trailing, &beyond, &body[..4]] {
        attack(|fixture| {
            let message = message(HandshakeType::NewSessionTicket, body);
            fixture.receive(Handshake, &message)
        })
        .on_tls13()
        .on(Role::Client)
        .expect_both(FatalAlert(DecodeError));
    }
    for body in [&[][..], &[0, 0]] {
        attack(|fixture| {
            let message = message(HandshakeType::KeyUpdate, body);
            fixture.receive(Handshake, &message)
        })
        .on_tls13()
        .expect_both(FatalAlert(DecodeError));
    }
}

/// R13-6-a: a message with a valid form and an illegal value gets another alert.
#[test]
fn a_message_with_an_illegal_value_fails_with_illegal_parameter() {
    for request in [2, 255] {
        attack(|fixture| fixture.receive(Handshake, &key_update(request)))
            .on_tls13()
            .expect_both(FatalAlert(IllegalParameter));
    }
    attack(|fixture| {
        let twice = NewSessionTicket {
            extensions: vec![(0xaaaa, vec![]), (0xaaaa, vec![])],
            ..NewSessionTicket::with_len(9)
        };
        fixture.receive(Handshake, &twice.message())
    })
    .on_tls13()
    .on(Role::Client)
    .expect_both(FatalAlert(IllegalParameter));
}
