//! Cases of the split halves of a connection.

use std::hint::black_box;
use std::io::IoSlice;

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::split::{Event, Reader, Writer};

use crate::buffers::{opened_room, plaintext, sealed_room};
use crate::case::{Case, Operation};
use crate::connection::connected;
use crate::measure::measure;
use crate::pieces::pieces;

pub(crate) fn run(case: &Case) {
    match case.operation {
        Operation::Open => read(case),
        Operation::OpenInto => read_into(case),
        _ => write(case),
    }
}

fn write(case: &Case) {
    let records = case.operation.records();
    let plaintext = plaintext(case.size * records);
    let out = sealed_room(&case.setup, case.size, records);
    let pieces = pieces(plaintext);
    let chunks = OutboundChunks::new(&pieces);
    let io_slices = pieces.map(IoSlice::new);
    let (_reader, mut writer, _) = halves(case);
    match case.operation {
        Operation::SealInPlace => measure(case, |_| {
            let mut reserved = writer
                .reserve(black_box(case.size), black_box(&mut *out))
                .expect("room for it");
            black_box(reserved.content());
            let sealed = reserved
                .seal(black_box(case.size), 0)
                .expect("sealed");
            assert_eq!(sealed, out.len());
        }),
        Operation::SealChunks => measure(case, |_| {
            let written = writer
                .write(black_box(&chunks).clone(), black_box(&mut *out))
                .expect("room for it");
            assert_eq!(written.consumed, case.size);
        }),
        Operation::SealIoSlices => measure(case, |_| {
            let written = writer
                .write(black_box(&io_slices[..]), black_box(&mut *out))
                .expect("room for it");
            assert_eq!(written.consumed, case.size);
        }),
        _ => measure(case, |_| {
            let written = writer
                .write(black_box(&plaintext[..]), black_box(&mut *out))
                .expect("room for it");
            assert_eq!(written.consumed, plaintext.len());
        }),
    }
}

fn read(case: &Case) {
    let (mut reader, _writer, mut records) = halves(case);
    measure(case, |i| {
        match reader
            .read(black_box(&mut *records[i]))
            .expect("authentic")
            .event
        {
            Event::Data(data) => assert_eq!(black_box(data).len(), case.size),
            other => panic!("{other:?}"),
        }
    });
}

fn read_into(case: &Case) {
    let (mut reader, _writer, mut records) = halves(case);
    let out = opened_room(case.size);
    measure(case, |i| {
        match reader
            .read_into(black_box(&mut *records[i]), black_box(&mut *out))
            .expect("authentic")
            .event
        {
            Event::Data(data) => assert_eq!(black_box(data).len(), case.size),
            other => panic!("{other:?}"),
        }
    });
    assert!(out.starts_with(plaintext(case.size)));
}

fn halves(case: &Case) -> (Reader, Writer, Vec<&'static mut [u8]>) {
    let (client, records) = connected(case);
    let (reader, writer) = client
        .split()
        .expect("a complete handshake");
    (reader, writer, records)
}
