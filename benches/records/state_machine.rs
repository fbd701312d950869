//! The state machine, in both versions.

use std::hint::black_box;

use criterion::Criterion;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls_direct::unbuffered::{ConnectionState, WriteTraffic};
use testing::{Setup, pattern};

use crate::support::{Group, bench_each, connected, one_suite_per_version, pieces, time_opening};

pub(crate) fn benches(criterion: &mut Criterion) {
    bench_each(
        criterion,
        one_suite_per_version(),
        "state machine",
        |group, setup, size| {
            encrypt(group, setup, size);
            write_gathered(group, setup, size);
            reserve_and_seal(group, setup, size);
            read(group, setup, size);
        },
    );
}

fn encrypt(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (mut client, peer) = connected(setup);
    let content = pattern(size);
    let mut out = vec![0; peer.twin.encrypted_len(size)];
    group.bench_function(format!("encrypt/{size}"), |bencher| {
        bencher.iter(|| {
            write_traffic(&mut client)
                .encrypt(black_box(&content), black_box(&mut out))
                .expect("room for it")
        });
    });
}

fn write_gathered(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (mut client, peer) = connected(setup);
    let content = pattern(size);
    let pieces = pieces(&content);
    let mut out = vec![0; peer.twin.encrypted_len(size)];
    group.bench_function(format!("write gathered/{size}"), |bencher| {
        bencher.iter(|| {
            write_traffic(&mut client)
                .write(OutboundChunks::new(black_box(&pieces)), black_box(&mut out))
                .expect("room for it")
        });
    });
}

fn reserve_and_seal(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (mut client, peer) = connected(setup);
    let mut out = vec![0; peer.twin.encrypted_len(size)];
    group.bench_function(format!("reserve and seal/{size}"), |bencher| {
        bencher.iter(|| {
            let mut write = write_traffic(&mut client);
            let mut reserved = write
                .reserve(black_box(size), black_box(&mut out))
                .expect("room for it");
            black_box(reserved.content());
            reserved
                .seal(black_box(size), 0)
                .expect("sealed")
        });
    });
}

#[inline(always)]
fn write_traffic(
    client: &mut UnbufferedClientConnection,
) -> WriteTraffic<'_, ClientConnectionData> {
    match client
        .process_tls_records(black_box(&mut []))
        .state
    {
        Ok(ConnectionState::WriteTraffic(write)) => write,
        other => panic!("{other:?}"),
    }
}

fn read(group: &mut Group<'_>, setup: &Setup, size: usize) {
    let (mut client, mut peer) = connected(setup);
    group.bench_function(format!("read/{size}"), |bencher| {
        time_opening(bencher, &mut peer, size, |tls| {
            match client.process_tls_records(tls).state {
                Ok(ConnectionState::ReadTraffic(mut read)) => {
                    let record = read
                        .next_record()
                        .expect("a record")
                        .expect("no error");
                    assert_eq!(black_box(record.payload).len(), size);
                }
                other => panic!("{other:?}"),
            }
        });
    });
}
