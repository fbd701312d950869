//! Helpers that the benches share.

use criterion::measurement::WallTime;
use criterion::{BatchSize, Bencher, BenchmarkGroup, Criterion, Throughput};
use rustls::{CipherSuite, ContentType};
use rustls_direct::client::UnbufferedClientConnection;
use testing::{Forger, Role, Setup, pattern, setups, shake_hands};

/// A keystroke, a small write and a full record.
pub(crate) const SIZES: [usize; 3] = [64, 1024, 16_384];

/// Number of records that are sealed at once before they are opened. They fit into the caches.
pub(crate) const AT_ONCE: u64 = 32;

pub(crate) type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Runs `bench` with each of `setups` and every size.
pub(crate) fn bench_each(
    criterion: &mut Criterion,
    setups: Vec<Setup>,
    what: &str,
    bench: impl Fn(&mut Group<'_>, &Setup, usize),
) {
    for setup in setups {
        let mut group = criterion.benchmark_group(format!("{what} {}", setup.name()));
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            bench(&mut group, &setup, size);
        }
        group.finish();
    }
}

/// Returns a setup for every AEAD of every library. RSA suites are left out: they protect records as the ECDSA suites
/// do.
pub(crate) fn every_aead() -> Vec<Setup> {
    let mut setups = setups();
    setups.retain(|setup| !setup.name().contains("_RSA_"));
    setups
}

/// Returns a setup for each library and version, without a limit on the records per key.
pub(crate) fn one_suite_per_version() -> Vec<Setup> {
    let suites = [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ];
    setups()
        .into_iter()
        .filter(|setup| suites.contains(&setup.id()))
        .map(|setup| setup.with_confidentiality_limit(u64::MAX))
        .collect()
}

/// Returns a client after its handshake, and its peer.
pub(crate) fn connected(setup: &Setup) -> (UnbufferedClientConnection, Forger) {
    let mut client = setup.client();
    let mut peer = Forger::peer(setup, Role::Server);
    shake_hands(&mut client, &mut peer);
    assert!(client.is_direct());
    (client, Forger::new(setup, peer))
}

/// Times `open` on records that the peer seals outside the timed part.
pub(crate) fn time_opening(
    bencher: &mut Bencher<'_>,
    peer: &mut Forger,
    size: usize,
    mut open: impl FnMut(&mut [u8]),
) {
    let content = pattern(size);
    bencher.iter_batched_ref(
        || peer.seal(ContentType::ApplicationData, &content),
        |tls| open(tls),
        BatchSize::NumIterations(AT_ONCE),
    );
}

/// Splits content into three slices, to be gathered.
pub(crate) fn pieces(content: &[u8]) -> [&[u8]; 3] {
    let (front, rest) = content.split_at(content.len() / 4);
    let (middle, back) = rest.split_at(rest.len() / 3);
    [front, middle, back]
}
