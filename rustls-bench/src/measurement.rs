//! What was measured, and how it is shown.

use std::time::Duration;

use rustls_direct_tests::Setup;
use serde::Serialize;

use crate::args::{Args, Bulk, Lib};
use crate::peer;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Send,
    Recv,
}

/// Of one library in one direction.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    ns_per_write: Vec<f64>,
    pub(crate) allocations_per_record: Option<f64>,
    pub(crate) extra_tls_bytes: usize,
}

impl Samples {
    pub(crate) fn push(&mut self, time: Duration, writes: usize) {
        self.ns_per_write
            .push(time.as_nanos() as f64 / writes as f64);
    }

    pub(crate) fn median_ns_per_write(&self) -> f64 {
        let mut sorted = self.ns_per_write.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() % 2 {
            1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
        }
    }
}

/// A line of the table, and an object of the JSON file.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    lib: &'static str,
    api: &'static str,
    provider: &'static str,
    /// The provider, or what the library has instead.
    cryptography: &'static str,
    protocol: &'static str,
    suite: String,
    plaintext_size: u32,
    max_fragment_size: Option<u16>,
    threads: usize,
    allocator: &'static str,
    direction: Direction,
    samples: usize,
    median_ns_per_write: f64,
    mb_per_s: f64,
    ratio_to_raw: f64,
    allocations_per_record: Option<f64>,
    /// Of each write that is sent, because of smaller records.
    extra_tls_bytes: usize,
    /// Where received bytes are in the end.
    plaintext: Option<&'static str>,
}

impl Measurement {
    pub(crate) fn new(
        args: &Args,
        bulk: &Bulk,
        setup: &Setup,
        lib: Lib,
        direction: Direction,
        samples: &Samples,
        raw_ns_per_write: f64,
    ) -> Self {
        let median_ns_per_write = samples.median_ns_per_write();
        Self {
            lib: lib.name(),
            api: lib.api(),
            provider: args.provider.name(),
            cryptography: peer::own_cryptography(lib).unwrap_or(args.provider.name()),
            protocol: match setup.is_tls13() {
                true => "TLSv1.3",
                false => "TLSv1.2",
            },
            suite: bulk.suite.clone(),
            plaintext_size: bulk.plaintext_size,
            max_fragment_size: bulk.max_fragment,
            threads: 1,
            allocator: "system",
            direction,
            samples: samples.ns_per_write.len(),
            median_ns_per_write,
            // Bytes to a nanosecond are GB to a second.
            mb_per_s: f64::from(bulk.plaintext_size) / median_ns_per_write * 1000.0,
            ratio_to_raw: raw_ns_per_write / median_ns_per_write,
            allocations_per_record: samples.allocations_per_record,
            extra_tls_bytes: samples.extra_tls_bytes,
            plaintext: match direction {
                Direction::Send => None,
                Direction::Recv => Some(lib.plaintext()),
            },
        }
    }

    /// Nothing that does more than the bare AEAD call can be much faster than it.
    ///
    /// With ChaCha20-Poly1305 it can, where sealing in place spares a block that the out-of-place call needs for the
    /// type byte.
    fn has_broken_baseline(&self) -> bool {
        self.lib == "direct" && self.suite.contains("GCM") && self.ratio_to_raw > 1.05
    }
}

pub(crate) fn print(results: &[Measurement]) {
    let Some(first) = results.first() else { return };
    println!(
        "{} ({}) by {}, {} bytes to a write, {} samples",
        first.suite, first.protocol, first.provider, first.plaintext_size, first.samples
    );
    let width = results
        .iter()
        .map(|result| result.lib.len())
        .fold(12, usize::max);
    println!(
        "{:<5} {:<width$} {:>10} {:>12} {:>8} {:>12}  plaintext",
        "", "", "MB/s", "ns/write", "of raw", "alloc/record"
    );
    for result in results {
        let direction = match result.direction {
            Direction::Send => "send",
            Direction::Recv => "recv",
        };
        let allocations = result
            .allocations_per_record
            .map_or("unknown".into(), |count| format!("{count:.2}"));
        let plaintext = result
            .plaintext
            .map_or(String::new(), |place| format!("  {place}"));
        println!(
            "{direction:<5} {:<width$} {:>10.1} {:>12.1} {:>8.3} {allocations:>12}{plaintext}",
            result.lib, result.mb_per_s, result.median_ns_per_write, result.ratio_to_raw
        );
    }
    for result in results
        .iter()
        .filter(|result| result.direction == Direction::Send)
        .filter(|result| result.cryptography != result.provider)
    {
        println!("{} is over {}", result.lib, result.cryptography);
    }
    for result in results
        .iter()
        .filter(|result| result.extra_tls_bytes > 0)
    {
        println!(
            "{} makes {} bytes more of a write than the others, in smaller records",
            result.lib, result.extra_tls_bytes
        );
    }
    for result in results
        .iter()
        .filter(|result| result.has_broken_baseline())
    {
        eprintln!(
            "warning: broken baseline: {:?} of direct is {:.3} times as fast as the bare AEAD call",
            result.direction, result.ratio_to_raw
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(ns_per_write: &[u64]) -> Samples {
        let mut samples = Samples::default();
        for ns in ns_per_write {
            samples.push(Duration::from_nanos(ns * 10), 10);
        }
        samples
    }

    #[test]
    fn a_median_does_not_mind_one_slow_slice() {
        assert_eq!(samples(&[9, 1, 1000]).median_ns_per_write(), 9.0);
        assert_eq!(samples(&[9, 1, 1000, 3]).median_ns_per_write(), 6.0);
    }

    #[test]
    fn a_baseline_is_broken_if_direct_is_much_faster_than_it() {
        use clap::Parser;

        let broken = |lib, suite: &str, ns, raw_ns| {
            let args = Args::try_parse_from(["rustls-bench", "bulk", suite]).expect("arguments");
            let crate::args::Command::Bulk(bulk) = &args.command else {
                panic!("not what was asked for");
            };
            let setup = args
                .provider
                .setup(suite)
                .expect("a suite");
            let samples = samples(&[ns]);
            Measurement::new(&args, bulk, &setup, lib, Direction::Send, &samples, raw_ns)
                .has_broken_baseline()
        };
        assert!(broken(Lib::Direct, "TLS13_AES_128_GCM_SHA256", 100, 106.0));
        assert!(!broken(Lib::Direct, "TLS13_AES_128_GCM_SHA256", 100, 104.0));
        assert!(!broken(Lib::Raw, "TLS13_AES_128_GCM_SHA256", 100, 106.0));
        let chacha20 = "TLS13_CHACHA20_POLY1305_SHA256";
        assert!(!broken(Lib::Direct, chacha20, 100, 140.0));
    }
}
