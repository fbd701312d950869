//! The cases that the report measures: everything that is claimed anywhere, and no more.

use super::results::Results;
use crate::args::{Args, Memory, Suite};
use crate::direction::Direction::{self, Into, Recv, Send};
use crate::handshake_configs::HandshakeMode;
use crate::job::Job;
use crate::library::Library;
use crate::provider::Provider;
use crate::{bulk, handshake, memory, progress, scaling};

/// The suite with the most cases.
pub(super) const SUITE: &str = "TLS13_AES_128_GCM_SHA256";

/// The other suites of TLS 1.3.
pub(super) const OTHER_TLS13_SUITES: [&str; 2] =
    ["TLS13_AES_256_GCM_SHA384", "TLS13_CHACHA20_POLY1305_SHA256"];

pub(super) const TLS12_SUITE: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

/// The suites for handshakes and memory, which do not depend on the cipher: one per version.
pub(super) const ONE_OF_EACH_VERSION: [&str; 2] = [SUITE, TLS12_SUITE];

/// One whole record.
pub(super) const RECORD: u32 = 16_384;

/// A write of many records.
pub(super) const LONG: u32 = 1 << 20;

/// The sizes in the throughput picture: from a few keystrokes to many records.
pub(super) const SIZES: [u32; 9] = [16, 64, 256, 1024, 4096, RECORD, 65_536, 262_144, LONG];

/// The libraries that are measured whatever `--lib` says.
pub(super) const ALWAYS_MEASURED: [Library; 4] = [
    Library::Direct,
    Library::DirectStreamed,
    Library::Rustls023,
    Library::Raw,
];

/// Connections in the memory table.
const CONNECTIONS: usize = 100;

/// Measures all cases.
pub(super) fn measure(args: &Args) -> Results {
    let jobs = jobs();
    let kinds = ONE_OF_EACH_VERSION.len() * HandshakeMode::ALL.len();
    let runs = jobs.len() + 1 + kinds * handshake::ROUNDS_FACTOR + ONE_OF_EACH_VERSION.len();
    let progress = progress::bar(runs, args.rounds());

    let mut results = Results::default();
    for job in &jobs {
        let libs = libs(args, job.direction);
        results
            .records
            .extend(bulk::run_job(job, &libs, args.rounds(), &progress));
    }
    let args = Args {
        provider: Provider::AwsLcRs,
        ..args.clone()
    };
    let threads = scaling::job(&args, &suite(SUITE));
    results.threads = bulk::run(&args, &[threads], &progress);
    for name in ONE_OF_EACH_VERSION {
        for kind in HandshakeMode::ALL {
            results
                .handshakes
                .extend(handshake::run(&args, &suite(name), kind, &progress));
        }
        let memory = Memory {
            suite: suite(name),
            count: CONNECTIONS,
        };
        results
            .memory
            .extend(memory::run(&args, &memory, &progress));
    }
    progress.finish_and_clear();
    results
}

fn suite(name: &str) -> Suite {
    Suite { name: name.into() }
}

/// Returns the libraries for one direction. `direct-streamed` differs from `direct` only when it sends.
fn libs(args: &Args, direction: Direction) -> Vec<Library> {
    let mut libs = args.libs.clone();
    libs.retain(|lib| *lib != Library::DirectStreamed || direction == Send);
    libs
}

/// Returns the jobs for one thread.
fn jobs() -> Vec<Job> {
    use Provider::{AwsLcRs, Ring};
    let mut jobs = Vec::new();
    let mut add = |provider, suite, direction, sizes: &[u32]| {
        jobs.extend(
            sizes
                .iter()
                .map(|size| Job::new(provider, suite, direction, *size)),
        );
    };
    add(AwsLcRs, SUITE, Send, &SIZES);
    add(AwsLcRs, SUITE, Recv, &SIZES);
    add(AwsLcRs, SUITE, Into, &[RECORD, LONG]);
    for suite in OTHER_TLS13_SUITES {
        add(AwsLcRs, suite, Send, &[64, 1024, RECORD, LONG]);
        add(AwsLcRs, suite, Recv, &[RECORD, LONG]);
        add(AwsLcRs, suite, Into, &[RECORD]);
    }
    for direction in Direction::ALL {
        add(AwsLcRs, TLS12_SUITE, direction, &[RECORD]);
        add(Ring, SUITE, direction, &[RECORD]);
    }
    jobs
}
