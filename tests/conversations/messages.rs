//! Are handshake messages after the handshake handled as in rustls?

use rustls::AlertDescription::{DecodeError, UnexpectedMessage};
use rustls::{ContentType, HandshakeType};
use testing::{NewSessionTicket, UPDATE_NOT_REQUESTED, key_update, message, pattern};

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::Alerted;
use crate::end_difference::End;
use crate::forged::{forged, messages};

/// The type of a NewSessionTicket. RFC 8446 s4.
const TICKET: u8 = 4;

/// How TLS 1.2 refuses a message after the handshake: with another error than rustls, but the same alert.
const REFUSED_BY_RUSTLS: End = End::Fails("InappropriateMessage", UnexpectedMessage);
const REFUSED: End = End::Fails("InappropriateHandshakeMessage", UnexpectedMessage);
const NAMES_THE_MESSAGE: &str = "R12-7.4-a: the error names the message";

#[test]
fn the_peer_sends_an_empty_handshake_record() {
    Conversation::new(|harness| messages(harness, &[]))
        .ends_differently(
            "R13-5.4-f, R12-6.2.1-f: an empty record is forbidden",
            End::Accepted,
            End::Fails("InvalidMessage(InvalidEmptyPayload)", UnexpectedMessage),
        )
        .check();
}

#[test]
fn the_peer_sends_a_record_of_unknown_type() {
    Conversation::new(|harness| forged(harness, &[(ContentType::Unknown(99), b"unknown")]))
        .only(Case::is_tls13)
        .ends_differently(
            "R13-5-e",
            End::Fails("InvalidMessage(InvalidContentType)", DecodeError),
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .check();
}

#[test]
fn the_peer_sends_a_sealed_change_cipher_spec() {
    Conversation::new(|harness| forged(harness, &[(ContentType::ChangeCipherSpec, &[1])]))
        .only(Case::is_tls13)
        .ends_differently(
            "R13-5-b: the error names the record",
            End::Fails(
                "PeerMisbehaved(IllegalMiddleboxChangeCipherSpec)",
                UnexpectedMessage,
            ),
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .check();
}

#[test]
fn the_peer_sends_finished_after_the_handshake() {
    Conversation::new(|harness| {
        messages(harness, &[message(HandshakeType::Finished, &pattern(32))])
    })
    .ends_differently_if(
        NAMES_THE_MESSAGE,
        REFUSED_BY_RUSTLS,
        REFUSED,
        Case::is_tls12,
    )
    .check();
}

#[test]
fn the_peer_sends_an_unknown_message() {
    Conversation::new(|harness| {
        messages(harness, &[message(HandshakeType::Unknown(99), b"unknown")])
    })
    .ends_differently_if(
        NAMES_THE_MESSAGE,
        REFUSED_BY_RUSTLS,
        REFUSED,
        Case::is_tls12,
    )
    .check();
}

#[test]
fn the_peer_sends_a_message_that_is_too_long() {
    Conversation::new(|harness| messages(harness, &[vec![TICKET, 1, 0, 0]]))
        .expects_if(Alerted(DecodeError), Case::is_tls13_client)
        .ends_differently_if(
            "R13-4-a, R12-7.4-a: the type alone is enough to refuse it",
            End::Silent("InvalidMessage(HandshakePayloadTooLarge)"),
            REFUSED,
            |case| !case.is_tls13_client(),
        )
        .check();
}

#[test]
fn the_peer_sends_data_in_the_middle_of_a_message() {
    Conversation::new(|harness| {
        let begun = [TICKET, 0, 0, 40, 0];
        let records = [
            (ContentType::Handshake, &begun[..]),
            (ContentType::ApplicationData, b"data between"),
        ];
        forged(harness, &records);
    })
    .only(Case::is_tls13_client)
    .expects(Alerted(UnexpectedMessage))
    .check();
}

#[test]
fn the_peer_sends_a_malformed_ticket() {
    Conversation::new(|harness| {
        messages(
            harness,
            &[message(HandshakeType::NewSessionTicket, &pattern(7))],
        )
    })
    .ends_differently_if(
        "R13-4.6.1-b, R12-7.4-a: the type alone is enough to refuse it",
        End::Fails("InvalidMessage", DecodeError),
        REFUSED,
        |case| !case.is_tls13_client(),
    )
    .check();
}

#[test]
fn the_peer_sends_a_ticket_in_pieces() {
    Conversation::new(|harness| {
        let ticket = NewSessionTicket::with_len(3).message();
        let pieces: Vec<_> = ticket
            .chunks(4)
            .map(|piece| (ContentType::Handshake, piece))
            .collect();
        forged(harness, &pieces);
    })
    .only(Case::is_tls13_client)
    .check();
}

#[test]
fn the_peer_sends_a_key_update_without_a_request() {
    Conversation::new(|harness| messages(harness, &[key_update(UPDATE_NOT_REQUESTED)]))
        .ends_differently_if(
            NAMES_THE_MESSAGE,
            REFUSED_BY_RUSTLS,
            REFUSED,
            Case::is_tls12,
        )
        .check();
}

#[test]
fn the_peer_sends_a_key_update_with_an_unknown_request() {
    Conversation::new(|harness| messages(harness, &[key_update(2)]))
        .only(Case::is_tls13)
        .check();
}

#[test]
fn the_peer_sends_a_malformed_key_update() {
    Conversation::new(|harness| messages(harness, &[message(HandshakeType::KeyUpdate, &[0, 0])]))
        .only(Case::is_tls13)
        .ends_differently(
            "R13-4.6.3-l: the error names the message",
            End::Fails(
                "InvalidMessage(TrailingData(\"HandshakeMessagePayload\"))",
                DecodeError,
            ),
            End::Fails("InvalidMessage(TrailingData(\"KeyUpdate\"))", DecodeError),
        )
        .check();
}

#[test]
fn the_peer_sends_a_message_after_a_key_update_in_the_same_record() {
    Conversation::new(|harness| {
        messages(
            harness,
            &[
                key_update(UPDATE_NOT_REQUESTED),
                key_update(UPDATE_NOT_REQUESTED),
            ],
        );
    })
    .only(Case::is_tls13)
    .check();
}
