//! Sending by several threads at once, and the speedup over one thread.

use std::io::{self, Write};

use crate::args::{Args, Suite};
use crate::direction::Direction;
use crate::environment;
use crate::job::Job;
use crate::table::Table;
use crate::transfer_result::TransferResult;

/// One full record: the size that moves the most memory per call.
const PLAINTEXT_SIZE: u32 = 16_384;

/// Returns a job for every number of threads from 1 to `--threads`, or else to the number of processors.
///
/// All of them are measured in turn.
pub(crate) fn job(args: &Args, suite: &Suite) -> Job {
    Job {
        threads: 1..=args
            .threads
            .unwrap_or_else(environment::processors),
        ..Job::new(args.provider, &suite.name, Direction::Send, PLAINTEXT_SIZE)
    }
}

/// Returns the throughput of `result` as a multiple of the same library's throughput with one thread in `results`.
pub(crate) fn speedup(result: &TransferResult, results: &[TransferResult]) -> f64 {
    let one = results
        .iter()
        .find(|one| one.lib == result.lib && one.threads == 1)
        .expect("one thread is always measured");
    result.mb_per_s / one.mb_per_s
}

/// Prints the results as a table.
pub(crate) fn print(results: &[TransferResult], to: &mut dyn Write) -> io::Result<()> {
    let first = &results[0];
    writeln!(
        to,
        "{} ({}) by {}, sending {} bytes per write, {} samples",
        first.suite, first.protocol, first.provider, first.plaintext_size, first.samples
    )?;
    let mut table = Table::new(["threads", "", "MB/s", "of 1 thread", "of raw", "10th pc"]);
    for result in results {
        table.row([
            result.threads.to_string(),
            result.lib.clone(),
            format!("{:.1}", result.mb_per_s),
            format!("{:.3}", speedup(result, results)),
            format!("{:.3}", result.ratio_to_raw),
            format!("{:.3}", result.percentile_10_ratio_to_raw),
        ]);
    }
    write!(to, "{}", table.aligned())
}
