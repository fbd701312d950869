//! Do we seal records of other implementations byte for byte, and open them to their content?
//!
//! The records are in `provider-test/src/vectors`, and the kit for providers uses them too. `rfc8448.txt` has the
//! records that the RFC prints. `vectors/capture.py` captured those in `openssl.txt`. `vectors/confirm.py` confirms
//! both files with an independent implementation.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

#[path = "../provider-test/src/vector.rs"]
mod vector;

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, OutboundRecord, TrafficKeys};
use rustls_direct::record_layer::{DecryptionState, EncryptionState, InboundRecord, OpenedInto};
use testing::{Setup, setups};
use vector::Vector;

/// How many libraries this build has.
const LIBRARIES: usize = cfg!(feature = "aws_lc_rs") as usize + cfg!(feature = "ring") as usize;

/// The initial contents of buffers. A byte that is not written differs from the record in at least one of them.
const FILLS: [u8; 2] = [0x00, 0xff];

/// Bytes of a buffer after the record.
const BEYOND: usize = 9;

/// Whole records of a vector, in buffers that are longer.
impl Vector {
    fn sealer(&self, setup: &Setup) -> EncryptionState {
        let keys = TrafficKeys::new(&self.key, &self.iv).expect("key and iv");
        EncryptionState::new(setup.records, setup.id(), &keys, self.seq, u64::MAX)
            .expect("the keys of the suite")
    }

    fn opener(&self, setup: &Setup) -> DecryptionState {
        let keys = TrafficKeys::new(&self.key, &self.opening_iv()).expect("key and iv");
        DecryptionState::new(setup.records, setup.id(), &keys, self.seq)
            .expect("the keys of the suite")
    }

    /// Seals `content` into buffers that are longer than needed and were filled before.
    fn assert_seals(&self, setup: &Setup, content: Content<'_>) {
        for fill in FILLS {
            let mut sealer = self.sealer(setup);
            let mut out = vec![fill; self.record.len() + BEYOND];
            if let Content::InPlace { len } = content {
                out[sealer.content_offset()..][..len].copy_from_slice(&self.content);
            }
            let record = OutboundRecord::new(self.typ, content.clone()).padded(self.padding);
            assert_eq!(
                sealer.encrypt_outgoing(record, &mut out),
                Ok(self.record.len())
            );
            let (record, beyond) = out.split_at(self.record.len());
            assert!(record == self.record, "sealed over {fill:#04x}");
            assert_eq!(beyond, [fill; BEYOND]);
            assert_eq!(sealer.seq(), self.seq + 1);
        }
    }

    /// The record, followed by bytes that are not part of it.
    fn incoming(&self) -> Vec<u8> {
        [&self.record[..], &[0xee; BEYOND]].concat()
    }

    /// Whether `opened`, with its content in `buffer`, is this record.
    fn is_record(&self, opened: &InboundRecord, buffer: &[u8]) -> bool {
        opened.typ() == self.typ
            && buffer[opened.content()] == self.content
            && opened.record_len() == self.record.len()
    }
}

/// Runs `test` with every vector and every library that has its suite, which is every library of this build.
fn for_each_vector(test: impl Fn(&Setup, &Vector)) {
    let setups = setups();
    let mut runs = 0;
    for vector in Vector::all() {
        let having: Vec<_> = setups
            .iter()
            .filter(|setup| vector.is_of(setup.id()))
            .collect();
        match vector.is_tls13() || cfg!(feature = "tls12") {
            true => assert_eq!(having.len(), LIBRARIES, "{}", vector.name),
            false => assert!(having.is_empty(), "{}", vector.name),
        }
        for setup in having {
            println!("{}: {}", setup.library, vector.name);
            test(setup, &vector);
            runs += 1;
        }
    }
    assert!(runs > 0);
}

#[test]
fn every_suite_has_known_answers() {
    let vectors = Vector::all();
    for setup in setups() {
        assert!(
            vectors
                .iter()
                .any(|vector| vector.is_of(setup.id())),
            "{setup:?}"
        );
    }
}

/// R13-5.2-b, R13-5.2-c, R13-5.3-a, R12-6.2.3.3-a, R5288-3-a, R7905-2-a: equal to the records of others.
#[test]
fn content_in_one_slice_is_sealed_to_known_records() {
    for_each_vector(|setup, vector| vector.assert_seals(setup, vector.content[..].into()));
}

#[test]
fn gathered_content_is_sealed_to_known_records() {
    for_each_vector(|setup, vector| {
        let (front, back) = vector
            .content
            .split_at(vector.content.len() / 3);
        let (middle, back) = back.split_at(1);
        let chunks = [front, &[], middle, back, &[]];
        vector.assert_seals(setup, OutboundChunks::new(&chunks).into());
    });
}

#[test]
fn a_part_of_gathered_content_is_sealed_to_known_records() {
    for_each_vector(|setup, vector| {
        let (front, back) = vector
            .content
            .split_at(vector.content.len() / 2);
        let chunks = [b"one", b"two", front, &[], back, b"three"];
        let (_, part) = OutboundChunks::new(&chunks).split_at("onetwo".len());
        let (part, _) = part.split_at(vector.content.len());
        vector.assert_seals(setup, part.into());
    });
}

#[test]
fn content_in_place_is_sealed_to_known_records() {
    for_each_vector(|setup, vector| {
        let len = vector.content.len();
        vector.assert_seals(setup, Content::InPlace { len });
    });
}

/// R12-6.2.3.3-c: with explicit nonces that others chose.
#[test]
fn known_records_are_opened_in_place() {
    for_each_vector(|setup, vector| {
        let mut incoming = vector.incoming();
        let mut opener = vector.opener(setup);
        let opened = opener
            .decrypt_incoming(&mut incoming)
            .expect("authentic")
            .expect("whole");
        assert!(vector.is_record(&opened, &incoming));
        assert!(incoming.ends_with(&[0xee; BEYOND]));
        assert_eq!(opener.seq(), vector.seq + 1);
    });
}

#[test]
fn known_application_data_is_opened_into_another_slice() {
    for_each_vector(|setup, vector| {
        for fill in FILLS {
            let mut incoming = vector.incoming();
            let mut opener = vector.opener(setup);
            let room = opener
                .room_for(&incoming)
                .expect("a header");
            let mut out = vec![fill; room + BEYOND];
            let opened = opener
                .decrypt_incoming_into(&mut incoming, &mut out)
                .expect("authentic")
                .expect("whole");
            match (vector.typ, opened) {
                (ContentType::ApplicationData, OpenedInto::Out(opened)) => {
                    assert!(vector.is_record(&opened, &out));
                }
                // Control messages are not for the application, so they are moved out of its slice.
                (ContentType::Alert | ContentType::Handshake, OpenedInto::Incoming(opened)) => {
                    assert!(vector.is_record(&opened, &incoming));
                    assert!(
                        out[..room]
                            .iter()
                            .all(|byte| *byte == 0)
                    );
                }
                (_, opened) => panic!("{opened:?}"),
            }
            assert!(out.ends_with(&[fill; BEYOND]));
            assert!(incoming.ends_with(&[0xee; BEYOND]));
            assert_eq!(opener.seq(), vector.seq + 1);
        }
    });
}

#[test]
fn known_records_are_opened_in_place_if_the_other_slice_is_too_short() {
    for_each_vector(|setup, vector| {
        let mut incoming = vector.incoming();
        let mut opener = vector.opener(setup);
        let room = opener
            .room_for(&incoming)
            .expect("a header");
        let mut out = vec![0xdd; room - 1];
        let opened = opener
            .decrypt_incoming_into(&mut incoming, &mut out)
            .expect("authentic")
            .expect("whole");
        let OpenedInto::Incoming(opened) = opened else {
            panic!("opened into a slice that is too short");
        };
        assert!(vector.is_record(&opened, &incoming));
        assert!(out.iter().all(|byte| *byte == 0xdd));
        assert_eq!(opener.seq(), vector.seq + 1);
    });
}
