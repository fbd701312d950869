//! Are the records that we send right, byte by byte?

use rustls::AlertDescription::{self, BadRecordMac, CloseNotify, NoRenegotiation};
use rustls::ContentType::{self, Alert, ApplicationData, Handshake};
use rustls_direct::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};
use testing::{Fixture, Forgery, Implementation, UPDATE_REQUESTED, key_update, pattern};

/// Seals the target's expected next records, one for each content.
fn expected_records<'a>(
    fixture: &mut Fixture<'_>,
    typ: ContentType,
    contents: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut records = Vec::new();
    for content in contents {
        let inner = [content, &[u8::from(typ)]].concat();
        records.extend(
            fixture
                .forger
                .predict(match fixture.setup.is_tls13() {
                    true => Forgery::new(23, &inner),
                    false => Forgery::new(typ.into(), content),
                }),
        );
    }
    records
}

/// Seals the expected alert.
fn expected_alert(fixture: &mut Fixture<'_>, level: u8, description: AlertDescription) -> Vec<u8> {
    let alert = [level, u8::from(description)];
    expected_records(fixture, Alert, [&alert[..]])
}

/// R13-5.2-a, R13-5.2-b, R13-5.2-c, R13-5.3-a, R13-5.3-b, R12-6.2.1-a, R12-6.2.3.3-a, R5288-3-a, R5288-3-b,
/// R7905-2-a: header, nonce, additional data and plaintext of data are as in the standards.
#[test]
fn records_of_data_are_what_the_bare_aead_makes() {
    Fixture::each(Implementation::ALL, |fixture| {
        for size in [1, 1000, MAX_CONTENT_LEN, 40_000] {
            let data = pattern(size);
            let sent = fixture.target.write(&data);
            let expected = expected_records(fixture, ApplicationData, data.chunks(MAX_CONTENT_LEN));
            assert!(sent == Ok(expected), "{size} bytes");
        }
    });
}

/// R13-5.2-a, R13-5.2-c, R13-5.3-b, R12-6.2.1-a, R12-6.2.3.3-a: likewise of alerts, which also use a sequence number.
#[test]
fn alerts_are_what_the_bare_aead_makes() {
    Fixture::each(Implementation::ALL, |fixture| {
        let sent = fixture.target.write(b"before");
        assert_eq!(
            sent,
            Ok(expected_records(fixture, ApplicationData, [&b"before"[..]]))
        );
        let close = fixture.target.close();
        assert_eq!(close, expected_alert(fixture, 1, CloseNotify));
    });
    Fixture::each(Implementation::ALL, |fixture| {
        let mut bad = fixture
            .forger
            .seal(ApplicationData, b"not authentic");
        bad[9] ^= 1;
        fixture
            .target
            .receive(&bad)
            .expect_err("not authentic");
        let sent = fixture.target.answer();
        assert_eq!(sent, expected_alert(fixture, 2, BadRecordMac));
    });
    Fixture::each(Implementation::ALL, |fixture| {
        if fixture.setup.is_tls13() {
            return;
        }
        let hello = fixture.renegotiation();
        fixture
            .receive(Handshake, &hello)
            .expect("a request");
        let sent = fixture.target.answer();
        assert_eq!(sent, expected_alert(fixture, 1, NoRenegotiation));
    });
}

/// R13-5.2-a, R13-5.3-b, R13-5.1-d: a KeyUpdate has a record of its own, whose header does not show it. Sequence
/// numbers restart after it.
#[test]
fn key_updates_are_what_the_bare_aead_makes() {
    Fixture::each(Implementation::ALL, |fixture| {
        if !fixture.setup.is_tls13() {
            return;
        }
        let sent = fixture.target.write(b"before");
        assert_eq!(
            sent,
            Ok(expected_records(fixture, ApplicationData, [&b"before"[..]]))
        );
        let sent = fixture.target.refresh_traffic_keys();
        let update = key_update(UPDATE_REQUESTED);
        assert_eq!(
            sent,
            Ok(expected_records(fixture, Handshake, [&update[..]]))
        );
        fixture.forger.update_opener();
        assert_eq!(fixture.forger.twin.seq(), 0);
        let sent = fixture.target.write(b"after");
        assert_eq!(
            sent,
            Ok(expected_records(fixture, ApplicationData, [&b"after"[..]]))
        );
    });
}

/// The headers of the records in `tls`.
fn headers(tls: &[u8]) -> Vec<RecordHeader> {
    let mut rest = tls;
    let mut headers = Vec::new();
    while let Some(header) = RecordHeader::read(rest) {
        rest = &rest[HEADER_LEN + header.payload_len()..];
        headers.push(header);
    }
    assert!(rest.is_empty());
    headers
}

/// R13-5.1-a, R12-6.2.1-a, R12-6.2.3-a: data of more than 2^14 bytes is cut there, so no record is too long.
#[test]
fn a_write_is_cut_at_every_2_to_the_14_bytes() {
    Fixture::each(Implementation::ALL, |fixture| {
        let sent = fixture
            .target
            .write(&pattern(40_000))
            .expect("to write");
        let gcm = format!("{:?}", fixture.setup.id()).contains("GCM");
        let overhead = match (fixture.setup.is_tls13(), gcm) {
            (true, _) => 1 + 16,
            (false, true) => 8 + 16,
            (false, false) => 16,
        };
        let lens: Vec<usize> = headers(&sent)
            .iter()
            .map(|header| header.payload_len() - overhead)
            .collect();
        assert_eq!(lens, [16_384, 16_384, 7_232]);
        let contents: Vec<u8> = fixture
            .forger
            .open_all(&sent)
            .into_iter()
            .flat_map(|(_, content)| content)
            .collect();
        assert!(contents == pattern(40_000));
    });
}

/// R13-5.1-b, R12-6.2.1-b: an empty write sends nothing and uses no sequence number.
#[test]
fn an_empty_write_makes_no_record() {
    Fixture::each(Implementation::ALL, |fixture| {
        for _ in 0..2 {
            assert_eq!(fixture.target.write(b""), Ok(Vec::new()));
        }
        fixture.passes_data();
    });
}

/// R13-5.1-c, R13-5-x, R12-6.2.1-b: a connection sends only data, alerts and handshake messages, never an empty record,
/// and one alert per record.
#[test]
fn only_whole_messages_of_the_known_types_are_sent() {
    Fixture::each(Implementation::ALL, |fixture| {
        let mut records = Vec::new();
        let data = fixture.target.write(&pattern(20_000));
        records.extend(
            fixture
                .forger
                .open_all(&data.expect("to write")),
        );
        if fixture.setup.is_tls13() {
            let update = fixture.target.refresh_traffic_keys();
            let update = update.expect("TLS 1.3");
            records.push(fixture.forger.open(&update));
            fixture.forger.update_opener();
            fixture
                .receive(Handshake, &key_update(UPDATE_REQUESTED))
                .expect("a KeyUpdate");
            let data = fixture.target.write(b"data");
            let [answer, data] = split(&data.expect("to write"));
            records.push(fixture.forger.open(&answer));
            fixture.forger.update_opener();
            records.push(fixture.forger.open(&data));
        }
        let close = fixture.target.close();
        records.push(fixture.forger.open(&close));

        assert!(records.len() >= 3);
        for (typ, content) in records {
            match typ {
                ApplicationData => assert!(!content.is_empty()),
                Handshake => assert_eq!(content.len(), 5, "one KeyUpdate"),
                Alert => assert_eq!(content.len(), 2, "one alert"),
                other => panic!("{other:?}"),
            }
        }
    });
}

/// Splits `tls` into two records.
fn split(tls: &[u8]) -> [Vec<u8>; 2] {
    let [first, _] = headers(tls)[..] else {
        panic!("two records");
    };
    let (first, second) = tls.split_at(HEADER_LEN + first.payload_len());
    [first.to_vec(), second.to_vec()]
}
