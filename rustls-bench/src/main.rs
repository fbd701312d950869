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
mod output;
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
mod table;
mod tapped;
mod unbuffered;
mod wire;
mod work;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use args::Args;
use output::{Output, complain};
#[cfg(feature = "jemalloc")]
use {malloc_counter::Counting, tikv_jemallocator::Jemalloc};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: Counting<Jemalloc> = Counting(Jemalloc);

fn main() -> ExitCode {
    let Err(err) = run() else {
        return ExitCode::SUCCESS;
    };
    // Only standard output has errors that name no file.
    match err.downcast_ref::<io::Error>() {
        // The reader has seen enough.
        Some(err) if err.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Some(err) => complain(&format!("error: standard output: {err}")),
        None => complain(&format!("error: {err}")),
    }
    ExitCode::from(2)
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(args) = Args::parse()? else {
        return Ok(());
    };
    let mut output = Output::open(args.json.as_deref())?;
    let result = command::run(&args, &args.command, &mut output);
    // Whatever has failed, what was found before is written.
    let written = output.finish();
    result.and(written)
}
