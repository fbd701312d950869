//! What happens when a key has sealed as many records as it may? `tests/key_limit.rs` tests the limit of AES-GCM.

use rustls::AlertDescription::{CloseNotify, NoRenegotiation};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use testing::{
    Fixture, Implementation, Role, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, pattern,
    setups,
};

/// How many records each key may seal here.
const LIMIT: u64 = 8;

/// Bytes of content in each record of a longer write.
const FRAGMENT: usize = 32 - HEADER_LEN;

/// Runs `test` with connections of one version whose keys wear out soon.
fn for_each_version(
    implementations: &[Implementation],
    tls13: bool,
    test: impl Fn(&mut Fixture<'_>),
) {
    for setup in setups() {
        let setup = setup
            .with_confidentiality_limit(LIMIT)
            .with_max_fragment_size(FRAGMENT + HEADER_LEN);
        for (implementation, role) in implementations
            .iter()
            .flat_map(|implementation| Role::BOTH.map(|role| (*implementation, role)))
        {
            if setup.is_tls13() == tls13 {
                println!("{implementation:?} {} {role:?}", setup.name());
                test(&mut Fixture::new(implementation, &setup, role));
            }
        }
    }
}

/// What a peer opens if it takes its next key after every KeyUpdate.
#[derive(Default)]
struct Opened {
    data: Vec<u8>,
    /// The requests of the KeyUpdates.
    requests: Vec<u8>,
}

impl Opened {
    /// Opens all of `tls`. Each key has to seal [`LIMIT`] records, with its KeyUpdate the last one.
    fn open(&mut self, fixture: &mut Fixture<'_>, mut tls: &[u8]) {
        while let Some(header) = RecordHeader::read(tls) {
            let (record, rest) = tls.split_at(HEADER_LEN + header.payload_len());
            tls = rest;
            let opened = fixture.forger.open(record);
            match opened {
                (ApplicationData, content) => {
                    assert!(fixture.forger.opener.seq() < LIMIT);
                    self.data.extend(content);
                }
                (Handshake, message) => {
                    assert_eq!(fixture.forger.opener.seq(), LIMIT);
                    let request = *message.last().expect("five bytes");
                    assert_eq!(message, key_update(request));
                    self.requests.push(request);
                    fixture.forger.update_opener();
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Checks that our connections have requested one answer, because none arrived. rustls requests one every time.
    fn assert_requested_once(&self, implementation: Implementation) {
        let (first, others) = self
            .requests
            .split_first()
            .expect("some");
        assert_eq!(*first, UPDATE_REQUESTED);
        assert!(others.len() > 1);
        if implementation != Implementation::Rustls {
            assert!(
                others
                    .iter()
                    .all(|request| *request == UPDATE_NOT_REQUESTED)
            );
        }
    }
}

/// R13-5.5-a: a KeyUpdate is sent by itself, with the last sequence number of its key.
#[test]
fn a_worn_key_is_replaced_between_writes() {
    for_each_version(Implementation::ALL, true, |fixture| {
        let mut opened = Opened::default();
        for i in 0..40u8 {
            let sent = fixture
                .target
                .write(&[i])
                .expect("to write");
            opened.open(fixture, &sent);
        }
        assert_eq!(opened.data, (0..40).collect::<Vec<u8>>());
        opened.assert_requested_once(fixture.implementation);
        fixture.passes_data();
    });
}

/// R13-5.5-a: the peer's answer allows the next request.
#[test]
fn an_answer_allows_the_next_request() {
    for_each_version(Implementation::DIRECT, true, |fixture| {
        for _ in 0..3 {
            let mut opened = Opened::default();
            while opened.requests.is_empty() {
                let sent = fixture.target.write(b"data");
                opened.open(fixture, &sent.expect("to write"));
            }
            assert_eq!(opened.requests, [UPDATE_REQUESTED]);
            fixture
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("the answer");
            fixture.forger.update_sealer();
        }
    });
}

/// R13-5.5-a, R13-4.6.3-q: a stream in one direction outlives its keys, although only the peer's answers come back.
/// With rustls it does not.
#[test]
fn a_stream_in_one_direction_outlives_its_keys() {
    for_each_version(Implementation::DIRECT, true, |fixture| {
        for key in 0..100 {
            let mut opened = Opened::default();
            while opened.requests.is_empty() {
                let sent = fixture.target.write(b"data");
                opened.open(fixture, &sent.expect("to write"));
            }
            assert_eq!(opened.requests, [UPDATE_REQUESTED], "key {key}");
            fixture
                .receive(Handshake, &key_update(UPDATE_NOT_REQUESTED))
                .expect("the answer");
            fixture.forger.update_sealer();
        }
        fixture.passes_data();
    });
}

/// R13-5.5-b: likewise in the middle of a write, and no byte is lost.
#[test]
fn a_worn_key_is_replaced_within_a_write() {
    for_each_version(Implementation::ALL, true, |fixture| {
        let data = pattern(40 * FRAGMENT + 1);
        let sent = fixture
            .target
            .write(&data)
            .expect("to write");
        let mut opened = Opened::default();
        opened.open(fixture, &sent);
        assert!(opened.data == data);
        opened.assert_requested_once(fixture.implementation);
        fixture.passes_data();
    });
}

/// Checks that `sent` is a close_notify with a number within the limit, and nothing more.
fn assert_closed(fixture: &mut Fixture<'_>, sent: &[u8]) {
    let close_notify = vec![1, u8::from(CloseNotify)];
    assert_eq!(fixture.forger.open(sent), (Alert, close_notify));
    assert!(fixture.forger.opener.seq() <= LIMIT);
}

/// R13-5.5-c, R12-6.1-a: TLS 1.2 has no other key. The write that would need one is refused, and a close_notify is
/// sent. Input is still opened.
#[test]
fn a_worn_key_of_tls12_ends_writing() {
    for_each_version(Implementation::DIRECT, false, |fixture| {
        let mut written = 0;
        let refused = loop {
            match fixture.target.write(b"data") {
                Ok(sent) => {
                    let data = (ApplicationData, b"data".to_vec());
                    assert_eq!(fixture.forger.open(&sent), data);
                    written += 1;
                }
                Err(refused) => break refused,
            }
        };
        println!("{refused}");
        // Finished precedes them, and close_notify follows.
        assert_eq!(written, LIMIT - 2);
        let sent = fixture.target.answer();
        assert_closed(fixture, &sent);
        for _ in 0..2 {
            fixture
                .target
                .write(b"more")
                .expect_err("closed");
            assert_eq!(fixture.target.answer(), b"");
            assert_eq!(fixture.target.close(), b"");
        }
        fixture
            .receive(ApplicationData, b"in")
            .expect("data");
        assert_eq!(fixture.target.received(), b"in");
        assert!(fixture.target.is_direct());
    });
}

/// R13-5.5-c, R12-6.1-a: a write of several records is refused whole.
#[test]
fn a_write_beyond_the_limit_seals_nothing() {
    for_each_version(Implementation::DIRECT, false, |fixture| {
        let too_much = usize::try_from(LIMIT - 1).expect("few") * FRAGMENT;
        fixture
            .target
            .write(&pattern(too_much))
            .expect_err("one record too many");
        let sent = fixture.target.answer();
        assert_closed(fixture, &sent);
    });
    for_each_version(Implementation::DIRECT, false, |fixture| {
        let just_enough = usize::try_from(LIMIT - 2).expect("few") * FRAGMENT;
        let sent = fixture
            .target
            .write(&pattern(just_enough));
        let contents = fixture
            .forger
            .open_all(&sent.expect("to write"));
        assert_eq!(contents.len(), 6);
        let close = fixture.target.close();
        assert_closed(fixture, &close);
    });
}

/// R13-5.5-c, R12-6.1-a: an owed warning counts as well.
#[test]
fn an_owed_warning_counts_towards_the_limit() {
    for_each_version(Implementation::DIRECT, false, |fixture| {
        let sent = fixture
            .target
            .write(&pattern(3 * FRAGMENT))
            .expect("to write");
        assert_eq!(fixture.forger.open_all(&sent).len(), 3);
        // The answer uses one of the three sequence numbers left for data.
        let request = fixture.renegotiation();
        for part in request.chunks(FRAGMENT) {
            fixture
                .receive(Handshake, part)
                .expect("a request");
        }
        fixture
            .target
            .write(&pattern(3 * FRAGMENT))
            .expect_err("one record too many");
        let sent = fixture.target.answer();
        let alerts = [NoRenegotiation, CloseNotify].map(|alert| (Alert, vec![1, u8::from(alert)]));
        let mut records = fixture.forger.open_all(&sent);
        // The state machine has sent the warning before the write.
        if records.len() == 1 {
            records.insert(0, alerts[0].clone());
        }
        assert_eq!(records, alerts);
    });
}

/// R13-5.5-c, R12-6.1-a: rustls reports a write that it has dropped. Its close_notify is one record beyond the limit.
#[test]
fn rustls_drops_data_that_a_worn_key_of_tls12_cannot_seal() {
    for_each_version(&[Implementation::Rustls], false, |fixture| {
        let close_notify = (Alert, vec![1, u8::from(CloseNotify)]);
        let data = (ApplicationData, b"data".to_vec());
        // Finished precedes them.
        for _ in 0..LIMIT - 1 {
            let sent = fixture.target.write(b"data");
            assert_eq!(
                fixture
                    .forger
                    .open(&sent.expect("to write")),
                data
            );
        }
        let sent = fixture.target.write(b"never sent");
        assert_eq!(
            fixture
                .forger
                .open(&sent.expect("no error")),
            close_notify
        );
        assert_eq!(fixture.forger.opener.seq(), LIMIT + 1);
        assert_eq!(fixture.target.write(b"nor this"), Ok(Vec::new()));
    });
}

/// R13-5.5-d: the limit does not apply to the peer's use of its key.
#[test]
fn the_limit_is_not_enforced_on_the_peer() {
    for tls13 in [true, false] {
        for_each_version(Implementation::ALL, tls13, |fixture| {
            for _ in 0..LIMIT * 3 {
                fixture
                    .receive(ApplicationData, b"data")
                    .expect("data");
                assert_eq!(fixture.target.received(), b"data");
            }
        });
    }
}
