//! Times records of aws-lc-rs and OpenSSL side by side, to find the record size from which OpenSSL is faster.
//!
//! ```sh
//! cargo run --release --example crossover
//! ```
//!
//! The libraries take turns. The table has the median time per record in nanoseconds, and OpenSSL's time as a multiple
//! of that of aws-lc-rs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use openssl_provider::RECORD_PROVIDER;
use rustls::{CipherSuite, ContentType};
use rustls_direct::cipher::{OutboundRecord, RecordProvider, TrafficKeys};
use rustls_direct::crypto::aws_lc_rs;
use rustls_direct::record::RecordHeader;

const SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
];

const SIZES: [usize; 14] = [
    16, 64, 256, 512, 1024, 1350, 2048, 3072, 4096, 5120, 6144, 8192, 12288, 16384,
];

/// How long one library works before the turn of the other.
const TURN: Duration = Duration::from_micros(200);

const TURNS: usize = 400;

#[derive(Clone, Copy, Debug)]
enum Job {
    Seal,
    OpenInPlace,
    OpenInto,
}

fn main() {
    println!("{}", openssl::version::version());
    for suite in SUITES {
        for job in [Job::Seal, Job::OpenInPlace, Job::OpenInto] {
            println!("{suite:?} {job:?}\n  bytes  aws-lc-rs    openssl  ratio");
            for size in SIZES {
                let mut aws_lc_rs = Worker::new(aws_lc_rs::RECORD_PROVIDER, suite, job, size);
                let mut openssl = Worker::new(RECORD_PROVIDER, suite, job, size);
                let (mut aws_lc_rs_times, mut openssl_times) = (Vec::new(), Vec::new());
                for _ in 0..TURNS {
                    aws_lc_rs_times.push(aws_lc_rs.turn());
                    openssl_times.push(openssl.turn());
                }
                let (aws_lc_rs_time, openssl_time) =
                    (median(aws_lc_rs_times), median(openssl_times));
                let ratio = openssl_time / aws_lc_rs_time;
                println!("{size:7} {aws_lc_rs_time:10.0} {openssl_time:10.0} {ratio:6.2}");
            }
        }
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// One library that seals or opens one record again and again.
struct Worker(Box<dyn FnMut()>);

impl Worker {
    fn new(provider: &dyn RecordProvider, suite: CipherSuite, job: Job, size: usize) -> Self {
        let algorithm = provider
            .algorithm(suite)
            .expect("both have every suite");
        let keys = TrafficKeys::new(&vec![7; algorithm.key_len()], &[8; 12]).expect("keys");
        let mut encrypter = algorithm
            .encrypter(&keys)
            .expect("an encrypter");
        let content = vec![9; size];
        let mut sealed = vec![0; encrypter.encrypted_payload_len(size)];
        let record = OutboundRecord::new(ContentType::ApplicationData, content[..].into());
        encrypter
            .encrypt_into(record, 0, &mut sealed)
            .expect("a record");
        let payload_len = u16::try_from(sealed.len()).expect("a record's length");
        let header = RecordHeader::new(ContentType::ApplicationData.into(), payload_len);
        let mut decrypter = algorithm
            .decrypter(&keys)
            .expect("a decrypter");
        let mut out = sealed.clone();
        Self(match job {
            Job::Seal => {
                let mut seq = 0;
                Box::new(move || {
                    let record =
                        OutboundRecord::new(ContentType::ApplicationData, content[..].into());
                    encrypter
                        .encrypt_into(record, seq, black_box(&mut out))
                        .expect("a record");
                    seq += 1;
                })
            }
            // The copy of the sealed record costs the same with both libraries.
            Job::OpenInPlace => Box::new(move || {
                out.copy_from_slice(&sealed);
                let opened = decrypter.decrypt_in_place(header, black_box(&mut out), 0);
                black_box(opened).expect("authentic");
            }),
            // Neither library changes the payload.
            Job::OpenInto => Box::new(move || {
                let opened = decrypter.decrypt_into(header, black_box(&mut sealed), 0, &mut out);
                black_box(opened).expect("authentic");
            }),
        })
    }

    /// Works for one turn, and returns the nanoseconds per record.
    fn turn(&mut self) -> f64 {
        // Fills the caches with the data of this library.
        (self.0)();
        let begin = Instant::now();
        let mut records = 0.0;
        while begin.elapsed() < TURN {
            for _ in 0..4 {
                (self.0)();
            }
            records += 4.0;
        }
        let nanoseconds = 1e9 * begin.elapsed().as_secs_f64();
        nanoseconds / records
    }
}
