//! Bytes that are no TLS, or no TLS that was agreed on.

use rustls::AlertDescription::{
    BadRecordMac, DecodeError, ProtocolVersion, RecordOverflow, UnexpectedMessage,
};
use testing::Role;

use crate::choices::End;
use crate::conversation::{Case, Conversation};
use crate::differences::Difference::DiscardedWhenTaken;
use crate::stage::Stage;

/// How rustls refuses what is no header.
const NO_TYPE: End = End::Fails("InvalidMessage(InvalidContentType)", DecodeError);
const NO_VERSION: End = End::Fails("InvalidMessage(UnknownProtocolVersion)", DecodeError);

const HTTP: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Has `junk` come before the handshake.
fn first(stage: &mut Stage, junk: &[u8]) {
    stage.inject(junk);
    stage.deliver();
    stage.ask();
    stage.peer_reads();
}

/// Has `junk` come after the peer's first flight.
fn within(stage: &mut Stage, junk: &[u8]) {
    stage.meet();
    stage.deliver();
    stage.inject(junk);
    stage.deliver();
    stage.ask();
    stage.peer_reads();
}

/// Has `junk` come after the handshake, between two records.
fn afterwards(stage: &mut Stage, junk: &[u8]) {
    stage.shake_hands();
    stage.peer_writes(b"before");
    stage.inject(junk);
    stage.peer_writes(b"after");
    stage.deliver();
    stage.ask();
    stage.peer_reads();
}

#[test]
fn http_before_the_handshake() {
    Conversation::new(|stage| first(stage, HTTP)).hold();
}

#[test]
fn http_within_the_handshake() {
    Conversation::new(|stage| within(stage, HTTP))
        .chooses_if(
            "R13-5.2-d: for a client it is complete",
            NO_TYPE,
            End::Fails("InappropriateMessage", UnexpectedMessage),
            Case::is_tls13_client,
        )
        .hold();
}

#[test]
fn http_after_the_handshake() {
    Conversation::new(|stage| afterwards(stage, HTTP))
        .shows(DiscardedWhenTaken)
        .chooses(
            "R13-5.2-d, R12-6-a",
            NO_TYPE,
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .hold();
}

#[test]
fn http_byte_by_byte() {
    Conversation::new(|stage| {
        stage.cut_into(1);
        first(stage, HTTP);
    })
    .hold();
}

#[test]
fn a_header_without_a_payload() {
    Conversation::new(|stage| first(stage, &[22, 3, 3, 0, 0])).hold();
}

#[test]
fn data_in_place_of_a_handshake() {
    Conversation::new(|stage| first(stage, &[23, 3, 3, 0, 1, 0])).hold();
}

#[test]
fn data_within_the_handshake() {
    Conversation::new(|stage| within(stage, b"\x17\x03\x03\x00\x18not sealed by anybody..."))
        .hold();
}

#[test]
fn a_record_that_is_too_long() {
    Conversation::new(|stage| afterwards(stage, &[23, 3, 3, 0xff, 0xff]))
        .shows(DiscardedWhenTaken)
        .chooses(
            "R13-5.2-e, R12-6.2.3-b",
            End::Fails("InvalidMessage(MessageTooLarge)", DecodeError),
            End::Fails("PeerSentOversizedRecord", RecordOverflow),
        )
        .hold();
}

#[test]
fn a_record_of_no_known_type() {
    Conversation::new(|stage| afterwards(stage, &[25, 3, 3, 0, 1, 0]))
        .shows(DiscardedWhenTaken)
        .chooses(
            "R13-5.2-d, R12-6-a",
            NO_TYPE,
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .hold();
}

#[test]
fn a_record_of_no_known_version() {
    Conversation::new(|stage| afterwards(stage, &[23, 4, 4, 0, 1, 0]))
        .shows(DiscardedWhenTaken)
        .chooses_if(
            "R13-5.2-c: the header is authenticated",
            NO_VERSION,
            End::Fails("DecryptError", BadRecordMac),
            Case::is_tls13,
        )
        .chooses_if(
            "R12-6.2.1-c",
            NO_VERSION,
            End::Fails("InvalidMessage(UnknownProtocolVersion)", ProtocolVersion),
            Case::is_tls12,
        )
        .hold();
}

#[test]
fn a_record_too_short_for_its_tag() {
    Conversation::new(|stage| afterwards(stage, &[23, 3, 3, 0, 3, 1, 2, 3]))
        .shows(DiscardedWhenTaken)
        .hold();
}

#[test]
fn change_cipher_spec_after_the_handshake() {
    Conversation::new(|stage| afterwards(stage, &[20, 3, 3, 0, 1, 1]))
        .shows(DiscardedWhenTaken)
        .chooses_if(
            "R13-5-c: the error names what is expected instead",
            End::Fails("InappropriateMessage", UnexpectedMessage),
            End::Fails("InappropriateMessage", UnexpectedMessage),
            Case::is_tls13,
        )
        .hold();
}

#[test]
fn an_alert_in_the_clear_after_the_handshake() {
    Conversation::new(|stage| afterwards(stage, &[21, 3, 3, 0, 2, 2, 40]))
        .shows(DiscardedWhenTaken)
        .chooses_if(
            "R13-5-f: its type is refused first",
            End::Fails("DecryptError", BadRecordMac),
            End::Fails("InappropriateMessage", UnexpectedMessage),
            Case::is_tls13,
        )
        .hold();
}

#[test]
fn a_record_that_was_tampered_with() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(b"before");
        stage.deliver();
        stage.peer_writes(b"tampered with");
        *stage.wire().last_mut().expect("a tag") ^= 1;
        stage.peer_writes(b"after");
        stage.deliver();
        stage.ask();
        stage.peer_reads();
    })
    .in_every_suite()
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_record_that_came_before() {
    Conversation::new(|stage| {
        stage.shake_hands();
        stage.peer_writes(b"twice");
        let again = stage.wire().clone();
        stage.inject(&again);
        stage.deliver();
        stage.peer_reads();
    })
    .shows(DiscardedWhenTaken)
    .hold();
}

#[test]
fn a_handshake_that_was_tampered_with() {
    Conversation::new(|stage| {
        stage.meet();
        if stage.role == Role::Server {
            stage.deliver();
            stage.peer_reads();
        }
        *stage
            .wire()
            .last_mut()
            .expect("a flight") ^= 1;
        stage.deliver();
        stage.ask();
        stage.settle();
    })
    .hold();
}
