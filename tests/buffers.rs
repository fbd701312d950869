//! Are the lengths in `record` sufficient for buffers, and the longest records as long as it says?
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

use rustls::ContentType::Handshake;
use rustls::{CipherSuite, Error, HandshakeType, InvalidMessage};
use rustls_direct::record::{
    HANDSHAKE_BUFFER_LEN, HEADER_LEN, INCOMING_BUFFER_LEN, MAX_CONTENT_LEN,
    MAX_SEALED_TLS12_RECORD_LEN, MAX_SEALED_TLS13_RECORD_LEN, MAX_TLS12_RECORD_LEN,
    MAX_TLS13_RECORD_LEN, OUTGOING_BUFFER_LEN, RecordHeader,
};
use rustls_direct::split::{Event, Written};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};
use testing::{Role, UPDATE_REQUESTED, each_pair, message, one_setup_per_version, pattern};

fn is_aes_gcm(suite: CipherSuite) -> bool {
    format!("{suite:?}").contains("_GCM_")
}

#[test]
fn the_lengths_are_those_in_the_documentation() {
    assert_eq!(MAX_TLS13_RECORD_LEN, 16_645);
    assert_eq!(MAX_TLS12_RECORD_LEN, 18_437);
    assert_eq!(MAX_SEALED_TLS13_RECORD_LEN, 16_406);
    assert_eq!(MAX_SEALED_TLS12_RECORD_LEN, 16_413);
    assert_eq!(INCOMING_BUFFER_LEN, 18_437);
    assert_eq!(HANDSHAKE_BUFFER_LEN, 149_509);
    assert_eq!(OUTGOING_BUFFER_LEN, 16_444);
}

#[test]
fn no_sealed_record_is_longer() {
    each_pair(
        |setup| setup,
        |setup, mut pair| {
            let len = pair
                .writer
                .required_len(MAX_CONTENT_LEN);
            let max = match setup.is_tls13() {
                true => MAX_SEALED_TLS13_RECORD_LEN,
                false => MAX_SEALED_TLS12_RECORD_LEN,
            };
            assert!(len <= max);
            assert_eq!(len == max, setup.is_tls13() || is_aes_gcm(setup.id()));
        },
    );
}

#[test]
fn no_longer_record_is_opened() {
    each_pair(
        |setup| setup,
        |setup, mut pair| {
            let max = match setup.is_tls13() {
                true => MAX_TLS13_RECORD_LEN,
                false => MAX_TLS12_RECORD_LEN,
            };
            assert!(max <= INCOMING_BUFFER_LEN);
            let payload_len = u16::try_from(max - HEADER_LEN).expect("two bytes");
            let mut longest = *RecordHeader::new(23, payload_len).as_bytes();
            let received = pair.reader.read(&mut longest);
            assert_eq!(received.expect("a header").event, Event::Incomplete);
            let mut longer = *RecordHeader::new(23, payload_len + 1).as_bytes();
            pair.reader
                .read(&mut longer)
                .expect_err("too long for a record");
        },
    );
}

/// With everything that can be owed before data.
#[test]
fn a_record_and_everything_owed_before_it_have_room() {
    each_pair(
        |setup| setup,
        |setup, mut pair| {
            if setup.is_tls13() {
                assert!(pair.read_key_update(UPDATE_REQUESTED));
            } else {
                let request = match pair.role {
                    Role::Client => message(HandshakeType::HelloRequest, &[]),
                    Role::Server => setup.client_hello(),
                };
                let record = pair.forger.seal(Handshake, &request);
                assert!(pair.read(&record).expect("a request"));
            }
            let required = pair
                .writer
                .required_len(MAX_CONTENT_LEN);
            assert!(required <= OUTGOING_BUFFER_LEN);
            assert_eq!(
                required == OUTGOING_BUFFER_LEN,
                !setup.is_tls13() && is_aes_gcm(setup.id())
            );
            seal_a_full_record(&mut pair.writer);
        },
    );
}

fn seal_a_full_record(writer: &mut rustls_direct::split::Writer) {
    let data = pattern(3 * MAX_CONTENT_LEN);
    let mut out = vec![0; OUTGOING_BUFFER_LEN];
    let Written { consumed, .. } = writer
        .write(&data, &mut out)
        .expect("room for a record");
    assert_eq!(consumed, MAX_CONTENT_LEN);
}

#[test]
fn a_record_and_our_own_key_update_have_room() {
    each_pair(
        |setup| setup.with_confidentiality_limit(2),
        |setup, mut pair| {
            if setup.is_tls13() {
                for _ in 0..3 {
                    seal_a_full_record(&mut pair.writer);
                }
            }
        },
    );
}

/// The client uses as much of the buffer as a server allows.
#[test]
fn a_handshake_never_waits_for_more_than_the_buffer_holds() {
    for setup in one_setup_per_version() {
        for len in [1, 3, 27, 60, 16_384] {
            let mut hello = vec![1, 0, 0xff, 0xff];
            hello.resize(0x1_0000 + 3, 0);
            let mut input = hello.chunks(len).flat_map(|content| {
                let len = u16::try_from(content.len()).expect("two bytes");
                let header = *RecordHeader::new(22, len).as_bytes();
                [&header, content].concat()
            });
            let mut conn = setup.server();
            let mut incoming = vec![0; HANDSHAKE_BUFFER_LEN];
            let mut filled = 0;
            let error = loop {
                let before = filled;
                for (room, byte) in incoming[filled..]
                    .iter_mut()
                    .zip(&mut input)
                {
                    *room = byte;
                    filled += 1;
                }
                assert!(filled > before, "the server waits for more");
                let UnbufferedStatus { discard, state } =
                    conn.process_tls_records(&mut incoming[..filled]);
                match state {
                    Ok(ConnectionState::BlockedHandshake) => {}
                    Ok(other) => panic!("{other:?}"),
                    Err(error) => break error,
                }
                incoming.copy_within(discard..filled, 0);
                filled -= discard;
            };
            println!("{len}: {error}");
            assert!(matches!(error, Error::InvalidMessage(_)), "{error}");
            if len == 1 {
                assert_eq!(error, InvalidMessage::HandshakePayloadTooLarge.into());
            }
        }
    }
}
