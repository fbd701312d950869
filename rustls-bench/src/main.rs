//! Measures rustls-direct beside rustls and the bare AEAD, in one run.

mod args;
mod bulk;
mod command;
mod configs;
mod depth;
mod finding;
mod halves;
mod handshake;
mod host;
mod kernel;
mod library;
mod measurement;
mod memory;
mod page_faults;
mod pair;
mod peer;
mod progress;
mod provider;
mod report;
mod samples;
mod scaling;
mod sink;
mod small;
mod streamed;
mod subject;
mod tapped;
mod unbuffered;
mod wire;
mod work;

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;

use args::Args;
#[cfg(feature = "jemalloc")]
use {malloc_counter::Counting, tikv_jemallocator::Jemalloc};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: Counting<Jemalloc> = Counting(Jemalloc);

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("error: {err}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    // Before the work, so that a path that can not be written costs none.
    let json = match &args.json {
        Some(path) => Some(File::create(path).map_err(|err| format!("{}: {err}", path.display()))?),
        None => None,
    };
    let findings = command::run(args, &args.command)?;
    if let Some(file) = json {
        serde_json::to_writer_pretty(file, &findings)?;
    }
    Ok(())
}
