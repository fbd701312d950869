//! The record layer alone, with every AEAD.

use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, OutboundRecord};
use rustls_direct::record_layer::EncryptionState;
use testing::{Setup, pattern, seal};

use crate::support::{AT_ONCE, Group, bench_each, every_aead, pieces};

pub(crate) fn benches(criterion: &mut Criterion) {
    bench_each(
        criterion,
        every_aead(),
        "record layer",
        |group, setup, size| {
            let content = pattern(size);
            let pieces = pieces(&content);
            // Seals whatever the buffer holds, which is the previous record.
            let in_place = Content::InPlace { len: size };
            seal_content(group, setup, "seal one slice", &content[..].into());
            seal_content(
                group,
                setup,
                "seal gathered",
                &OutboundChunks::new(&pieces).into(),
            );
            seal_content(group, setup, "seal in place", &in_place);
            open_in_place(group, setup, &content);
            open_into(group, setup, &content);
        },
    );
}

fn seal_content(group: &mut Group<'_>, setup: &Setup, name: &str, content: &Content<'_>) {
    let mut sealer = setup.sealer();
    let mut out = vec![0; sealer.encrypted_len(content.len())];
    group.bench_function(format!("{name}/{}", content.len()), |bencher| {
        bencher.iter(|| {
            sealer
                .encrypt_outgoing(record(black_box(content).clone()), black_box(&mut out))
                .expect("sealed")
        });
    });
}

fn open_in_place(group: &mut Group<'_>, setup: &Setup, content: &[u8]) {
    let (mut sealer, mut opener) = (setup.sealer(), setup.opener());
    group.bench_function(format!("open in place/{}", content.len()), |bencher| {
        bencher.iter_batched_ref(
            || sealed(&mut sealer, content),
            |tls| {
                opener
                    .decrypt_incoming(tls)
                    .expect("authentic")
            },
            BatchSize::NumIterations(AT_ONCE),
        );
    });
}

fn open_into(group: &mut Group<'_>, setup: &Setup, content: &[u8]) {
    let (mut sealer, mut opener) = (setup.sealer(), setup.opener());
    // One byte more for the type byte of TLS 1.3.
    let mut plaintext = vec![0; content.len() + 1];
    group.bench_function(format!("open into a slice/{}", content.len()), |bencher| {
        bencher.iter_batched_ref(
            || sealed(&mut sealer, content),
            |tls| {
                opener
                    .decrypt_incoming_into(tls, black_box(&mut plaintext))
                    .expect("authentic")
            },
            BatchSize::NumIterations(AT_ONCE),
        );
    });
}

fn sealed(sealer: &mut EncryptionState, content: &[u8]) -> Vec<u8> {
    seal(sealer, record(content.into()))
}

fn record(content: Content<'_>) -> OutboundRecord<'_> {
    OutboundRecord::new(ContentType::ApplicationData, content)
}
