//! Section E: Are received KeyUpdates handled as the standards require?

use rustls::AlertDescription::{BadRecordMac, DecodeError, IllegalParameter, UnexpectedMessage};
use rustls::{ContentType, Error, HandshakeType, InvalidMessage};
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use testing::Outcome::{Accepted, FatalAlert};
use testing::{
    Fixture, Implementation, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, attack, key_update, message,
};

use crate::receive_data;

/// Seals a KeyUpdate, after which the forger uses its next key.
pub(crate) fn sealed(fixture: &mut Fixture<'_>, request_update: u8) -> Vec<u8> {
    let record = fixture
        .forger
        .seal(ContentType::Handshake, &key_update(request_update));
    fixture.forger.update_sealer();
    record
}

/// Seals a KeyUpdate as [`sealed`] does, and delivers it.
pub(crate) fn update(fixture: &mut Fixture<'_>, request_update: u8) -> Result<(), Error> {
    let record = sealed(fixture, request_update);
    fixture.target.receive(&record)
}

/// Checks that `tls` begins with a KeyUpdate that requests no answer, sealed under the current key. Returns the records
/// after it, which the forger opens with the next key.
pub(crate) fn after_answer<'a>(fixture: &mut Fixture<'_>, tls: &'a [u8]) -> &'a [u8] {
    let header = RecordHeader::read(tls).expect("an answer");
    let (answer, rest) = tls.split_at(HEADER_LEN + header.payload_len());
    let expected = key_update(UPDATE_NOT_REQUESTED);
    assert_eq!(
        fixture.forger.open(answer),
        (ContentType::Handshake, expected)
    );
    fixture.forger.update_opener();
    rest
}

/// Checks that the next written data is preceded by one answer.
pub(crate) fn write_with_answer(fixture: &mut Fixture<'_>) {
    let sent = fixture
        .target
        .write(b"out")
        .expect("to write");
    let data = after_answer(fixture, &sent);
    let out = (ContentType::ApplicationData, b"out".to_vec());
    assert_eq!(fixture.forger.open(data), out);
}

/// R13-4.6.3-g: the reading key changes at once, from sequence number 0, and the writing key does not.
#[test]
fn an_update_without_a_request_changes_only_the_reading_key() {
    attack(|fixture| {
        for _ in 0..3 {
            update(fixture, UPDATE_NOT_REQUESTED)?;
            assert_eq!(fixture.target.answer(), b"");
            fixture.passes_data();

            // Data in the same input.
            let mut both = sealed(fixture, UPDATE_NOT_REQUESTED);
            both.extend(
                fixture
                    .forger
                    .seal(ContentType::ApplicationData, b"after"),
            );
            fixture.target.receive(&both)?;
            assert_eq!(fixture.target.received(), b"after");
        }
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-h: one answer precedes the next data, under the old key.
#[test]
fn a_request_is_answered_before_the_next_data() {
    attack(|fixture| {
        for _ in 0..3 {
            update(fixture, UPDATE_REQUESTED)?;
            write_with_answer(fixture);
            fixture.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-i: updates that arrive together get one answer.
#[test]
fn several_updates_get_one_answer() {
    attack(|fixture| {
        let mut updates = Vec::new();
        for request in [
            UPDATE_REQUESTED,
            UPDATE_REQUESTED,
            UPDATE_NOT_REQUESTED,
            UPDATE_REQUESTED,
            UPDATE_REQUESTED,
            UPDATE_REQUESTED,
        ] {
            updates.extend(sealed(fixture, request));
        }
        fixture.target.receive(&updates)?;
        write_with_answer(fixture);
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-j: the answer does not wait for data, except in rustls.
#[test]
fn an_answer_needs_no_write() {
    attack(|fixture| {
        for _ in 0..3 {
            update(fixture, UPDATE_REQUESTED)?;
            let sent = fixture.target.answer();
            match fixture.implementation {
                Implementation::Rustls => {
                    assert_eq!(sent, b"");
                    write_with_answer(fixture);
                }
                _ => assert_eq!(after_answer(fixture, &sent), b""),
            }
            fixture.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-k.
#[test]
fn an_update_with_an_unknown_request_is_illegal() {
    for request in [2, 24, 255] {
        attack(|fixture| {
            let result = fixture.receive(ContentType::Handshake, &key_update(request));
            assert_eq!(result, Err(InvalidMessage::InvalidKeyUpdate.into()));
            result
        })
        .on_tls13()
        .expect_both(FatalAlert(IllegalParameter));
    }
}

/// R13-4.6.3-l.
#[test]
fn an_update_of_another_length_than_one_byte_does_not_parse() {
    let bodies: [&[u8]; 4] = [&[], &[0, 0], &[1, 0], &[0; 300]];
    for body in bodies {
        attack(|fixture| {
            let update = message(HandshakeType::KeyUpdate, body);
            let result = fixture.receive(ContentType::Handshake, &update);
            assert!(matches!(result, Err(Error::InvalidMessage(_))));
            result
        })
        .on_tls13()
        .expect_both(FatalAlert(DecodeError));
    }
}

/// R13-4.6.3-m.
#[test]
fn the_old_key_opens_nothing_after_an_update() {
    attack(|fixture| {
        fixture
            .receive(ContentType::Handshake, &key_update(UPDATE_NOT_REQUESTED))
            .expect("an update");
        fixture.receive(ContentType::ApplicationData, b"old key")
    })
    .on_tls13()
    .expect_both(FatalAlert(BadRecordMac));
}

/// R13-4.6.3-n: trying the next key would hide that records in between were removed.
#[test]
fn the_next_key_opens_nothing_before_an_update() {
    attack(|fixture| {
        // The update is sealed, but does not arrive.
        let _cut_out = sealed(fixture, UPDATE_NOT_REQUESTED);
        fixture.receive(ContentType::ApplicationData, b"next key")
    })
    .on_tls13()
    .expect_both(FatalAlert(BadRecordMac));
}

/// R13-4.6.3-o.
#[test]
fn an_update_may_be_padded_or_split() {
    attack(|fixture| {
        for padding in [1, 1000, (1 << 14) - 5] {
            let update = key_update(UPDATE_NOT_REQUESTED);
            let record = fixture
                .forger
                .seal_padded(ContentType::Handshake, &update, padding);
            fixture.forger.update_sealer();
            fixture.target.receive(&record)?;
            receive_data(fixture);
        }
        for len in [1, 2, 4] {
            for part in key_update(UPDATE_REQUESTED).chunks(len) {
                fixture.receive(ContentType::Handshake, part)?;
            }
            fixture.forger.update_sealer();
            write_with_answer(fixture);
            fixture.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-p: each side answers the other, and both keys change twice.
#[test]
fn both_sides_may_request_an_answer_at_once() {
    attack(|fixture| {
        let sent = fixture.target.refresh_traffic_keys()?;
        let ours = (ContentType::Handshake, key_update(UPDATE_REQUESTED));
        assert_eq!(fixture.forger.open(&sent), ours);
        fixture.forger.update_opener();

        // Our update crosses the peer's, and then the peer's answer arrives.
        update(fixture, UPDATE_REQUESTED)?;
        write_with_answer(fixture);
        update(fixture, UPDATE_NOT_REQUESTED)?;
        assert_eq!(fixture.target.answer(), b"");
        fixture.passes_data();
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-r.
#[test]
fn an_update_after_our_close_notify_changes_the_reading_key_and_is_not_answered() {
    attack(|fixture| {
        let sent = fixture.target.close();
        let close_notify = (ContentType::Alert, vec![1, 0]);
        assert_eq!(fixture.forger.open(&sent), close_notify);
        for _ in 0..2 {
            update(fixture, UPDATE_REQUESTED)?;
            assert_eq!(fixture.target.answer(), b"");
            receive_data(fixture);
        }
        assert_eq!(fixture.target.answer(), b"");
        Ok(())
    })
    .on_tls13()
    .expect_both(Accepted);
}

/// R13-4.6.3-s.
#[test]
fn tls_1_2_has_no_updates() {
    for request in [UPDATE_NOT_REQUESTED, UPDATE_REQUESTED] {
        attack(|fixture| fixture.receive(ContentType::Handshake, &key_update(request)))
            .on_tls12()
            .expect_both(FatalAlert(UnexpectedMessage));
    }
}
