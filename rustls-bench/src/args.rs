//! The command line.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use time::Date;
use time::macros::format_description;

use crate::direction::Direction;
use crate::library::Library;
use crate::provider::Provider;

/// Measures TLS libraries side by side, in one run
#[derive(Clone, Debug, Parser)]
#[command(
    name = "rustls-bench",
    version,
    max_term_width = 100,
    after_help = "rustls-0.24, openssl, boringssl and s2n are there if the feature peer-NAME was on when this was built."
)]
pub(crate) struct Args {
    /// The API of rustls to measure
    #[arg(long, global = true, value_enum, default_value_t = Api::Unbuffered)]
    pub(crate) api: Api,

    /// What to measure; `raw`, the bare AEAD call, runs in any case
    #[arg(
        long = "lib",
        global = true,
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        default_value = "direct,rustls-0.23,raw"
    )]
    pub(crate) libs: Vec<Library>,

    /// The cryptography library under `raw` and rustls
    #[arg(long, global = true, value_enum, default_value_t = Provider::AwsLcRs)]
    pub(crate) provider: Provider,

    /// Writes the results to this file as well; with `-` to standard output, and the tables to standard error
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Threads that work at once, each with a connection; for `scaling`, the most of them
    ///
    /// The default is one for `bulk` and `small`, and the number of processors for `scaling`.
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// How many times as long to measure
    #[arg(
        long,
        global = true,
        value_name = "FACTOR",
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
    /// The page is benchmarks.md, the pictures are throughput.svg and overhead.svg.
    Report(Report),
    /// Lists the cipher suites of the provider
    ListSuites,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Suite {
    /// One of `list-suites`, in upper or lower case
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

    /// Measures nothing, and writes the page and the pictures of the results that `report` has saved in this file
    ///
    /// `report` saves its results as benchmarks.json.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["with", "date"])]
    pub(crate) from: Option<PathBuf>,

    /// Where to write; files that are there are overwritten
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

    /// Bytes of each write, from 1 to 256M; K is 1024 bytes, M is 1024K
    #[arg(
        value_name = "SIZE",
        default_value = "1M",
        allow_negative_numbers = true,
        value_parser = plaintext_size
    )]
    pub(crate) plaintext_size: u32,

    /// Bytes of a record with its header, before it is protected, from 32 to 16389
    #[arg(value_name = "RECORD", allow_negative_numbers = true, value_parser = max_fragment)]
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
    /// Reads the command line. Returns nothing if it asks for help, which is written to standard output.
    ///
    /// # Errors
    /// The one line that says what is wrong with it.
    pub(crate) fn parse() -> Result<Option<Self>, Box<dyn Error>> {
        let mut command = command();
        let matches = match command.try_get_matches_from_mut(std::env::args_os()) {
            Ok(matches) => matches,
            Err(err) => {
                return match err.kind() {
                    ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                        write!(io::stdout(), "{err}")?;
                        Ok(None)
                    }
                    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Err(
                        "no command is given; `rustls-bench --help` lists those there are".into(),
                    ),
                    _ => Err(one_line(&err.to_string()).into()),
                };
            }
        };
        refuse_unused(&command, &matches)?;
        let mut args = Self::from_arg_matches(&matches)?;
        for lib in &args.libs {
            lib.check_available()?;
        }
        if let Some(suite) = args.command.suite_mut() {
            suite.name = args.provider.suite(&suite.name)?;
        }
        if let Command::Bulk(bulk) = &args.command {
            bulk.check(&args.libs)?;
        }
        Ok(Some(args))
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
    fn suite_mut(&mut self) -> Option<&mut Suite> {
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

/// The general options that a command uses, by the fields of `Args`. It refuses the others, and its help leaves them
/// out.
fn uses(command: &str) -> &'static [&'static str] {
    match command {
        "bulk" | "small" | "scaling" | "all" => {
            &["api", "libs", "provider", "json", "threads", "multiplier"]
        }
        "handshake" | "handshake-resume" | "handshake-ticket" => {
            &["api", "provider", "json", "multiplier"]
        }
        "memory" => &["api", "provider", "json"],
        "report" => &["api", "libs", "json", "threads", "multiplier"],
        "list-suites" => &["provider"],
        _ => &[],
    }
}

/// The command line that clap reads.
fn command() -> clap::Command {
    let mut command = Args::command();
    // Only now do the commands have the general options.
    command.build();
    command.mut_subcommands(|command| {
        let uses = uses(command.get_name());
        command.mut_args(|arg| {
            let is_unused = arg.is_global_set() && !uses.contains(&arg.get_id().as_str());
            let is_hidden = arg.is_hide_set();
            arg.hide(is_hidden || is_unused)
        })
    })
}

/// Refuses a general option that was typed although the command does not use it.
fn refuse_unused(command: &clap::Command, matches: &ArgMatches) -> Result<(), String> {
    let Some((name, given)) = matches.subcommand() else {
        return Ok(());
    };
    let (name, uses) = match name {
        "report" if given.contains_id("from") => ("report --from", &[][..]),
        _ => (name, uses(name)),
    };
    let unused = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .filter(|arg| !uses.contains(&arg.get_id().as_str()))
        .find(|arg| given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine));
    match unused.and_then(clap::Arg::get_long) {
        None => Ok(()),
        Some(option) => Err(format!(
            "'{name}' does not use '--{option}'; `rustls-bench {name} --help` lists its options"
        )),
    }
}

impl Bulk {
    fn check(&self, libs: &[Library]) -> Result<(), String> {
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
        .replace(" tip: ", "; ")
        .trim_start_matches("error: ")
        .to_owned()
}

fn multiplier(text: &str) -> Result<f64, String> {
    within(text, 0.001..=10_000.0)
}

fn plaintext_size(text: &str) -> Result<u32, String> {
    within(&in_bytes(text), 1..=1 << 28)
}

fn max_fragment(text: &str) -> Result<u16, String> {
    within(&in_bytes(text), 32..=16_389)
}

/// The number of bytes that a size like `16K` stands for. Any other text stays as it is.
fn in_bytes(text: &str) -> String {
    let factor = match text.chars().last() {
        Some('k' | 'K') => 1 << 10,
        Some('m' | 'M') => 1 << 20,
        _ => return text.into(),
    };
    text[..text.len() - 1]
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(factor))
        .map_or(text.into(), |bytes| bytes.to_string())
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
