//! Does a connection refuse rustls's records if they are altered in transit?

use rustls::{AlertDescription, ContentType, Error, InvalidMessage};
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use rustls_direct::record_layer::DecryptionError;
use testing::{Endpoint, Peer, Role, Setup, setups};

use crate::{PLAINTEXT, Tampered, hides_plaintext, max_payload_len};

/// Runs `test` with every library, suite and role of ours, after the handshake.
fn for_each_connection(test: impl Fn(&Setup, &mut dyn Endpoint, &mut Peer)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in &setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut peer) = setup.connected(role);
            test(setup, &mut *direct, &mut peer);
            assert!(!direct.is_direct());
        }
    }
}

/// The error and the alert that follow from a refused record.
fn consequence(verdict: DecryptionError) -> (Error, AlertDescription) {
    match verdict {
        DecryptionError::BadRecordMac => (Error::DecryptError, AlertDescription::BadRecordMac),
        DecryptionError::RecordOverflow => (
            Error::PeerSentOversizedRecord,
            AlertDescription::RecordOverflow,
        ),
        DecryptionError::UnexpectedType(got_type) => (
            Error::InappropriateMessage {
                expect_types: vec![ContentType::ApplicationData],
                got_type,
            },
            AlertDescription::UnexpectedMessage,
        ),
        DecryptionError::UnexpectedVersion(_) => (
            InvalidMessage::UnknownProtocolVersion.into(),
            AlertDescription::ProtocolVersion,
        ),
        other => panic!("{other:?} is not caused by tampering"),
    }
}

/// Checks that `direct` fails on `incoming`, and that rustls receives the alert.
fn assert_fails(
    direct: &mut dyn Endpoint,
    peer: &mut Peer,
    incoming: &mut [u8],
    verdict: DecryptionError,
) {
    let (error, alert) = consequence(verdict);
    let (failed, sent) = direct.failure(incoming);
    assert_eq!(failed, error);
    assert_eq!(peer.read(&sent), Err(Error::AlertReceived(alert)));
}

/// R13-5.2-h, R12-6.2.3.3-b: a tag that does not verify.
#[test]
fn a_flipped_bit_ends_a_connection_with_the_right_alert() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let record_len = setup
                .sealer()
                .encrypted_len(PLAINTEXT.len());
            // Every bit of the header, and some of each part of the payload.
            let header = 0..HEADER_LEN * 8;
            let payload = (header.end..record_len * 8).step_by(53);
            for bit in header.chain(payload) {
                let (mut direct, mut peer) = setup.connected(role);
                let record = peer.send(PLAINTEXT);
                assert_eq!(record.len(), record_len);
                let tampered = Tampered::new(&setup, record, bit);
                let mut incoming = tampered.record.clone();
                assert_fails(&mut *direct, &mut peer, &mut incoming, tampered.verdict);
                assert!(tampered.is_wiped(&incoming), "bit {bit}");
                assert!(direct.app().received.is_empty());
            }
        }
    }
}

#[test]
fn records_before_a_bad_one_are_delivered_and_none_after_it() {
    for_each_connection(|_, direct, peer| {
        let good = peer.send(b"before");
        let mut bad = peer.send(PLAINTEXT);
        let after = peer.send(b"after");
        *bad.last_mut().expect("a tag") ^= 1;
        direct.app().incoming = [good, bad, after].concat();

        for _ in 0..3 {
            assert_eq!(direct.run(), Err(Error::DecryptError));
            assert_eq!(direct.app().received, b"before");
            assert!(hides_plaintext(&direct.app().incoming));
        }
        let alert = AlertDescription::BadRecordMac;
        let sent = &direct.app().outgoing;
        assert_eq!(peer.read(sent), Err(Error::AlertReceived(alert)));
    });
}

#[test]
fn records_out_of_order_end_a_connection() {
    for (what, order) in [
        ("replayed", &[0, 0][..]),
        ("reordered", &[1]),
        ("dropped", &[0, 2]),
    ] {
        println!("{what}");
        for_each_connection(|_, direct, peer| {
            let records: Vec<_> = (0..3)
                .map(|_| peer.send(PLAINTEXT))
                .collect();
            let (last, before) = order.split_last().expect("some");
            for at in before {
                direct
                    .app()
                    .incoming
                    .extend(&records[*at]);
                direct.run().expect("in order");
            }
            let received = direct.app().received.len();
            assert_eq!(received, before.len() * PLAINTEXT.len());
            let mut incoming = records[*last].clone();
            assert_fails(direct, peer, &mut incoming, DecryptionError::BadRecordMac);
            assert!(hides_plaintext(&incoming));
        });
    }
}

#[test]
fn our_own_record_sent_back_to_us_ends_the_connection() {
    for_each_connection(|_, direct, peer| {
        let mut own = direct.send(PLAINTEXT);
        peer.read(&own).expect("a record");
        assert_fails(direct, peer, &mut own, DecryptionError::BadRecordMac);
    });
}

#[test]
fn a_record_too_long_for_its_version_ends_a_connection_by_its_header() {
    for_each_connection(|setup, direct, peer| {
        let len = max_payload_len(setup);
        let header = |len| {
            let len = u16::try_from(len).expect("fits a header");
            RecordHeader::new(23, len)
                .as_bytes()
                .to_vec()
        };
        direct.app().incoming = header(len);
        direct
            .run()
            .expect("to wait for the rest");
        let mut header = header(len + 1);
        assert_fails(direct, peer, &mut header, DecryptionError::RecordOverflow);
    });
}

#[test]
fn a_record_with_no_payload_ends_a_connection() {
    for_each_connection(|_, direct, peer| {
        let mut empty = RecordHeader::new(23, 0)
            .as_bytes()
            .to_vec();
        assert_fails(direct, peer, &mut empty, DecryptionError::BadRecordMac);
    });
}

#[test]
fn a_bad_record_after_our_close_notify_is_not_answered() {
    for_each_connection(|_, direct, peer| {
        let close = direct.close();
        peer.read(&close)
            .expect("a close_notify");
        let mut bad = peer.send(PLAINTEXT);
        *bad.last_mut().expect("a tag") ^= 1;
        let (error, sent) = direct.failure(&mut bad);
        assert_eq!(error, Error::DecryptError);
        assert_eq!(sent, [], "sent after close_notify");
        assert!(hides_plaintext(&bad));
    });
}
