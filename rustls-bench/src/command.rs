//! Runs the commands.

use std::error::Error;
use std::io::{self, Write};

use crate::args::{Args, Bulk, Command, Memory, Suite};
use crate::bench_result::BenchResult;
use crate::direction::Direction;
use crate::handshake_configs::HandshakeMode;
use crate::job::Job;
use crate::output::Output;
use crate::transfer_result::TransferResult;
use crate::{
    bulk, handshake, memory, progress, report, scaling, small_writes, transfer_table, warnings,
};

/// Runs `command`, and adds its results to the output.
pub(crate) fn run(
    args: &Args,
    command: &Command,
    output: &mut Output,
) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Bulk(bulk) => records(args, &bulk_jobs(args, bulk), transfer_table::print, output),
        Command::Small(suite) => records(
            args,
            &small_writes::jobs(args, suite),
            transfer_table::print,
            output,
        ),
        Command::Scaling(suite) => {
            records(args, &[scaling::job(args, suite)], scaling::print, output)
        }
        Command::Handshake(suite) => handshakes(args, suite, HandshakeMode::Full, output),
        Command::HandshakeResume(suite) => handshakes(args, suite, HandshakeMode::Resume, output),
        Command::HandshakeTicket(suite) => handshakes(args, suite, HandshakeMode::Ticket, output),
        Command::Memory(memory) => idle(args, memory, output),
        Command::All => all(args, output),
        Command::Report(report) => report::run(args, report, output),
        Command::ListSuites => {
            for name in args.provider.suites() {
                writeln!(output.tables, "{name}")?;
            }
            Ok(())
        }
    }
}

fn records(
    args: &Args,
    jobs: &[Job],
    print: fn(&[TransferResult], &mut dyn Write) -> io::Result<()>,
    output: &mut Output,
) -> Result<(), Box<dyn Error>> {
    let progress = progress::bar(jobs.len(), args.rounds());
    let results = bulk::run(args, jobs, &progress);
    progress.finish_and_clear();
    output.add(&results, BenchResult::Bulk);
    print(&results, &mut output.tables)?;
    warnings::warn(&results);
    Ok(())
}

fn handshakes(
    args: &Args,
    suite: &Suite,
    kind: HandshakeMode,
    output: &mut Output,
) -> Result<(), Box<dyn Error>> {
    let progress = progress::bar(handshake::ROUNDS_FACTOR, args.rounds());
    let results = handshake::run(args, suite, kind, &progress);
    progress.finish_and_clear();
    output.add(&results, BenchResult::Handshake);
    Ok(handshake::print(&results, &mut output.tables)?)
}

fn idle(args: &Args, memory: &Memory, output: &mut Output) -> Result<(), Box<dyn Error>> {
    let progress = progress::bar(1, args.rounds());
    let results = memory::run(args, memory, &progress);
    progress.finish_and_clear();
    output.add(&results, BenchResult::Memory);
    Ok(memory::print(&results, &mut output.tables)?)
}

fn bulk_jobs(args: &Args, bulk: &Bulk) -> Vec<Job> {
    let threads = args.threads.unwrap_or(1);
    bulk.directions
        .iter()
        .map(|direction| Job {
            max_fragment: bulk.max_fragment,
            threads: threads..=threads,
            ..Job::new(
                args.provider,
                &bulk.suite.name,
                *direction,
                bulk.plaintext_size,
            )
        })
        .collect()
}

/// `all` measures this fraction of the time that each command measures by itself.
const SHORTER: f64 = 0.1;

/// The suite of the commands that `all` runs for one suite only. All providers have it.
const ONE_SUITE: &str = "TLS13_AES_128_GCM_SHA256";

/// Runs `bulk` for every suite, and the other commands for one.
fn all(args: &Args, output: &mut Output) -> Result<(), Box<dyn Error>> {
    let shorter = Args {
        multiplier: args.multiplier * SHORTER,
        ..args.clone()
    };
    let one = || Suite {
        name: ONE_SUITE.into(),
    };
    let bulk = args
        .provider
        .suites()
        .into_iter()
        .map(|name| {
            Command::Bulk(Bulk {
                suite: Suite { name },
                plaintext_size: 16_384,
                max_fragment: None,
                directions: Direction::ALL.into(),
            })
        });
    let others = [
        Command::Small(one()),
        Command::Scaling(one()),
        Command::Handshake(one()),
        Command::HandshakeResume(one()),
        Command::HandshakeTicket(one()),
        Command::Memory(Memory {
            suite: one(),
            count: 100,
        }),
    ];
    for (i, command) in bulk.chain(others).enumerate() {
        if i > 0 {
            writeln!(output.tables)?;
        }
        run(&shorter, &command, output)?;
    }
    Ok(())
}
