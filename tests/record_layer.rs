//! Does the record layer make equal records of equal content, and does it work on keys of a rustls connection?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use rustls::ContentType::ApplicationData;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, OutboundRecord};
use rustls_direct::record_layer::{OpenedInto, RecordLayer};
use testing::raw::{Keys, Plan, Shape, raw, with_made_up_keys};
use testing::{Endpoint, Forger, Peer, Role, Setup, pattern, seal, setups};

/// Lengths: none, a few bytes, and around the length of a record.
const SIZES: [usize; 6] = [0, 1, 1000, 16_382, 16_383, 16_384];

/// The initial contents of buffers. A byte that is not written differs in at least one of them.
const FILLS: [u8; 2] = [0x00, 0xff];

/// A record of application data, sealed over a buffer full of `fill`.
fn sealed_over(setup: &Setup, content: Content<'_>, placed: &[u8], fill: u8) -> Vec<u8> {
    let mut sealer = setup.sealer();
    let mut out = vec![fill; sealer.encrypted_len(content.len())];
    out[sealer.content_offset()..][..placed.len()].copy_from_slice(placed);
    let record = OutboundRecord::new(ApplicationData, content);
    let written = sealer.encrypt_outgoing(record, &mut out);
    assert_eq!(written, Ok(out.len()));
    out
}

#[test]
fn equal_content_makes_equal_records_in_any_shape_and_buffer() {
    for setup in setups() {
        println!("{}", setup.name());
        for size in SIZES.into_iter().chain(2..40) {
            let data = pattern(size);
            let expected = sealed_over(&setup, data[..].into(), &[], 0x00);
            let (front, back) = data.split_at(size / 2);
            let bytes: Vec<&[u8]> = data.chunks(1).collect();
            let more = [b"before", front, &[], back, b"after"];
            let part = OutboundChunks::Multiple {
                chunks: &more,
                start: 6,
                end: 6 + size,
            };
            for fill in FILLS {
                for (shape, content) in [
                    ("one slice", data[..].into()),
                    ("two slices", OutboundChunks::new(&[front, back]).into()),
                    ("every byte", OutboundChunks::new(&bytes).into()),
                    ("a part of more", part.clone().into()),
                ] {
                    let sealed = sealed_over(&setup, content, &[], fill);
                    assert!(
                        sealed == expected,
                        "{size} bytes, {shape}, over {fill:#04x}"
                    );
                }
                let in_place = Content::InPlace { len: size };
                let sealed = sealed_over(&setup, in_place, &data, fill);
                assert!(
                    sealed == expected,
                    "{size} bytes in place, over {fill:#04x}"
                );
            }
        }
    }
}

#[test]
fn the_bare_aead_makes_the_same_records() {
    for setup in setups() {
        println!("{}", setup.name());
        let data = pattern(1000);
        let expected = sealed_over(&setup, data[..].into(), &[], 0x00);
        let plan = Plan::new(Shape::of(&setup), data.len(), None);
        let mut sealed = vec![0; plan.tls_len];
        plan.write_headers(&mut sealed);

        let content_offset = setup.sealer().content_offset();
        sealed[content_offset..][..data.len()].copy_from_slice(&data);
        with_made_up_keys(&setup).seal_in_place(&plan, &mut sealed);
        assert!(sealed == expected, "in place");
        with_made_up_keys(&setup).seal(&plan, &data, &mut sealed);
        assert!(sealed == expected, "from another slice");

        let mut opened = vec![0; data.len() + 1];
        with_made_up_keys(&setup).open_into(&plan, &mut sealed, &mut opened);
        assert!(opened.starts_with(&data));
    }
}

/// A record layer in the place of a rustls connection in `role`, and the rustls peer of that connection.
fn taken_over(setup: &Setup, role: Role) -> (RecordLayer, Peer) {
    let mut ours = Forger::peer(setup, role);
    let mut peer = Peer::new(setup, role.other());
    ours.shake_hands(&mut peer);
    let Forger { sealer, opener, .. } = Forger::new(setup, ours);
    let records = RecordLayer {
        encryption: sealer,
        decryption: opener,
    };
    (records, peer)
}

/// Runs `test` with every library, suite and role.
fn for_each_setup_and_role(test: impl Fn(&Setup, Role)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in &setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(setup, role);
        }
    }
}

/// R13-5.1-b: an empty record can be sealed on request.
#[test]
fn rustls_opens_records_of_every_size_and_an_empty_one_delivers_nothing() {
    for_each_setup_and_role(|setup, role| {
        let (mut records, mut peer) = taken_over(setup, role);
        for size in SIZES {
            let data = pattern(size);
            let record = OutboundRecord::new(ApplicationData, data[..].into());
            let tls = seal(&mut records.encryption, record);
            peer.read(&tls).expect("our record");
            assert!(peer.received == data, "{size} bytes");
            assert!(!peer.closed);
            peer.received.clear();
        }
    });
}

#[test]
fn rustls_opens_empty_records_that_are_padded() {
    for_each_setup_and_role(|setup, role| {
        if !setup.is_tls13() {
            return;
        }
        let (mut records, mut peer) = taken_over(setup, role);
        for padding in [1, 1000, 16_384] {
            let record = OutboundRecord::new(ApplicationData, b""[..].into()).padded(padding);
            let tls = seal(&mut records.encryption, record);
            peer.read(&tls).expect("our record");
            assert_eq!(peer.received, []);
        }
        let record = OutboundRecord::new(ApplicationData, b"more"[..].into()).padded(7);
        let tls = seal(&mut records.encryption, record);
        peer.read(&tls).expect("our record");
        assert_eq!(peer.received, b"more");
    });
}

#[test]
fn records_of_rustls_are_opened_in_place_and_into_another_slice() {
    for_each_setup_and_role(|setup, role| {
        let (mut records, mut peer) = taken_over(setup, role);
        // rustls seals no record for an empty write.
        for size in &SIZES[1..] {
            let data = pattern(*size);
            let mut tls = peer.send(&data);
            let opened = records
                .decrypt_incoming(&mut tls)
                .expect("authentic")
                .expect("whole");
            assert_eq!(opened.record_len(), tls.len());
            assert!(tls[opened.content()] == data);

            let mut tls = peer.send(&data);
            let room = records.decryption.room_for(&tls);
            let mut out = vec![0; room.expect("a header")];
            let Ok(Some(OpenedInto::Out(opened))) = records
                .decryption
                .decrypt_incoming_into(&mut tls, &mut out)
            else {
                panic!("not opened into the other slice");
            };
            assert!(out[opened.content()] == data);
        }
    });
}

/// A connection of ours in `role` after the handshake, and the keys of its peer.
fn connected(setup: &Setup, role: Role) -> (Box<dyn Endpoint>, Keys) {
    let mut direct = setup.direct(role);
    let mut peer = Forger::peer(setup, role.other());
    peer.talk_to(&mut *direct)
        .expect("a handshake");
    let secrets = peer.conn.dangerous_extract_secrets();
    let keys = Keys::from(
        secrets
            .expect("the config allows it")
            .tx,
    );
    (direct, keys)
}

#[test]
fn an_empty_record_that_the_bare_aead_sealed_delivers_nothing() {
    for_each_setup_and_role(|setup, role| {
        let (mut direct, keys) = connected(setup, role);
        let mut raw = raw(setup, keys);
        let shape = Shape::of(setup);
        for (plan, plaintext) in [
            (Plan::empty_record(shape), &b""[..]),
            (Plan::empty_record(shape), b""),
            (Plan::new(shape, 4, None), b"more"),
        ] {
            let mut tls = vec![0; plan.tls_len];
            plan.write_headers(&mut tls);
            raw.seal(&plan, plaintext, &mut tls);
            direct.app().incoming = tls;
            direct.run().expect("a record");
            assert!(direct.app().incoming.is_empty());
            assert_eq!(direct.app().received, plaintext);
            assert!(direct.is_direct());
        }
    });
}
