//! Opening records, in place and into another slice.

use super::*;

#[test]
fn an_incomplete_record_is_left_alone() {
    let tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
    let mut opener = opener(TLS13);
    for len in 0..tls.len() {
        let mut part = tls[..len].to_vec();
        assert_eq!(opener.decrypt_incoming(&mut part), Ok(None));
        assert_eq!(
            opener.decrypt_incoming_into(&mut part, &mut [0; 64]),
            Ok(None)
        );
        assert_eq!(part, tls[..len]);
    }
    assert_eq!(opener.seq(), 0);
}

#[test]
fn bytes_after_an_opened_record_are_untouched() {
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello").padded(3));
    tls.extend_from_slice(b"more");
    let record = opener(TLS13)
        .decrypt_incoming(&mut tls)
        .unwrap()
        .unwrap();
    assert_eq!(record.typ(), ContentType::ApplicationData);
    assert_eq!(record.record_len(), tls.len() - 4);
    assert_eq!(&tls[record.content()], b"hello");
    assert_eq!(&tls[record.record_len()..], b"more");
}

#[test]
fn data_that_fits_is_opened_into_the_slice() {
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
    let mut opener = opener(TLS13);
    assert_eq!(opener.room_for(&tls[..4]), None);
    assert_eq!(opener.room_for(&tls), Some(6));
    let mut out = [0xee; 6];
    let opened = opener.decrypt_incoming_into(&mut tls, &mut out);
    let Ok(Some(OpenedInto::Out(record))) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(&out[record.content()], b"hello");
    assert_eq!(record.record_len(), tls.len());
}

#[test]
fn data_that_does_not_fit_is_opened_in_place() {
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
    let mut out = [0xee; 5];
    let opened = opener(TLS13).decrypt_incoming_into(&mut tls, &mut out);
    let Ok(Some(OpenedInto::Incoming(record))) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(&tls[record.content()], b"hello");
    assert_eq!(out, [0xee; 5]);
}

#[test]
fn content_is_at_the_range_that_the_provider_returns() {
    let opener = || DecryptionState::new(&Fake, TLS13, &keys(CONTENT_FROM_THIRD_BYTE), 0).unwrap();
    let tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));

    let mut in_place = tls.clone();
    let record = opener()
        .decrypt_incoming(&mut in_place)
        .unwrap()
        .unwrap();
    assert_eq!(&in_place[record.content()], b"llo");
    assert_eq!(record.content_in(&in_place), b"llo");

    let mut out = [0xee; 6];
    let opened = opener()
        .decrypt_incoming_into(&mut tls.clone(), &mut out)
        .unwrap()
        .unwrap();
    assert!(matches!(opened, OpenedInto::Out(_)));
    assert_eq!(&out[opened.record().content()], b"llo");
    assert_eq!(opened.record().content_in(&out), b"llo");

    let ticket = OutboundRecord::new(ContentType::Handshake, b"a secret"[..].into());
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), ticket);
    let opened = opener()
        .decrypt_incoming_into(&mut tls, &mut [0xee; 9])
        .unwrap()
        .unwrap();
    assert!(matches!(opened, OpenedInto::Incoming(_)));
    assert_eq!(&tls[opened.record().content()], b"secret");
    assert_eq!(opened.record().content_in(&tls), b"secret");
}

#[test]
fn a_control_record_leaves_no_plaintext_in_the_output() {
    let ticket = OutboundRecord::new(ContentType::Handshake, b"a secret"[..].into());
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), ticket);
    let mut out = [0xee; 32];
    let opened = opener(TLS13).decrypt_incoming_into(&mut tls, &mut out);
    let Ok(Some(OpenedInto::Incoming(record))) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(record.typ(), ContentType::Handshake);
    assert_eq!(&tls[record.content()], b"a secret");
    assert!(out[..9].iter().all(|byte| *byte == 0));
}
