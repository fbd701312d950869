//! Measures rustls-direct beside rustls and the bare AEAD, in one run.

mod args;
mod bulk;
mod library;
mod measurement;
mod peer;
mod subject;

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("error: {err}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    match &args.command {
        Command::ListSuites => {
            for setup in args.provider.setups() {
                println!("{:?}", setup.id());
            }
            Ok(())
        }
        Command::Bulk(bulk) => {
            // Before the work, so that a path that can not be written costs none.
            let json = match &args.json {
                Some(path) => {
                    Some(File::create(path).map_err(|err| format!("{}: {err}", path.display()))?)
                }
                None => None,
            };
            let results = bulk::run(args, bulk)?;
            measurement::print(&results);
            if let Some(file) = json {
                serde_json::to_writer_pretty(file, &results)?;
            }
            Ok(())
        }
    }
}
