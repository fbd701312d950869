//! The split halves of a connection, in both versions.

use std::hint::black_box;
use std::io::IoSlice;

use criterion::Criterion;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::split::{Event, Gathered, Reader, Writer};
use testing::{Forger, Setup, pattern};

use crate::support::{Group, bench_each, connected, one_suite_per_version, pieces, time_opening};

pub(crate) fn benches(criterion: &mut Criterion) {
    bench_each(
        criterion,
        one_suite_per_version(),
        "halves",
        |group, setup, size| {
            let content = pattern(size);
            let pieces = pieces(&content);
            let chunks = || OutboundChunks::new(black_box(&pieces)).into();
            let io_slices = pieces.map(IoSlice::new);
            write(group, setup, "write one slice", || {
                black_box(&content[..]).into()
            });
            write(group, setup, "write chunks", chunks);
            write(group, setup, "write IoSlices", || {
                black_box(&io_slices[..]).into()
            });
            reserve_and_seal(group, setup, size);
            read(group, setup, size);
            read_into(group, setup, size);
        },
    );
}

fn write<'a>(group: &mut Group<'_>, setup: &Setup, name: &str, content: impl Fn() -> Gathered<'a>) {
    let (_reader, mut writer, _) = halves(setup);
    let size = content().len();
    let mut out = vec![0; writer.required_len(size)];
    group.bench_function(format!("{name}/{size}"), |bencher| {
        bencher.iter(|| {
            writer
                .write(content(), black_box(&mut out))
                .expect("room for it")
        });
    });
}

fn reserve_and_seal(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (_reader, mut writer, _) = halves(setup);
    let mut out = vec![0; writer.required_len(size)];
    group.bench_function(format!("reserve and seal/{size}"), |bencher| {
        bencher.iter(|| {
            let mut reserved = writer
                .reserve(black_box(size), black_box(&mut out))
                .expect("room for it");
            black_box(reserved.content());
            reserved
                .seal(black_box(size), 0)
                .expect("sealed")
        });
    });
}

fn read(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (mut reader, _writer, mut peer) = halves(setup);
    group.bench_function(format!("read/{size}"), |bencher| {
        time_opening(bencher, &mut peer, size, |tls| {
            let received = reader.read(tls).expect("authentic");
            assert_is_data(received.event, size);
        });
    });
}

fn read_into(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (mut reader, _writer, mut peer) = halves(setup);
    // One byte more for the type byte of TLS 1.3.
    let mut out = vec![0; size + 1];
    group.bench_function(format!("read into a slice/{size}"), |bencher| {
        time_opening(bencher, &mut peer, size, |tls| {
            let received = reader
                .read_into(tls, black_box(&mut out))
                .expect("authentic");
            assert_is_data(received.event, size);
        });
    });
}

#[inline(always)]
fn assert_is_data(event: Event<'_>, size: usize) {
    match black_box(event) {
        Event::Data(data) => assert_eq!(data.len(), size),
        other => panic!("{other:?}"),
    }
}

fn halves(setup: &Setup) -> (Reader, Writer, Forger) {
    let (client, peer) = connected(setup);
    let (reader, writer) = client
        .split()
        .expect("a complete handshake");
    (reader, writer, peer)
}
