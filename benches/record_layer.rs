//! Sealing and opening one record, by criterion.
//!
//! Records to be opened are sealed outside the clock. Whole connections beside other libraries are what `rustls-bench`
//! measures.

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use rustls::ContentType;
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::record_layer::{DecryptionState, EncryptionState};
use rustls_direct_tests::{Setup, pattern, setups};

/// Sizes that users meet: a keystroke, a packet, a full record.
const SIZES: [usize; 3] = [64, 1350, 16_384];

fn keys(setup: &Setup) -> TrafficKeys {
    let algorithm = setup
        .records
        .algorithm(setup.id())
        .expect("the provider's own suite");
    TrafficKeys::new(&pattern(algorithm.key_len()), &[7; 12]).expect("a key")
}

fn sealer(setup: &Setup) -> EncryptionState {
    EncryptionState::new(setup.records, setup.id(), &keys(setup), 0, u64::MAX).expect("a key")
}

fn opener(setup: &Setup) -> DecryptionState {
    DecryptionState::new(setup.records, setup.id(), &keys(setup), 0).expect("a key")
}

fn seal(sealer: &mut EncryptionState, content: &[u8], out: &mut [u8]) -> usize {
    let record = OutboundRecord::new(ContentType::ApplicationData, content.into());
    sealer
        .encrypt_outgoing(record, out)
        .expect("sealed")
}

fn sealed(sealer: &mut EncryptionState, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0; sealer.encrypted_len(content.len())];
    seal(sealer, content, &mut out);
    out
}

/// Runs `bench` for every library, suite and size.
fn each(
    criterion: &mut Criterion,
    what: &str,
    mut bench: impl FnMut(&mut BenchmarkGroup<'_, WallTime>, &str, &Setup, usize),
) {
    for setup in setups() {
        // RSA suites protect their records as the ECDSA ones do.
        if setup.name().contains("_RSA_") {
            continue;
        }
        let mut group = criterion.benchmark_group(format!("{what} {}", setup.name()));
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            bench(&mut group, &size.to_string(), &setup, size);
        }
        group.finish();
    }
}

fn sealing(criterion: &mut Criterion) {
    each(criterion, "seal", |group, name, setup, size| {
        let mut sealer = sealer(setup);
        let content = pattern(size);
        let mut out = vec![0; sealer.encrypted_len(size)];
        group.bench_function(name, |bencher| {
            bencher.iter(|| seal(&mut sealer, &content, &mut out));
        });
    });
}

fn opening_in_place(criterion: &mut Criterion) {
    each(criterion, "open in place", |group, name, setup, size| {
        let (mut sealer, mut opener) = (sealer(setup), opener(setup));
        let content = pattern(size);
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                || sealed(&mut sealer, &content),
                |tls| {
                    opener
                        .decrypt_incoming(tls)
                        .expect("authentic")
                },
                BatchSize::SmallInput,
            );
        });
    });
}

fn opening_into_a_slice(criterion: &mut Criterion) {
    each(
        criterion,
        "open into a slice",
        |group, name, setup, size| {
            let (mut sealer, mut opener) = (sealer(setup), opener(setup));
            let content = pattern(size);
            let mut plaintext = vec![0; size + 1];
            group.bench_function(name, |bencher| {
                bencher.iter_batched_ref(
                    || sealed(&mut sealer, &content),
                    |tls| {
                        opener
                            .decrypt_incoming_into(tls, &mut plaintext)
                            .expect("authentic")
                    },
                    BatchSize::SmallInput,
                );
            });
        },
    );
}

criterion_group!(benches, sealing, opening_in_place, opening_into_a_slice);
criterion_main!(benches);
