//! Measures rustls-direct, rustls and the bare AEAD calls side by side, in one run.

mod args;
mod argument_values;
mod bench_result;
mod bulk;
mod byte_size;
mod command;
mod counting_sink;
mod direction;
mod endpoint;
mod environment;
mod handshake;
mod handshake_configs;
mod handshake_pair;
mod job;
mod kernel_conversion;
mod library;
mod library_client;
mod memory;
mod messages;
mod minimal_takeover;
mod other_libraries;
mod output;
mod page_faults;
mod progress;
mod provider;
mod raw_check;
mod raw_client;
mod report;
mod rustls_server;
mod samples;
mod scaling;
mod session;
mod small_writes;
mod split_client;
mod stack_depth;
mod streamed_client;
mod table;
mod transfer;
mod transfer_result;
mod transfer_table;
mod transfer_timing;
mod transit_buffer;
mod unbuffered_client;
mod warnings;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use args::Args;
use messages::print_to_stderr;
use output::Output;
#[cfg(feature = "jemalloc")]
use {malloc_counter::CountingAllocator, tikv_jemallocator::Jemalloc};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: CountingAllocator<Jemalloc> = CountingAllocator(Jemalloc);

fn main() -> ExitCode {
    let Err(err) = run() else {
        return ExitCode::SUCCESS;
    };
    // An I/O error without a file name comes from standard output: `file_error` adds the name to all others.
    match err.downcast_ref::<io::Error>() {
        // The reader has closed its end of the pipe.
        Some(err) if err.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Some(err) => print_to_stderr(&format!("error: standard output: {err}")),
        None => print_to_stderr(&format!("error: {err}")),
    }
    ExitCode::from(2)
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(args) = Args::parse()? else {
        return Ok(());
    };
    let mut output = Output::open(args.json.as_deref())?;
    let result = command::run(&args, &args.command, &mut output);
    // After a failure, the results so far are still written.
    let written = output.finish();
    result.and(written)
}
