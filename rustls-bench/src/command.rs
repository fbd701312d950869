//! What each command does.

use std::error::Error;

use crate::args::{Args, Bulk, Command, Memory, Suite};
use crate::bulk::Job;
use crate::configs::Kind;
use crate::finding::Finding;
use crate::measurement::Direction;
use crate::{bulk, handshake, measurement, memory, progress, report, scaling, small};

/// Measures what `command` says, prints it, and returns it.
pub(crate) fn run(args: &Args, command: &Command) -> Result<Vec<Finding>, Box<dyn Error>> {
    match command {
        Command::Bulk(bulk) => records(args, &bulk_jobs(args, bulk), measurement::print),
        Command::Small(suite) => records(args, &small::jobs(args, suite), measurement::print),
        Command::Scaling(suite) => records(args, &[scaling::job(args, suite)], scaling::print),
        Command::Handshake(suite) => handshakes(args, suite, Kind::Full),
        Command::HandshakeResume(suite) => handshakes(args, suite, Kind::Resume),
        Command::HandshakeTicket(suite) => handshakes(args, suite, Kind::Ticket),
        Command::Memory(memory) => idle(args, memory),
        Command::All => all(args),
        Command::Report(report) => report::run(args, report),
        Command::ListSuites => {
            for name in args.provider.suites() {
                println!("{name}");
            }
            Ok(Vec::new())
        }
    }
}

fn records(
    args: &Args,
    jobs: &[Job],
    print: fn(&[measurement::Measurement]),
) -> Result<Vec<Finding>, Box<dyn Error>> {
    let progress = progress::bar(jobs.len(), args.rounds());
    let results = bulk::run(args, jobs, &progress)?;
    progress.finish_and_clear();
    print(&results);
    measurement::warn(&results);
    Ok(results
        .into_iter()
        .map(Finding::Bulk)
        .collect())
}

fn handshakes(args: &Args, suite: &Suite, kind: Kind) -> Result<Vec<Finding>, Box<dyn Error>> {
    let progress = progress::bar(handshake::TURNS, args.rounds());
    let results = handshake::run(args, suite, kind, &progress)?;
    progress.finish_and_clear();
    handshake::print(&results);
    Ok(results
        .into_iter()
        .map(Finding::Handshake)
        .collect())
}

fn idle(args: &Args, memory: &Memory) -> Result<Vec<Finding>, Box<dyn Error>> {
    let progress = progress::bar(1, args.rounds());
    let results = memory::run(args, memory, &progress)?;
    progress.finish_and_clear();
    memory::print(&results);
    Ok(results
        .into_iter()
        .map(Finding::Memory)
        .collect())
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

/// How much shorter `all` measures than each command by itself.
const SHORTER: f64 = 0.1;

/// The suite for what does not depend on it, which all providers have.
const ANY_SUITE: &str = "TLS13_AES_128_GCM_SHA256";

/// `bulk` for every suite, and every other command for one.
fn all(args: &Args) -> Result<Vec<Finding>, Box<dyn Error>> {
    let shorter = Args {
        multiplier: args.multiplier * SHORTER,
        ..args.clone()
    };
    let one = || Suite {
        name: ANY_SUITE.into(),
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
    let mut findings = Vec::new();
    for (i, command) in bulk.chain(others).enumerate() {
        if i > 0 {
            println!();
        }
        findings.extend(run(&shorter, &command)?);
    }
    Ok(findings)
}
