//! Handshake messages where there are none, or others.

use rustls::AlertDescription::{DecodeError, UnexpectedMessage};
use rustls::{ContentType, HandshakeType};
use testing::{NewSessionTicket, UPDATE_NOT_REQUESTED, key_update, message, pattern};

use crate::choices::End;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::Alerted;
use crate::forged::{forged, messages};

/// The type of a NewSessionTicket. RFC 8446 s4.
const TICKET: u8 = 4;

/// How TLS 1.2 refuses a message after the handshake: by another error than rustls, but the same alert.
const REFUSED_BY_RUSTLS: End = End::Fails("InappropriateMessage", UnexpectedMessage);
const REFUSED: End = End::Fails("InappropriateHandshakeMessage", UnexpectedMessage);
const NAMES_THE_MESSAGE: &str = "R12-7.4-a: the error names the message";

#[test]
fn an_empty_handshake_record() {
    Conversation::new(|stage| messages(stage, &[]))
        .chooses(
            "R13-5.4-f, R12-6.2.1-f: it may not be",
            End::GoesOn,
            End::Fails("InvalidMessage(InvalidEmptyPayload)", UnexpectedMessage),
        )
        .hold();
}

#[test]
fn a_record_of_no_known_type() {
    Conversation::new(|stage| forged(stage, &[(ContentType::Unknown(99), b"what?")]))
        .only(Case::is_tls13)
        .chooses(
            "R13-5-e",
            End::Fails("InvalidMessage(InvalidContentType)", DecodeError),
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .hold();
}

#[test]
fn a_sealed_change_cipher_spec() {
    Conversation::new(|stage| forged(stage, &[(ContentType::ChangeCipherSpec, &[1])]))
        .only(Case::is_tls13)
        .chooses(
            "R13-5-b: the error names the record",
            End::Fails(
                "PeerMisbehaved(IllegalMiddleboxChangeCipherSpec)",
                UnexpectedMessage,
            ),
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .hold();
}

#[test]
fn a_finished_after_the_handshake() {
    Conversation::new(|stage| messages(stage, &[message(HandshakeType::Finished, &pattern(32))]))
        .chooses_if(
            NAMES_THE_MESSAGE,
            REFUSED_BY_RUSTLS,
            REFUSED,
            Case::is_tls12,
        )
        .hold();
}

#[test]
fn a_message_that_nobody_knows() {
    Conversation::new(|stage| messages(stage, &[message(HandshakeType::Unknown(99), b"what?")]))
        .chooses_if(
            NAMES_THE_MESSAGE,
            REFUSED_BY_RUSTLS,
            REFUSED,
            Case::is_tls12,
        )
        .hold();
}

#[test]
fn a_message_that_is_too_long() {
    Conversation::new(|stage| messages(stage, &[vec![TICKET, 1, 0, 0]]))
        .shows_if(Alerted(DecodeError), Case::is_tls13_client)
        .chooses_if(
            "R13-4-a, R12-7.4-a: it is refused by its type alone",
            End::Silent("InvalidMessage(HandshakePayloadTooLarge)"),
            REFUSED,
            |case| !case.is_tls13_client(),
        )
        .hold();
}

#[test]
fn a_message_with_data_in_the_middle() {
    Conversation::new(|stage| {
        let begun = [TICKET, 0, 0, 40, 0];
        let records = [
            (ContentType::Handshake, &begun[..]),
            (ContentType::ApplicationData, b"by the way"),
        ];
        forged(stage, &records);
    })
    .only(Case::is_tls13_client)
    .shows(Alerted(UnexpectedMessage))
    .hold();
}

#[test]
fn a_ticket_that_does_not_parse() {
    Conversation::new(|stage| {
        messages(
            stage,
            &[message(HandshakeType::NewSessionTicket, &pattern(7))],
        )
    })
    .chooses_if(
        "R13-4.6.1-b, R12-7.4-a: it is refused by its type alone",
        End::Fails("InvalidMessage", DecodeError),
        REFUSED,
        |case| !case.is_tls13_client(),
    )
    .hold();
}

#[test]
fn a_ticket_in_pieces() {
    Conversation::new(|stage| {
        let ticket = NewSessionTicket::with_len(3).message();
        let pieces: Vec<_> = ticket
            .chunks(4)
            .map(|piece| (ContentType::Handshake, piece))
            .collect();
        forged(stage, &pieces);
    })
    .only(Case::is_tls13_client)
    .hold();
}

#[test]
fn a_key_update_that_asks_for_nothing() {
    Conversation::new(|stage| messages(stage, &[key_update(UPDATE_NOT_REQUESTED)]))
        .chooses_if(
            NAMES_THE_MESSAGE,
            REFUSED_BY_RUSTLS,
            REFUSED,
            Case::is_tls12,
        )
        .hold();
}

#[test]
fn a_key_update_that_asks_for_what_there_is_not() {
    Conversation::new(|stage| messages(stage, &[key_update(2)]))
        .only(Case::is_tls13)
        .hold();
}

#[test]
fn a_key_update_that_does_not_parse() {
    Conversation::new(|stage| messages(stage, &[message(HandshakeType::KeyUpdate, &[0, 0])]))
        .only(Case::is_tls13)
        .chooses(
            "R13-4.6.3-l: the error names the message",
            End::Fails(
                "InvalidMessage(TrailingData(\"HandshakeMessagePayload\"))",
                DecodeError,
            ),
            End::Fails("InvalidMessage(TrailingData(\"KeyUpdate\"))", DecodeError),
        )
        .hold();
}

#[test]
fn a_key_update_with_something_behind_it() {
    Conversation::new(|stage| {
        messages(
            stage,
            &[
                key_update(UPDATE_NOT_REQUESTED),
                key_update(UPDATE_NOT_REQUESTED),
            ],
        );
    })
    .only(Case::is_tls13)
    .hold();
}
