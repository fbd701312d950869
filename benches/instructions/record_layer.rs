//! Cases of the record layer.

use std::hint::black_box;

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, OutboundRecord};
use rustls_direct::record_layer::{EncryptionState, OpenedInto};

use crate::buffers::{opened_room, plaintext, sealed_records, sealed_room};
use crate::case::{Case, Operation, PADDING};
use crate::measure::{RECORDS, measure};
use crate::pieces::pieces;

pub(crate) fn run(case: &Case) {
    match case.operation {
        Operation::Open => open(case),
        Operation::OpenInto => open_into(case),
        _ => seal(case),
    }
}

fn seal(case: &Case) {
    let Case { setup, size, .. } = case;
    let padding = match case.operation {
        Operation::SealPadded => PADDING,
        _ => 0,
    };
    let (plaintext, out) = (plaintext(*size), sealed_room(setup, size + padding, 1));
    let pieces = pieces(plaintext);
    let chunks = OutboundChunks::new(&pieces);
    let mut sealer = setup.sealer();
    match case.operation {
        Operation::SealInPlace => measure(case, |_| {
            let content = Content::InPlace {
                len: black_box(*size),
            };
            seal_record(&mut sealer, content, 0, out);
        }),
        Operation::SealChunks => measure(case, |_| {
            let content = black_box(&chunks).clone().into();
            seal_record(&mut sealer, content, 0, out);
        }),
        Operation::SealPadded => measure(case, |_| {
            let content = black_box(&plaintext[..]).into();
            seal_record(&mut sealer, content, black_box(padding), out);
        }),
        _ => measure(case, |_| {
            let content = black_box(&plaintext[..]).into();
            seal_record(&mut sealer, content, 0, out);
        }),
    }
    if matches!(case.operation, Operation::Seal | Operation::SealChunks) {
        assert!(out[..] == sealed_records(setup, *size)[RECORDS][..]);
    }
}

#[inline(always)]
fn seal_record(sealer: &mut EncryptionState, content: Content<'_>, padding: usize, out: &mut [u8]) {
    let record = OutboundRecord::new(ContentType::ApplicationData, content).padded(padding);
    let written = sealer
        .encrypt_outgoing(record, black_box(&mut *out))
        .expect("sealed");
    black_box(written);
}

fn open(case: &Case) {
    let mut records = sealed_records(&case.setup, case.size);
    let mut opener = case.setup.opener();
    measure(case, |i| {
        let opened = opener
            .decrypt_incoming(black_box(&mut *records[i]))
            .expect("authentic");
        assert!(black_box(opened).is_some());
    });
}

fn open_into(case: &Case) {
    let mut records = sealed_records(&case.setup, case.size);
    let out = opened_room(case.size);
    let mut opener = case.setup.opener();
    measure(case, |i| {
        let opened = opener
            .decrypt_incoming_into(black_box(&mut *records[i]), black_box(&mut *out))
            .expect("authentic");
        assert!(matches!(black_box(opened), Some(OpenedInto::Out(_))));
    });
    assert!(out.starts_with(plaintext(case.size)));
}
