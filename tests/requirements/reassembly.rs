//! Section D: Are handshake messages put together that are split over records, or share one?

use rustls::AlertDescription::{BadRecordMac, DecodeError, IllegalParameter, UnexpectedMessage};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls::{AlertDescription, Error, HandshakeType};
use testing::Verdict::{Fails, FailsSilently, GoesOn};
use testing::{
    NewSessionTicket, Role, Scene, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, attack, key_update,
    message,
};

fn ticket() -> Vec<u8> {
    NewSessionTicket::with_len(9).message()
}

/// A message that the victim accepts.
fn accepted_message(scene: &Scene<'_>) -> Vec<u8> {
    match (scene.setup.is_tls13(), scene.role) {
        (true, Role::Client) => ticket(),
        (true, Role::Server) => key_update(UPDATE_NOT_REQUESTED),
        (false, _) => scene.renegotiation(),
    }
}

/// Checks that an [`accepted_message`] was accepted.
fn assert_accepted(scene: &mut Scene<'_>) {
    match (scene.setup.is_tls13(), scene.role) {
        (true, Role::Client) => {}
        (true, Role::Server) => scene.forger.update_sealer(),
        (false, _) => {
            let answer = scene.victim.answer();
            let no_renegotiation = vec![1, u8::from(AlertDescription::NoRenegotiation)];
            assert_eq!(scene.forger.open(&answer), (Alert, no_renegotiation));
        }
    }
    scene.passes_data();
}

/// R13-5.1-f: a message may be split over records, down to one byte in each.
#[test]
fn a_message_may_be_split_anywhere() {
    for len in [1, 2, 3, 4] {
        attack(|scene| {
            for part in accepted_message(scene).chunks(len) {
                scene.receive(Handshake, part)?;
            }
            assert_accepted(scene);
            Ok(())
        })
        .both(GoesOn);
    }
}

/// R13-5.1-f: several messages may share a record, and the last of them may continue in the next record.
#[test]
fn messages_may_share_records() {
    let three = [ticket(), ticket(), ticket()].concat();
    for len in [three.len(), ticket().len() + 1, ticket().len() * 2 - 1] {
        attack(|scene| {
            for part in three.chunks(len) {
                scene.receive(Handshake, part)?;
            }
            scene.passes_data();
            Ok(())
        })
        .on_tls13()
        .on(Role::Client)
        .both(GoesOn);
    }
}

/// Delivers the first `begun` bytes of a message, and then something else.
fn interrupted(
    begun: usize,
    interrupt: impl Fn(&mut Scene<'_>) -> Result<(), Error>,
) -> impl Fn(&mut Scene<'_>) -> Result<(), Error> {
    move |scene| {
        let begin = &accepted_message(scene)[..begun];
        scene
            .receive(Handshake, begin)
            .expect("the beginning of a message");
        let result = interrupt(scene);
        assert!(!scene.victim.saw_close());
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
            attack(interrupted(begun, |scene| scene.receive(typ, content)))
                .ours(Fails(UnexpectedMessage))
                .rustls(FailsSilently);
        }
    }
}

/// R13-5.1-g, R12-6.2.1-g: nor may an unprotected change_cipher_spec.
#[test]
fn no_change_cipher_spec_comes_between_the_parts_of_a_message() {
    attack(interrupted(1, |scene| {
        scene
            .victim
            .receive(&[20, 3, 3, 0, 1, 1])
    }))
    .ours(Fails(UnexpectedMessage))
    .rustls(Fails(BadRecordMac));
}

/// R13-5.1-h: a KeyUpdate is the last message of its record. Otherwise it changes no key and is not answered.
#[test]
fn nothing_follows_a_key_update_in_its_record() {
    for request in [UPDATE_NOT_REQUESTED, UPDATE_REQUESTED] {
        let refuse_after_update = |following: &[u8]| {
            let content = [&key_update(request), following].concat();
            attack(move |scene| scene.receive(Handshake, &content))
                .on_tls13()
                .both(Fails(UnexpectedMessage));
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
    attack(|scene| {
        let messages = [
            key_update(UPDATE_REQUESTED),
            key_update(UPDATE_NOT_REQUESTED),
        ]
        .concat();
        let (begin, end) = messages.split_at(3);
        scene
            .receive(Handshake, begin)
            .expect("the beginning of a message");
        scene.receive(Handshake, end)
    })
    .on_tls13()
    .both(Fails(UnexpectedMessage));
}

/// R13-5.1-i: a message must not end under another key than it began.
#[test]
fn a_message_does_not_continue_under_the_next_key() {
    attack(|scene| {
        let message = accepted_message(scene);
        let (begin, end) = message.split_at(3);
        scene
            .receive(Handshake, begin)
            .expect("the beginning of a message");
        scene.forger.update_sealer();
        scene.receive(Handshake, end)
    })
    .on_tls13()
    .both(Fails(BadRecordMac));
}

/// R13-5.1-j: other messages may precede a KeyUpdate in its record.
#[test]
fn a_ticket_may_precede_a_key_update_in_its_record() {
    attack(|scene| {
        let messages = [ticket(), key_update(UPDATE_NOT_REQUESTED)].concat();
        scene.receive(Handshake, &messages)?;
        scene.forger.update_sealer();
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .both(GoesOn);
}

/// IMP-hs: a message of more than 64 KiB is refused by its header. A shorter one is waited for.
#[test]
fn a_message_that_is_too_long_is_refused_by_its_header() {
    attack(|scene| {
        let header = [&accepted_message(scene)[..1], &[1, 0, 0]].concat();
        scene.receive(Handshake, &header)
    })
    .ours(Fails(DecodeError))
    .rustls(FailsSilently);
    // In parts, so that the last byte of the length arrives later.
    attack(|scene| {
        let header = [&accepted_message(scene)[..1], &[1, 0]].concat();
        scene
            .receive(Handshake, &header)
            .expect("a part of a header");
        scene.receive(Handshake, &[0])
    })
    .ours(Fails(DecodeError))
    .rustls(FailsSilently);
    attack(|scene| {
        let ticket = NewSessionTicket::with_len(0xff00).message();
        for part in ticket.chunks(0x4000) {
            scene.receive(Handshake, part)?;
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .on(Role::Client)
    .both(GoesOn);
}

/// IMP-hs: a KeyUpdate has one byte, so another length is refused by its header. rustls waits for the body.
#[test]
fn a_key_update_of_another_length_is_refused_by_its_header() {
    for len in [0, 2, 255] {
        attack(|scene| scene.receive(Handshake, &[24, 0, 0, len]))
            .on_tls13()
            .ours(Fails(DecodeError));
    }
    attack(|scene| scene.receive(Handshake, &[24, 0, 0, 2]))
        .on_tls13()
        .rustls(GoesOn);
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
        attack(|scene| {
            let message = message(HandshakeType::NewSessionTicket, body);
            scene.receive(Handshake, &message)
        })
        .on_tls13()
        .on(Role::Client)
        .both(Fails(DecodeError));
    }
    for body in [&[][..], &[0, 0]] {
        attack(|scene| {
            let message = message(HandshakeType::KeyUpdate, body);
            scene.receive(Handshake, &message)
        })
        .on_tls13()
        .both(Fails(DecodeError));
    }
}

/// R13-6-a: a message with a valid form and an illegal value gets another alert.
#[test]
fn a_message_with_an_illegal_value_fails_with_illegal_parameter() {
    for request in [2, 255] {
        attack(|scene| scene.receive(Handshake, &key_update(request)))
            .on_tls13()
            .both(Fails(IllegalParameter));
    }
    attack(|scene| {
        let twice = NewSessionTicket {
            extensions: vec![(0xaaaa, vec![]), (0xaaaa, vec![])],
            ..NewSessionTicket::with_len(9)
        };
        scene.receive(Handshake, &twice.message())
    })
    .on_tls13()
    .on(Role::Client)
    .both(Fails(IllegalParameter));
}
