//! The command line.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use time::Date;
use time::macros::format_description;

use crate::library::Lib;
use crate::measurement::Direction;
use crate::provider::Provider;

/// Measures TLS libraries side by side, in one run
#[derive(Clone, Debug, Parser)]
#[command(
    name = "rustls-bench",
    version,
    after_help = "rustls-0.24, openssl, boringssl and s2n are there if the feature peer-NAME was on when this was built."
)]
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

    /// The cryptography library under `raw` and rustls
    #[arg(long, value_enum, default_value_t = Provider::AwsLcRs)]
    pub(crate) provider: Provider,

    /// Writes the results to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Threads that work at once, each with a connection; for `scaling`, the most of them
    ///
    /// One for `bulk` and `small`, as many as there are processors for `scaling`, unless it is said.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads)]
    pub(crate) threads: Option<usize>,

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

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Measures sending and receiving much data after a handshake
    Bulk(Bulk),
    /// Measures writes of 16, 64, 256, 1024, 1350 and 4096 bytes
    Small(Suite),
    /// Measures sending with 1 to N threads
    Scaling(Suite),
    /// Measures full handshakes, each side apart
    Handshake(Suite),
    /// Measures handshakes that resume a session which the server remembers
    HandshakeResume(Suite),
    /// Measures handshakes that resume a session from a ticket
    HandshakeTicket(Suite),
    /// Measures the bytes that an idle connection holds, each side apart
    Memory(Memory),
    /// Runs all of these, a tenth as long: `bulk` for every suite, the others for one
    All,
    /// Measures what is claimed of this library, and writes a page and pictures of it
    ///
    /// The page is benchmarks.md, the pictures are throughput.svg and overhead.svg. `--provider` has no say in it.
    Report(Report),
    /// Lists the cipher suites of the provider
    ListSuites,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Suite {
    /// One of `list-suites`
    #[arg(value_name = "SUITE")]
    pub(crate) name: String,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Memory {
    #[command(flatten)]
    pub(crate) suite: Suite,

    /// Connections of each side, from 1 to 100000
    #[arg(default_value = "100", allow_negative_numbers = true, value_parser = connections)]
    pub(crate) count: usize,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Report {
    /// Results of other builds, with other libraries: what `report --json` has written there
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) with: Vec<PathBuf>,

    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "docs")]
    pub(crate) out: PathBuf,

    /// The date to show, if not that of today: YEAR-MONTH-DAY
    #[arg(long, value_parser = date)]
    pub(crate) date: Option<Date>,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Bulk {
    #[command(flatten)]
    pub(crate) suite: Suite,

    /// Bytes of each write, from 1 to 268435456
    #[arg(default_value = "1048576", allow_negative_numbers = true, value_parser = plaintext_size)]
    pub(crate) plaintext_size: u32,

    /// Bytes of a record with its header, before it is protected, from 32 to 16389
    #[arg(allow_negative_numbers = true, value_parser = max_fragment)]
    pub(crate) max_fragment: Option<u16>,

    /// Which way the data goes
    #[arg(
        long = "direction",
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        default_value = "send,recv,into"
    )]
    pub(crate) directions: Vec<Direction>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Api {
    Unbuffered,
}

impl Args {
    /// Reads the command line. What is wrong with it is said in one line, with exit status 2.
    pub(crate) fn parse() -> Result<Self, ExitCode> {
        let args = Self::try_parse().map_err(|err| match err.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                print!("{err}");
                ExitCode::SUCCESS
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                usage_error("no command is given; `rustls-bench --help` lists those there are")
            }
            _ => usage_error(&one_line(&err.to_string())),
        })?;
        for lib in &args.libs {
            lib.check_that_it_is_there()
                .map_err(|err| usage_error(&err))?;
        }
        args.command
            .check(&args)
            .map_err(|err| usage_error(&err))?;
        Ok(args)
    }

    /// How many turns each library has.
    pub(crate) fn rounds(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rounds = (ROUNDS * self.multiplier).ceil() as usize;
        rounds.max(3)
    }
}

/// How many turns each library has at a multiplier of 1.
const ROUNDS: f64 = 40.0;

impl Command {
    /// Finds what is wrong although each argument alone is as it should be.
    fn check(&self, args: &Args) -> Result<(), String> {
        if let Some(suite) = self.suite() {
            args.provider.setup(&suite.name)?;
        }
        match self {
            Self::Bulk(bulk) => bulk.check(&args.libs),
            _ => Ok(()),
        }
    }

    fn suite(&self) -> Option<&Suite> {
        match self {
            Self::Bulk(Bulk { suite, .. })
            | Self::Memory(Memory { suite, .. })
            | Self::Small(suite)
            | Self::Scaling(suite)
            | Self::Handshake(suite)
            | Self::HandshakeResume(suite)
            | Self::HandshakeTicket(suite) => Some(suite),
            Self::All | Self::Report(_) | Self::ListSuites => None,
        }
    }
}

impl Bulk {
    fn check(&self, libs: &[Lib]) -> Result<(), String> {
        let max_content = u32::from(self.max_fragment.unwrap_or(16_389)) - 5;
        let records = self
            .plaintext_size
            .div_ceil(max_content);
        if records > MAX_RECORDS_PER_WRITE {
            return Err(format!(
                "a write makes {records} records, {MAX_RECORDS_PER_WRITE} are the most"
            ));
        }
        let stubborn = libs
            .iter()
            .find(|lib| lib.makes_largest_records());
        match (stubborn, self.max_fragment) {
            (Some(lib), Some(_)) => Err(format!(
                "'{}' always makes the largest records: leave out the bytes of a record, or '{0}'",
                lib.name()
            )),
            _ => Ok(()),
        }
    }
}

/// So that a few writes stay below the 2^24 records that a key of AES-GCM may seal.
const MAX_RECORDS_PER_WRITE: u32 = 1 << 21;

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
    within(text, 0.001..=10_000.0)
}

fn plaintext_size(text: &str) -> Result<u32, String> {
    within(text, 1..=1 << 28)
}

fn max_fragment(text: &str) -> Result<u16, String> {
    within(text, 32..=16_389)
}

fn threads(text: &str) -> Result<usize, String> {
    within(text, 1..=256)
}

fn connections(text: &str) -> Result<usize, String> {
    within(text, 1..=100_000)
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "a date like 2026-01-31 is expected".into())
}

fn within<T>(text: &str, range: RangeInclusive<T>) -> Result<T, String>
where
    T: Copy + Display + FromStr + PartialOrd,
{
    text.parse()
        .ok()
        .filter(|value| range.contains(value))
        .ok_or_else(|| {
            let (start, end) = (range.start(), range.end());
            format!("a number from {start} to {end} is expected")
        })
}
