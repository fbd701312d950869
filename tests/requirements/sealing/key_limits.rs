//! Keys that have sealed as many records as they may. `tests/key_limit.rs` has the same with the limit of AES-GCM.

use rustls::AlertDescription::{CloseNotify, NoRenegotiation};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use testing::{
    Make, Role, Scene, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, pattern, setups,
};

/// How many records each key may seal here.
const LIMIT: u64 = 8;

/// Bytes of content in each record of a longer write.
const FRAGMENT: usize = 32 - HEADER_LEN;

/// Runs `test` with connections of one version whose keys wear out soon.
fn each(makes: &[Make], tls13: bool, test: impl Fn(&mut Scene<'_>)) {
    for setup in setups() {
        let setup = setup
            .with_confidentiality_limit(LIMIT)
            .with_max_fragment_size(FRAGMENT + HEADER_LEN);
        for (make, role) in makes
            .iter()
            .flat_map(|make| Role::BOTH.map(|role| (*make, role)))
        {
            if setup.is_tls13() == tls13 {
                println!("{make:?} {} {role:?}", setup.name());
                test(&mut Scene::new(make, &setup, role));
            }
        }
    }
}

/// What a peer makes of records that go on under the next key behind every KeyUpdate.
#[derive(Default)]
struct Opened {
    data: Vec<u8>,
    /// What the KeyUpdates asked for.
    requests: Vec<u8>,
}

impl Opened {
    /// Opens all of `tls`. No key may have sealed more than [`LIMIT`] records, and none may be let go before.
    fn open(&mut self, scene: &mut Scene<'_>, mut tls: &[u8]) {
        while let Some(header) = RecordHeader::read(tls) {
            let (record, rest) = tls.split_at(HEADER_LEN + header.payload_len());
            tls = rest;
            let opened = scene.forger.open(record);
            match opened {
                (ApplicationData, content) => {
                    assert!(scene.forger.opener.seq() < LIMIT);
                    self.data.extend(content);
                }
                (Handshake, message) => {
                    assert_eq!(scene.forger.opener.seq(), LIMIT);
                    let request = *message.last().expect("five bytes");
                    assert_eq!(message, key_update(request));
                    self.requests.push(request);
                    scene.forger.update_opener();
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Checks that our connections have asked for an answer once, since none has come. rustls asks every time.
    fn asked_once(&self, make: Make) {
        let (first, others) = self
            .requests
            .split_first()
            .expect("some");
        assert_eq!(*first, UPDATE_REQUESTED);
        assert!(others.len() > 1);
        if make != Make::Rustls {
            assert!(
                others
                    .iter()
                    .all(|request| *request == UPDATE_NOT_REQUESTED)
            );
        }
    }
}

/// R13-5.5-a: a KeyUpdate comes by itself, with the last number that its key has.
#[test]
fn a_worn_key_is_replaced_between_writes() {
    each(Make::ALL, true, |scene| {
        let mut opened = Opened::default();
        for i in 0..40u8 {
            let sent = scene
                .victim
                .write(&[i])
                .expect("to write");
            opened.open(scene, &sent);
        }
        assert_eq!(opened.data, (0..40).collect::<Vec<u8>>());
        opened.asked_once(scene.make);
        scene.passes_data();
    });
}

/// R13-5.5-a: the peer's answer allows the next question.
#[test]
fn a_peer_that_answers_is_asked_again() {
    each(Make::OURS, true, |scene| {
        for _ in 0..3 {
            let mut opened = Opened::default();
            while opened.requests.is_empty() {
                let sent = scene.victim.write(b"data");
                opened.open(scene, &sent.expect("to write"));
            }
            assert_eq!(opened.requests, [UPDATE_REQUESTED]);
            scene
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("the answer");
            scene.forger.update_sealer();
        }
    });
}

/// R13-5.5-a, R13-4.6.3-q: a stream in one direction outlives its keys, although the peer's answers are all that comes
/// back. With rustls it does not.
#[test]
fn a_stream_in_one_direction_outlives_its_keys() {
    each(Make::OURS, true, |scene| {
        for key in 0..100 {
            let mut opened = Opened::default();
            while opened.requests.is_empty() {
                let sent = scene.victim.write(b"data");
                opened.open(scene, &sent.expect("to write"));
            }
            assert_eq!(opened.requests, [UPDATE_REQUESTED], "key {key}");
            scene
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("the answer");
            scene.forger.update_sealer();
        }
        scene.passes_data();
    });
}

/// R13-5.5-b: and so it does in the middle of a write, where no byte is lost.
#[test]
fn a_worn_key_is_replaced_within_a_write() {
    each(Make::ALL, true, |scene| {
        let data = pattern(40 * FRAGMENT + 1);
        let sent = scene
            .victim
            .write(&data)
            .expect("to write");
        let mut opened = Opened::default();
        opened.open(scene, &sent);
        assert!(opened.data == data);
        opened.asked_once(scene.make);
        scene.passes_data();
    });
}

/// The last record of a connection of TLS 1.2 whose key is worn: a close_notify, and nothing behind it.
fn is_closed(scene: &mut Scene<'_>, sent: &[u8]) {
    let close_notify = vec![1, u8::from(CloseNotify)];
    assert_eq!(scene.forger.open(sent), (Alert, close_notify));
    assert!(scene.forger.opener.seq() <= LIMIT);
}

/// R13-5.5-c, R12-6.1-a: TLS 1.2 has no other key. The write that would need one is refused and the peer is told that
/// nothing more comes. What comes in is still opened.
#[test]
fn a_worn_key_of_tls12_ends_writing() {
    each(Make::OURS, false, |scene| {
        let mut written = 0;
        let refused = loop {
            match scene.victim.write(b"data") {
                Ok(sent) => {
                    let data = (ApplicationData, b"data".to_vec());
                    assert_eq!(scene.forger.open(&sent), data);
                    written += 1;
                }
                Err(refused) => break refused,
            }
        };
        println!("{refused}");
        // Finished came before them, and close_notify is to come.
        assert_eq!(written, LIMIT - 2);
        let sent = scene.victim.answer();
        is_closed(scene, &sent);
        for _ in 0..2 {
            scene
                .victim
                .write(b"more")
                .expect_err("closed");
            assert_eq!(scene.victim.answer(), b"");
            assert_eq!(scene.victim.close(), b"");
        }
        scene
            .receive(ApplicationData, b"in")
            .expect("data");
        assert_eq!(scene.victim.received(), b"in");
        assert!(scene.victim.is_direct());
    });
}

/// R13-5.5-c, R12-6.1-a: a write of several records is refused whole.
#[test]
fn a_write_that_needs_more_than_the_key_has_is_not_begun() {
    each(Make::OURS, false, |scene| {
        let too_much = usize::try_from(LIMIT - 1).expect("few") * FRAGMENT;
        scene
            .victim
            .write(&pattern(too_much))
            .expect_err("one record too many");
        let sent = scene.victim.answer();
        is_closed(scene, &sent);
    });
    each(Make::OURS, false, |scene| {
        let just_enough = usize::try_from(LIMIT - 2).expect("few") * FRAGMENT;
        let sent = scene
            .victim
            .write(&pattern(just_enough));
        let contents = scene
            .forger
            .open_all(&sent.expect("to write"));
        assert_eq!(contents.len(), 6);
        let close = scene.victim.close();
        is_closed(scene, &close);
    });
}

/// R13-5.5-c, R12-6.1-a: what has to be said before the write counts as well.
#[test]
fn what_is_owed_counts_when_a_key_is_worn() {
    each(Make::OURS, false, |scene| {
        let sent = scene
            .victim
            .write(&pattern(3 * FRAGMENT))
            .expect("to write");
        assert_eq!(scene.forger.open_all(&sent).len(), 3);
        // It is answered with one of the three numbers that are left for data.
        let wish = scene.renegotiation();
        for part in wish.chunks(FRAGMENT) {
            scene
                .receive(Handshake, part)
                .expect("a wish");
        }
        scene
            .victim
            .write(&pattern(3 * FRAGMENT))
            .expect_err("one record too many");
        let sent = scene.victim.answer();
        let alerts = [NoRenegotiation, CloseNotify].map(|alert| (Alert, vec![1, u8::from(alert)]));
        let mut records = scene.forger.open_all(&sent);
        // The state machine has sent the first of them before the write.
        if records.len() == 1 {
            records.insert(0, alerts[0].clone());
        }
        assert_eq!(records, alerts);
    });
}

/// R13-5.5-c, R12-6.1-a: rustls says that it has written, and has not. Its close_notify is one record too many.
#[test]
fn rustls_drops_what_a_worn_key_of_tls12_can_not_seal() {
    each(&[Make::Rustls], false, |scene| {
        let close_notify = (Alert, vec![1, u8::from(CloseNotify)]);
        let data = (ApplicationData, b"data".to_vec());
        // Finished came before them.
        for _ in 0..LIMIT - 1 {
            let sent = scene.victim.write(b"data");
            assert_eq!(
                scene
                    .forger
                    .open(&sent.expect("to write")),
                data
            );
        }
        let sent = scene.victim.write(b"never sent");
        assert_eq!(
            scene
                .forger
                .open(&sent.expect("no error")),
            close_notify
        );
        assert_eq!(scene.forger.opener.seq(), LIMIT + 1);
        assert_eq!(scene.victim.write(b"nor this"), Ok(Vec::new()));
    });
}

/// R13-5.5-d: how often a peer uses its key is the peer's business.
#[test]
fn the_limit_is_not_enforced_on_the_peer() {
    for tls13 in [true, false] {
        each(Make::ALL, tls13, |scene| {
            for _ in 0..LIMIT * 3 {
                scene
                    .receive(ApplicationData, b"data")
                    .expect("data");
                assert_eq!(scene.victim.received(), b"data");
            }
        });
    }
}
