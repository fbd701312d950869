//! Sending by several threads at once, and how much more that is than by one.

use crate::args::{Args, Suite};
use crate::bulk::Job;
use crate::host;
use crate::measurement::{Direction, Measurement};

/// A record's worth: what moves most memory for each call.
const PLAINTEXT_SIZE: u32 = 16_384;

/// From one thread up to as many as was said, or as there are processors. All are measured in turn.
pub(crate) fn job(args: &Args, suite: &Suite) -> Job {
    Job {
        threads: 1..=args.threads.unwrap_or_else(host::cores),
        ..Job::new(args.provider, &suite.name, Direction::Send, PLAINTEXT_SIZE)
    }
}

/// How many times as much the threads of `result` do as the one thread in `results` does with the same library.
pub(crate) fn speedup(result: &Measurement, results: &[Measurement]) -> f64 {
    let one = results
        .iter()
        .find(|one| one.lib == result.lib && one.threads == 1)
        .expect("it was measured as well");
    result.mb_per_s / one.mb_per_s
}

pub(crate) fn print(results: &[Measurement]) {
    let first = &results[0];
    println!(
        "{} ({}) by {}, sending {} bytes to a write, {} samples",
        first.suite, first.protocol, first.provider, first.plaintext_size, first.samples
    );
    println!(
        "{:<7} {:<12} {:>10} {:>12} {:>8} {:>8}",
        "threads", "", "MB/s", "of 1 thread", "of raw", "10th pc"
    );
    for result in results {
        println!(
            "{:<7} {:<12} {:>10.1} {:>12.3} {:>8.3} {:>8.3}",
            result.threads,
            result.lib,
            result.mb_per_s,
            speedup(result, results),
            result.ratio_to_raw,
            result.percentile_10_ratio_to_raw,
        );
    }
}
