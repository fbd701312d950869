//! Is input that is not TLS, or does not fit the connection, refused as in rustls?

use rustls::AlertDescription::{
    BadRecordMac, DecodeError, ProtocolVersion, RecordOverflow, UnexpectedMessage,
};
use testing::Role;

use crate::conversation::{Case, Conversation};
use crate::differences::Difference::DiscardedWhenTaken;
use crate::end_difference::End;
use crate::harness::Harness;

/// How rustls refuses an invalid header.
const UNKNOWN_TYPE: End = End::Fails("InvalidMessage(InvalidContentType)", DecodeError);
const UNKNOWN_VERSION: End = End::Fails("InvalidMessage(UnknownProtocolVersion)", DecodeError);

const HTTP: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Delivers `junk` before the handshake.
fn before_handshake(harness: &mut Harness, junk: &[u8]) {
    harness.inject(junk);
    harness.deliver();
    harness.query_getters();
    harness.peer_reads();
}

/// Delivers `junk` after the peer's first flight.
fn during_handshake(harness: &mut Harness, junk: &[u8]) {
    harness.start_handshake();
    harness.deliver();
    harness.inject(junk);
    harness.deliver();
    harness.query_getters();
    harness.peer_reads();
}

/// Delivers `junk` after the handshake, between two records.
fn after_handshake(harness: &mut Harness, junk: &[u8]) {
    harness.complete_handshake();
    harness.peer_writes(b"before");
    harness.inject(junk);
    harness.peer_writes(b"after");
    harness.deliver();
    harness.query_getters();
    harness.peer_reads();
}

#[test]
fn http_arrives_before_the_handshake() {
    Conversation::new(|harness| before_handshake(harness, HTTP)).check();
}

#[test]
fn http_arrives_during_the_handshake() {
    Conversation::new(|harness| during_handshake(harness, HTTP))
        .ends_differently_if(
            "R13-5.2-d: for a client the handshake is complete",
            UNKNOWN_TYPE,
            End::Fails("InappropriateMessage", UnexpectedMessage),
            Case::is_tls13_client,
        )
        .check();
}

#[test]
fn http_arrives_after_the_handshake() {
    Conversation::new(|harness| after_handshake(harness, HTTP))
        .expects(DiscardedWhenTaken)
        .ends_differently(
            "R13-5.2-d, R12-6-a",
            UNKNOWN_TYPE,
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .check();
}

#[test]
fn http_arrives_byte_by_byte() {
    Conversation::new(|harness| {
        harness.cut_into(1);
        before_handshake(harness, HTTP);
    })
    .check();
}

#[test]
fn a_record_without_a_payload_arrives_first() {
    Conversation::new(|harness| before_handshake(harness, &[22, 3, 3, 0, 0])).check();
}

#[test]
fn data_arrives_instead_of_a_handshake() {
    Conversation::new(|harness| before_handshake(harness, &[23, 3, 3, 0, 1, 0])).check();
}

#[test]
fn data_that_is_not_sealed_arrives_during_the_handshake() {
    Conversation::new(|harness| {
        during_handshake(harness, b"\x17\x03\x03\x00\x18not sealed by anybody...")
    })
    .check();
}

#[test]
fn a_record_is_too_long() {
    Conversation::new(|harness| after_handshake(harness, &[23, 3, 3, 0xff, 0xff]))
        .expects(DiscardedWhenTaken)
        .ends_differently(
            "R13-5.2-e, R12-6.2.3-b",
            End::Fails("InvalidMessage(MessageTooLarge)", DecodeError),
            End::Fails("PeerSentOversizedRecord", RecordOverflow),
        )
        .check();
}

#[test]
fn a_record_has_an_unknown_type() {
    Conversation::new(|harness| after_handshake(harness, &[25, 3, 3, 0, 1, 0]))
        .expects(DiscardedWhenTaken)
        .ends_differently(
            "R13-5.2-d, R12-6-a",
            UNKNOWN_TYPE,
            End::Fails("InappropriateMessage", UnexpectedMessage),
        )
        .check();
}

#[test]
fn a_record_has_an_unknown_version() {
    Conversation::new(|harness| after_handshake(harness, &[23, 4, 4, 0, 1, 0]))
        .expects(DiscardedWhenTaken)
        .ends_differently_if(
            "R13-5.2-c: the header is authenticated",
            UNKNOWN_VERSION,
            End::Fails("DecryptError", BadRecordMac),
            Case::is_tls13,
        )
        .ends_differently_if(
            "R12-6.2.1-c",
            UNKNOWN_VERSION,
            End::Fails("InvalidMessage(UnknownProtocolVersion)", ProtocolVersion),
            Case::is_tls12,
        )
        .check();
}

#[test]
fn a_record_is_too_short_for_its_tag() {
    Conversation::new(|harness| after_handshake(harness, &[23, 3, 3, 0, 3, 1, 2, 3]))
        .expects(DiscardedWhenTaken)
        .check();
}

#[test]
fn change_cipher_spec_arrives_after_the_handshake() {
    Conversation::new(|harness| after_handshake(harness, &[20, 3, 3, 0, 1, 1]))
        .expects(DiscardedWhenTaken)
        .ends_differently_if(
            "R13-5-c: the error names what is expected instead",
            End::Fails("InappropriateMessage", UnexpectedMessage),
            End::Fails("InappropriateMessage", UnexpectedMessage),
            Case::is_tls13,
        )
        .check();
}

#[test]
fn an_unprotected_alert_arrives_after_the_handshake() {
    Conversation::new(|harness| after_handshake(harness, &[21, 3, 3, 0, 2, 2, 40]))
        .expects(DiscardedWhenTaken)
        .ends_differently_if(
            "R13-5-f: its type is refused first",
            End::Fails("DecryptError", BadRecordMac),
            End::Fails("InappropriateMessage", UnexpectedMessage),
            Case::is_tls13,
        )
        .check();
}

#[test]
fn a_record_was_altered() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(b"before");
        harness.deliver();
        harness.peer_writes(b"tampered with");
        *harness
            .wire()
            .last_mut()
            .expect("a tag") ^= 1;
        harness.peer_writes(b"after");
        harness.deliver();
        harness.query_getters();
        harness.peer_reads();
    })
    .in_every_suite()
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_record_is_replayed() {
    Conversation::new(|harness| {
        harness.complete_handshake();
        harness.peer_writes(b"twice");
        let again = harness.wire().clone();
        harness.inject(&again);
        harness.deliver();
        harness.peer_reads();
    })
    .expects(DiscardedWhenTaken)
    .check();
}

#[test]
fn a_handshake_flight_was_altered() {
    Conversation::new(|harness| {
        harness.start_handshake();
        if harness.role == Role::Server {
            harness.deliver();
            harness.peer_reads();
        }
        *harness
            .wire()
            .last_mut()
            .expect("a flight") ^= 1;
        harness.deliver();
        harness.query_getters();
        harness.exchange_all();
    })
    .check();
}
