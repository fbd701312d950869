//! Incoming records that are refused.

use super::*;

#[test]
fn a_faulty_provider_causes_no_panic() {
    for behaviour in [FAILING, POINTING_OUTSIDE, POINTING_BACKWARDS] {
        let opener = || DecryptionState::new(&Fake, TLS13, &keys(behaviour), 0).unwrap();
        let tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
        for room in [0, 64] {
            let mut tls = tls.clone();
            let mut out = vec![0xee; room];
            assert_eq!(
                opener().decrypt_incoming_into(&mut tls, &mut out),
                Err(DecryptionError::BadRecordMac)
            );
            assert!(
                tls[HEADER_LEN..]
                    .iter()
                    .all(|byte| *byte == 0)
            );
            assert!(
                out.iter()
                    .take(6)
                    .all(|byte| *byte == 0)
            );
        }
    }
}

#[test]
fn the_first_error_is_returned_by_every_later_call() {
    let mut sealer = sealer(TLS13, 0, 9);
    let mut opener = opener(TLS13);
    let good = sealed(&mut sealer, data(b"hello"));
    let mut bad = good.clone();
    bad[8] ^= 1;
    // The fake tag does not cover the content, so spoil the tag as well.
    *bad.last_mut().unwrap() ^= 1;
    assert_eq!(
        opener.decrypt_incoming(&mut bad),
        Err(DecryptionError::BadRecordMac)
    );
    for mut later in [good, b"GET / HTTP/1.1".to_vec(), Vec::new()] {
        let before = later.clone();
        assert_eq!(
            opener.decrypt_incoming(&mut later),
            Err(DecryptionError::BadRecordMac)
        );
        assert_eq!(later, before);
    }
}

#[test]
fn a_header_is_refused_before_its_payload_arrives() {
    use DecryptionError::*;
    for (suite, header, expected) in [
        (TLS13, [23, 3, 3, 0x41, 0x01], RecordOverflow),
        (TLS12, [23, 3, 3, 0x48, 0x01], RecordOverflow),
        (TLS12, [21, 3, 3, 0x48, 0x01], RecordOverflow),
        // The type comes first.
        (
            TLS13,
            [22, 3, 3, 0x48, 0x01],
            UnexpectedType(ContentType::Handshake),
        ),
        (
            TLS13,
            [20, 3, 3, 0, 1],
            UnexpectedType(ContentType::ChangeCipherSpec),
        ),
        (TLS13, [21, 3, 3, 0, 2], UnexpectedType(ContentType::Alert)),
        (
            TLS13,
            [22, 3, 3, 0, 2],
            UnexpectedType(ContentType::Handshake),
        ),
        (
            TLS12,
            [20, 3, 3, 0, 1],
            UnexpectedType(ContentType::ChangeCipherSpec),
        ),
        (
            TLS12,
            [24, 3, 3, 0, 1],
            UnexpectedType(ContentType::Heartbeat),
        ),
        (TLS13, *b"GET /", UnexpectedType(ContentType::Unknown(b'G'))),
        (TLS13, [23, 3, 1, 0, 20], BadRecordMac),
        (
            TLS12,
            [23, 3, 1, 0, 20],
            UnexpectedVersion(ProtocolVersion::TLSv1_0),
        ),
    ] {
        let tls = [&header[..], b"some"].concat();
        let (mut in_place, mut not_into) = (tls.clone(), tls);
        let mut out = [0xee; 64];
        assert_eq!(opener(suite).decrypt_incoming(&mut in_place), Err(expected));
        assert_eq!(
            opener(suite).decrypt_incoming_into(&mut not_into, &mut out),
            Err(expected)
        );
        assert_eq!(in_place, not_into);
        assert_eq!(out, [0xee; 64]);
        assert_eq!(in_place[..HEADER_LEN], header);
        let there = usize::from(u16::from_be_bytes([header[3], header[4]])).min(4);
        assert!(
            in_place[HEADER_LEN..][..there]
                .iter()
                .all(|byte| *byte == 0)
        );
    }
}

#[test]
fn the_longest_valid_records_are_opened_and_longer_ones_refused() {
    // TLS 1.2 has no padding: all of the plaintext is content.
    for (suite, longest) in [(TLS13, MAX_CONTENT_LEN + 1), (TLS12, MAX_CONTENT_LEN)] {
        for (plaintext_len, expected) in [
            (longest, Ok(())),
            (longest + 1, Err(DecryptionError::RecordOverflow)),
        ] {
            let payload_len = plaintext_len + TAG_LEN;
            let header = RecordHeader::new(23, u16::try_from(payload_len).unwrap());
            let mut tls = [
                header.as_bytes(),
                &vec![23; plaintext_len][..],
                &FakeCipher::tag(0),
            ]
            .concat();
            let opened = opener(suite).decrypt_incoming(&mut tls);
            assert_eq!(opened.map(|record| assert!(record.is_some())), expected);
        }
    }
}
