//! Section E: KeyUpdates that come.

use rustls::AlertDescription::{BadRecordMac, DecodeError, IllegalParameter, UnexpectedMessage};
use rustls::{ContentType, Error, HandshakeType, InvalidMessage, PeerMisbehaved};
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use testing::Verdict::{Fails, FailsSilently, GoesOn};
use testing::{
    Make, Role, Scene, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, attack, key_update, message,
};

use crate::receives_data;

/// A KeyUpdate, after which the forger seals with its next key.
fn sealed(scene: &mut Scene<'_>, request_update: u8) -> Vec<u8> {
    let record = scene
        .forger
        .seal(ContentType::Handshake, &key_update(request_update));
    scene.forger.update_sealer();
    record
}

/// The same, received.
fn update(scene: &mut Scene<'_>, request_update: u8) -> Result<(), Error> {
    let record = sealed(scene, request_update);
    scene.victim.receive(&record)
}

/// Checks that `tls` begins with a KeyUpdate that wants no answer, under the key up to then, and returns what follows
/// under the next.
fn after_answer<'a>(scene: &mut Scene<'_>, tls: &'a [u8]) -> &'a [u8] {
    let header = RecordHeader::read(tls).expect("an answer");
    let (answer, rest) = tls.split_at(HEADER_LEN + header.payload_len());
    let expected = key_update(UPDATE_NOT_REQUESTED);
    assert_eq!(
        scene.forger.open(answer),
        (ContentType::Handshake, expected)
    );
    scene.forger.update_opener();
    rest
}

/// Checks that what is written next is preceded by one answer.
fn owes_an_answer(scene: &mut Scene<'_>) {
    let sent = scene
        .victim
        .write(b"out")
        .expect("to write");
    let data = after_answer(scene, &sent);
    let out = (ContentType::ApplicationData, b"out".to_vec());
    assert_eq!(scene.forger.open(data), out);
}

/// R13-4.6.3-g: the reading key changes at once, from sequence number 0, and the writing key does not.
#[test]
fn an_update_that_wants_no_answer_changes_the_reading_key_alone() {
    attack(|scene| {
        for _ in 0..3 {
            update(scene, UPDATE_NOT_REQUESTED)?;
            assert_eq!(scene.victim.answer(), b"");
            scene.passes_data();

            // Data that has come with it.
            let mut both = sealed(scene, UPDATE_NOT_REQUESTED);
            both.extend(
                scene
                    .forger
                    .seal(ContentType::ApplicationData, b"behind"),
            );
            scene.victim.receive(&both)?;
            assert_eq!(scene.victim.received(), b"behind");
        }
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// R13-4.6.3-h: it is answered by one, under the old key, before the next data.
#[test]
fn an_update_that_wants_an_answer_gets_it_before_the_next_data() {
    attack(|scene| {
        for _ in 0..3 {
            update(scene, UPDATE_REQUESTED)?;
            owes_an_answer(scene);
            scene.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// R13-4.6.3-i: updates that come together get one answer.
#[test]
fn several_updates_get_one_answer() {
    attack(|scene| {
        let mut updates = Vec::new();
        for request in [
            UPDATE_REQUESTED,
            UPDATE_REQUESTED,
            UPDATE_NOT_REQUESTED,
            UPDATE_REQUESTED,
            UPDATE_REQUESTED,
            UPDATE_REQUESTED,
        ] {
            updates.extend(sealed(scene, request));
        }
        scene.victim.receive(&updates)?;
        owes_an_answer(scene);
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// R13-4.6.3-j: the answer does not wait for data. rustls's does.
#[test]
fn an_answer_comes_without_a_write() {
    attack(|scene| {
        for _ in 0..3 {
            update(scene, UPDATE_REQUESTED)?;
            let sent = scene.victim.answer();
            match scene.make {
                Make::Rustls => {
                    assert_eq!(sent, b"");
                    owes_an_answer(scene);
                }
                _ => assert_eq!(after_answer(scene, &sent), b""),
            }
            scene.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// R13-4.6.3-k
#[test]
fn an_update_that_neither_wants_an_answer_nor_does_not_is_illegal() {
    for request in [2, 24, 255] {
        attack(|scene| {
            let result = scene.receive(ContentType::Handshake, &key_update(request));
            assert_eq!(result, Err(InvalidMessage::InvalidKeyUpdate.into()));
            result
        })
        .on_tls13()
        .both(Fails(IllegalParameter));
    }
}

/// R13-4.6.3-l
#[test]
fn an_update_of_another_length_than_one_byte_does_not_parse() {
    let bodies: [&[u8]; 4] = [&[], &[0, 0], &[1, 0], &[0; 300]];
    for body in bodies {
        attack(|scene| {
            let update = message(HandshakeType::KeyUpdate, body);
            let result = scene.receive(ContentType::Handshake, &update);
            assert!(matches!(result, Err(Error::InvalidMessage(_))));
            result
        })
        .on_tls13()
        .both(Fails(DecodeError));
    }
}

/// R13-4.6.3-m
#[test]
fn the_old_key_opens_nothing_after_an_update() {
    attack(|scene| {
        scene
            .receive(ContentType::Handshake, &key_update(UPDATE_NOT_REQUESTED))
            .expect("an update");
        scene.receive(ContentType::ApplicationData, b"old key")
    })
    .on_tls13()
    .both(Fails(BadRecordMac));
}

/// R13-4.6.3-n: to try the next key would hide that records between were cut out.
#[test]
fn the_next_key_opens_nothing_before_an_update() {
    attack(|scene| {
        // It is sealed, but does not arrive.
        let _cut_out = sealed(scene, UPDATE_NOT_REQUESTED);
        scene.receive(ContentType::ApplicationData, b"next key")
    })
    .on_tls13()
    .both(Fails(BadRecordMac));
}

/// R13-4.6.3-o
#[test]
fn an_update_may_be_padded_or_split() {
    attack(|scene| {
        for padding in [1, 1000, (1 << 14) - 5] {
            let update = key_update(UPDATE_NOT_REQUESTED);
            let record = scene
                .forger
                .seal_padded(ContentType::Handshake, &update, padding);
            scene.forger.update_sealer();
            scene.victim.receive(&record)?;
            receives_data(scene);
        }
        for len in [1, 2, 4] {
            for part in key_update(UPDATE_REQUESTED).chunks(len) {
                scene.receive(ContentType::Handshake, part)?;
            }
            scene.forger.update_sealer();
            owes_an_answer(scene);
            scene.passes_data();
        }
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// R13-4.6.3-p: each answers the other, and both keys change twice.
#[test]
fn both_sides_may_want_an_answer_at_once() {
    attack(|scene| {
        let sent = scene.victim.refresh_traffic_keys()?;
        let ours = (ContentType::Handshake, key_update(UPDATE_REQUESTED));
        assert_eq!(scene.forger.open(&sent), ours);
        scene.forger.update_opener();

        // It crosses the peer's own, and then comes the peer's answer.
        update(scene, UPDATE_REQUESTED)?;
        owes_an_answer(scene);
        update(scene, UPDATE_NOT_REQUESTED)?;
        assert_eq!(scene.victim.answer(), b"");
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// R13-4.6.3-q: there is no last update, as long as data comes between.
#[test]
fn updates_have_no_end() {
    attack(|scene| {
        for _ in 0..300 {
            update(scene, UPDATE_NOT_REQUESTED)?;
            receives_data(scene);
        }
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// Checks that what we write next arrives, and that an answer comes before it if one `is_owed`.
fn writes(scene: &mut Scene<'_>, is_owed: bool) {
    match is_owed {
        true => owes_an_answer(scene),
        false => {
            let sent = scene
                .victim
                .write(b"out")
                .expect("to write");
            let out = (ContentType::ApplicationData, b"out".to_vec());
            assert_eq!(scene.forger.open(&sent), out);
        }
    }
}

/// Checks that an answer goes out by itself.
fn answers(scene: &mut Scene<'_>) {
    let sent = scene.victim.answer();
    assert_eq!(after_answer(scene, &sent), b"");
}

/// R13-4.6.3-q: nor is there one while data goes the other way only. With rustls there is.
#[test]
fn updates_have_no_end_while_we_write() {
    attack(|scene| {
        for i in 0..300u16 {
            let request = u8::from(i % 2 == 1);
            update(scene, request)?;
            writes(scene, request == UPDATE_REQUESTED);
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// R13-4.6.3-q: an answer to an update of ours is not fruitless. With rustls it is.
#[test]
fn answers_have_no_end() {
    attack(|scene| {
        for _ in 0..300 {
            let sent = scene.victim.refresh_traffic_keys()?;
            let ours = (ContentType::Handshake, key_update(UPDATE_REQUESTED));
            assert_eq!(scene.forger.open(&sent), ours);
            scene.forger.update_opener();
            update(scene, UPDATE_NOT_REQUESTED)?;
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// R13-4.6.3-q: a peer may ask with every record that it opens, as Java does, although all are sent already.
#[test]
fn a_peer_may_ask_with_every_record_that_is_under_way() {
    attack(|scene| {
        for _ in 0..300 {
            writes(scene, false);
        }
        for _ in 0..300 {
            update(scene, UPDATE_REQUESTED)?;
            match scene.make {
                Make::Rustls => owes_an_answer(scene),
                _ => answers(scene),
            }
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// R13-4.6.3-q, R13-4.6.3-r: so it may after our close_notify, when nothing is answered any more.
#[test]
fn a_peer_may_ask_with_every_record_that_is_under_way_when_we_close() {
    attack(|scene| {
        for _ in 0..300 {
            writes(scene, false);
        }
        let sent = scene.victim.close();
        let close_notify = (ContentType::Alert, vec![1, 0]);
        assert_eq!(scene.forger.open(&sent), close_notify);
        for _ in 0..300 {
            update(scene, UPDATE_REQUESTED)?;
        }
        assert_eq!(scene.victim.answer(), b"");
        Ok(())
    })
    .on_tls13()
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// IMP-ku: and so it may while its answer waits, although nothing was sent.
#[test]
fn requests_that_come_together_are_borne() {
    attack(|scene| {
        for _ in 0..3 {
            let mut updates = Vec::new();
            for _ in 0..300 {
                updates.extend(sealed(scene, UPDATE_REQUESTED));
            }
            scene.victim.receive(&updates)?;
            answers(scene);
        }
        scene.passes_data();
        Ok(())
    })
    .on_tls13()
    .ours(GoesOn)
    .rustls(FailsSilently);
}

/// IMP-ku: but not without an end, even then: 32, and 2^14 more.
#[test]
fn a_flood_of_requests_is_refused() {
    const MOST: usize = 32 + (1 << 14);
    attack(|scene| {
        let mut updates = Vec::new();
        for _ in 0..MOST {
            updates.extend(sealed(scene, UPDATE_REQUESTED));
        }
        scene.victim.receive(&updates)?;
        answers(scene);
        let result = update(scene, UPDATE_REQUESTED);
        let expected = PeerMisbehaved::TooManyKeyUpdateRequests;
        assert_eq!(result, Err(expected.into()));
        result
    })
    // It takes long, and neither the suite nor the role makes a difference.
    .only(|setup| setup.is_tls13() && setup.is_one_of_few())
    .on(Role::Server)
    .ours(Fails(UnexpectedMessage));
}

/// IMP-ku: each record that we have sent allows 32 more, and an answer does not.
#[test]
fn every_record_of_ours_allows_32_more_updates() {
    attack(|scene| {
        for _ in 0..3 {
            writes(scene, false);
        }
        for _ in 0..4 {
            for _ in 0..32 {
                update(scene, UPDATE_NOT_REQUESTED)?;
            }
            assert_eq!(scene.victim.answer(), b"");
        }
        update(scene, UPDATE_NOT_REQUESTED)
    })
    .on_tls13()
    .ours(Fails(UnexpectedMessage));
    attack(|scene| {
        for _ in 0..32 {
            update(scene, UPDATE_REQUESTED)?;
            answers(scene);
        }
        update(scene, UPDATE_NOT_REQUESTED)
    })
    .on_tls13()
    .ours(Fails(UnexpectedMessage));
}

/// R13-4.6.3-r
#[test]
fn an_update_after_our_close_notify_changes_the_reading_key_and_is_not_answered() {
    attack(|scene| {
        let sent = scene.victim.close();
        let close_notify = (ContentType::Alert, vec![1, 0]);
        assert_eq!(scene.forger.open(&sent), close_notify);
        for _ in 0..2 {
            update(scene, UPDATE_REQUESTED)?;
            assert_eq!(scene.victim.answer(), b"");
            receives_data(scene);
        }
        assert_eq!(scene.victim.answer(), b"");
        Ok(())
    })
    .on_tls13()
    .both(GoesOn);
}

/// IMP-ku, IMP-alert-out: 32 of both kinds in a row, and data begins the count anew. rustls sends no alert.
#[test]
fn more_than_32_updates_without_data_are_refused() {
    attack(|scene| {
        for _ in 0..2 {
            for i in 0..32 {
                update(scene, i % 2).expect("an update");
                let sent = scene.victim.answer();
                if !sent.is_empty() {
                    assert_eq!(after_answer(scene, &sent), b"");
                }
            }
            receives_data(scene);
        }
        for _ in 0..32 {
            update(scene, UPDATE_NOT_REQUESTED).expect("an update");
        }
        let result = update(scene, UPDATE_NOT_REQUESTED);
        let expected = PeerMisbehaved::TooManyKeyUpdateRequests;
        assert_eq!(result, Err(expected.into()));
        result
    })
    .on_tls13()
    .ours(Fails(UnexpectedMessage))
    .rustls(FailsSilently);
}

/// IMP-ku: data that is empty does not begin the count anew. With rustls it does.
#[test]
fn empty_data_between_updates_does_not_count() {
    attack(|scene| {
        for _ in 0..32 {
            update(scene, UPDATE_NOT_REQUESTED).expect("an update");
        }
        scene
            .receive(ContentType::ApplicationData, b"")
            .expect("an empty record");
        update(scene, UPDATE_NOT_REQUESTED)
    })
    .on_tls13()
    .ours(Fails(UnexpectedMessage))
    .rustls(GoesOn);
}

/// R13-4.6.3-s
#[test]
fn tls_1_2_has_no_updates() {
    for request in [UPDATE_NOT_REQUESTED, UPDATE_REQUESTED] {
        attack(|scene| scene.receive(ContentType::Handshake, &key_update(request)))
            .on_tls12()
            .both(Fails(UnexpectedMessage));
    }
}
