//! Sending by several threads at once, and how much more that is than by one.

use std::io::{self, Write};

use crate::args::{Args, Suite};
use crate::direction::Direction;
use crate::environment;
use crate::job::Job;
use crate::table::Table;
use crate::transfer_result::TransferResult;

/// A record's worth: what moves most memory for each call.
const PLAINTEXT_SIZE: u32 = 16_384;

/// From one thread up to as many as was said, or as there are processors. All are measured in turn.
pub(crate) fn job(args: &Args, suite: &Suite) -> Job {
    Job {
        threads: 1..=args
            .threads
            .unwrap_or_else(environment::cores),
        ..Job::new(args.provider, &suite.name, Direction::Send, PLAINTEXT_SIZE)
    }
}

/// How many times as much the threads of `result` do as the one thread in `results` does with the same library.
pub(crate) fn speedup(result: &TransferResult, results: &[TransferResult]) -> f64 {
    let one = results
        .iter()
        .find(|one| one.lib == result.lib && one.threads == 1)
        .expect("it was measured as well");
    result.mb_per_s / one.mb_per_s
}

pub(crate) fn print(results: &[TransferResult], to: &mut dyn Write) -> io::Result<()> {
    let first = &results[0];
    writeln!(
        to,
        "{} ({}) by {}, sending {} bytes to a write, {} samples",
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
