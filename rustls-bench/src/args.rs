//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use rustls_direct_tests::{Setup, setups};

/// Measures TLS libraries side by side, in one run
#[derive(Debug, Parser)]
#[command(name = "rustls-bench", version)]
pub(crate) struct Args {
    /// The API of rustls to measure
    #[arg(long, value_enum, default_value_t = Api::Unbuffered)]
    pub(crate) api: Api,

    /// What to measure; `raw`, the bare AEAD call, runs in any case
    #[arg(
        long = "lib",
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        default_value = "direct,rustls-0.23,raw"
    )]
    pub(crate) libs: Vec<Lib>,

    /// The cryptography library under all of them
    #[arg(long, value_enum, default_value_t = Provider::AwsLcRs)]
    pub(crate) provider: Provider,

    /// Writes the results to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// How many times as long to measure
    #[arg(
        long,
        env = "BENCH_MULTIPLIER",
        default_value = "1",
        value_parser = multiplier
    )]
    pub(crate) multiplier: f64,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measures sending and receiving much data after a handshake
    Bulk(Bulk),
    /// Lists the cipher suites of the provider
    ListSuites,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bulk {
    /// One of `list-suites`
    pub(crate) suite: String,

    /// Bytes of each write, from 1 to 1073741824
    #[arg(
        default_value_t = 1 << 20,
        value_parser = clap::value_parser!(u32).range(1..=1 << 30)
    )]
    pub(crate) plaintext_size: u32,

    /// Bytes of a record with its header, before it is protected, from 32 to 16389
    #[arg(value_parser = clap::value_parser!(u16).range(32..=16389))]
    pub(crate) max_fragment: Option<u16>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Api {
    Unbuffered,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Lib {
    Direct,
    #[value(name = "rustls-0.23")]
    Rustls023,
    Raw,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Provider {
    AwsLcRs,
    Ring,
}

impl Args {
    /// Reads the command line. What is wrong with it is said in one line, with exit status 2.
    pub(crate) fn parse() -> Result<Self, ExitCode> {
        let args = Self::try_parse().map_err(|err| match err.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                print!("{err}");
                ExitCode::SUCCESS
            }
            _ => usage_error(&one_line(&err.to_string())),
        })?;
        if let Command::Bulk(bulk) = &args.command {
            args.provider
                .setup(&bulk.suite)
                .map_err(|err| usage_error(&err))?;
        }
        Ok(args)
    }
}

/// What clap says before it goes on about usage.
fn one_line(message: &str) -> String {
    message
        .lines()
        .take_while(|line| !line.starts_with("Usage:"))
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .collect::<Vec<_>>()
        .join(" ")
        .trim_start_matches("error: ")
        .to_owned()
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(2)
}

fn multiplier(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.001..=10_000.0).contains(&value) => Ok(value),
        _ => Err("a number from 0.001 to 10000 is expected".into()),
    }
}

impl Provider {
    pub(crate) fn setups(self) -> Vec<Setup> {
        setups()
            .into_iter()
            .filter(|setup| setup.library == self.name())
            .collect()
    }

    pub(crate) fn setup(self, suite: &str) -> Result<Setup, String> {
        self.setups()
            .into_iter()
            .find(|setup| format!("{:?}", setup.id()) == suite)
            .ok_or_else(|| {
                format!(
                    "unknown cipher suite '{suite}'; `rustls-bench --provider {} list-suites` lists those there are",
                    self.name()
                )
            })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AwsLcRs => "aws-lc-rs",
            Self::Ring => "ring",
        }
    }
}

impl Lib {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Rustls023 => "rustls-0.23",
            Self::Raw => "raw",
        }
    }
}
