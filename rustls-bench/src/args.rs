//! The command line.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use time::Date;

use crate::argument_values::{
    connections, date, max_fragment, multiplier, plaintext_size, threads,
};
use crate::direction::Direction;
use crate::library::Library;
use crate::provider::Provider;

/// Measures TLS libraries side by side, in one run
#[derive(Clone, Debug, Parser)]
#[command(
    name = "rustls-bench",
    version,
    max_term_width = 100,
    after_help = "rustls-0.24, openssl, boringssl and s2n need a build with the feature peer-NAME, and direct-openssl needs \
                  one with peer-openssl."
)]
pub(crate) struct Args {
    /// The API of rustls to measure
    #[arg(long, global = true, value_enum, default_value_t = Api::Unbuffered)]
    pub(crate) api: Api,

    /// Libraries to measure; `raw`, the bare AEAD call, is always measured
    ///
    /// `report` always measures direct, direct-streamed and rustls-0.23 as well.
    #[arg(
        long = "lib",
        global = true,
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        default_value = "direct,rustls-0.23,raw"
    )]
    pub(crate) libs: Vec<Library>,

    /// The cryptography library of `raw`, direct and rustls
    #[arg(long, global = true, value_enum, default_value_t = Provider::AwsLcRs)]
    pub(crate) provider: Provider,

    /// Also writes the results to this file; `-` is standard output, and moves the tables to standard error
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Number of threads, each with its own connection; for `scaling` and `report`, the largest number
    ///
    /// The default is 1 for `bulk` and `small`, and the number of processors for `scaling` and `report`.
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Measures this many times as long, from 0.001 to 10000
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
    /// Measures sending and receiving writes of one size after a handshake
    Bulk(Bulk),
    /// Measures writes of 16, 64, 256, 1024, 1350 and 4096 bytes
    Small(Suite),
    /// Measures sending with 1 to N threads
    Scaling(Suite),
    /// Measures full handshakes, client and server separately
    Handshake(Suite),
    /// Measures handshakes that resume a session from the server's memory
    HandshakeResume(Suite),
    /// Measures handshakes that resume a session from a ticket
    HandshakeTicket(Suite),
    /// Measures the memory of an idle connection, client and server separately
    Memory(Memory),
    /// Runs the commands above, a tenth as long: `bulk` for every suite, the others for one
    All,
    /// Measures everything that is claimed about rustls-direct, and writes a page with pictures
    ///
    /// The page is benchmarks.md, the pictures are throughput.svg and overhead.svg, and benchmarks.json has the
    /// results.
    Report(Report),
    /// Lists the cipher suites of the provider
    ListSuites,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Suite {
    /// A cipher suite from `list-suites`, in upper or lower case
    #[arg(value_name = "SUITE")]
    pub(crate) name: String,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Memory {
    #[command(flatten)]
    pub(crate) suite: Suite,

    /// Number of connections, from 1 to 100000
    #[arg(default_value = "100", allow_negative_numbers = true, value_parser = connections)]
    pub(crate) count: usize,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Report {
    /// Adds the results of other libraries from files that `report --json` wrote in other builds
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) with: Vec<PathBuf>,

    /// Measures nothing, and renders the page and the pictures from a benchmarks.json that `report` saved
    #[arg(long, value_name = "FILE", conflicts_with_all = ["with", "date"])]
    pub(crate) from: Option<PathBuf>,

    /// The directory to write to; existing files are overwritten
    #[arg(long, value_name = "DIR", default_value = "docs")]
    pub(crate) out: PathBuf,

    /// The date on the page, as YEAR-MONTH-DAY; today by default
    #[arg(long, value_parser = date)]
    pub(crate) date: Option<Date>,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Bulk {
    #[command(flatten)]
    pub(crate) suite: Suite,

    /// Bytes per write, from 1 to 256M; K is 1024 bytes, M is 1024K
    #[arg(
        value_name = "SIZE",
        default_value = "1M",
        allow_negative_numbers = true,
        value_parser = plaintext_size
    )]
    pub(crate) plaintext_size: u32,

    /// Maximum bytes of a record before sealing, header included, from 32 to 16389 (the default)
    #[arg(value_name = "RECORD", allow_negative_numbers = true, value_parser = max_fragment)]
    pub(crate) max_fragment: Option<u16>,

    /// Directions to measure
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
    /// Parses the command line. Returns `None` after writing the help or the version to standard output.
    ///
    /// # Errors
    /// One line that says what is wrong with the command line.
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
                    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                        Err("no command given; `rustls-bench --help` lists the commands".into())
                    }
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

    /// Returns how many turns each library has.
    pub(crate) fn rounds(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rounds = (ROUNDS * self.multiplier).ceil() as usize;
        rounds.max(3)
    }
}

/// Turns of each library at a multiplier of 1.
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

/// Returns the global options that a command uses, as fields of [`Args`].
///
/// The command refuses the others, and its help hides them.
fn used_options(command: &str) -> &'static [&'static str] {
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

/// Returns the command line for clap. The help of a command hides the global options that it does not use.
fn command() -> clap::Command {
    let mut command = Args::command();
    // Copies the global options to the commands.
    command.build();
    command.mut_subcommands(|command| {
        let used = used_options(command.get_name());
        command.mut_args(|arg| {
            let is_unused = arg.is_global_set() && !used.contains(&arg.get_id().as_str());
            let is_hidden = arg.is_hide_set();
            arg.hide(is_hidden || is_unused)
        })
    })
}

/// Refuses a global option on the command line that the command does not use.
fn refuse_unused(command: &clap::Command, matches: &ArgMatches) -> Result<(), String> {
    let Some((name, given)) = matches.subcommand() else {
        return Ok(());
    };
    let (variant, used) = match name {
        "report" if given.contains_id("from") => ("report --from", &[][..]),
        _ => (name, used_options(name)),
    };
    let unused = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .filter(|arg| !used.contains(&arg.get_id().as_str()))
        .find(|arg| given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine));
    match unused.and_then(clap::Arg::get_long) {
        None => Ok(()),
        Some(option) => Err(format!(
            "'{variant}' does not use '--{option}'; `rustls-bench {name} --help` lists its options"
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
                "a write would make {records} records; the maximum is {MAX_RECORDS_PER_WRITE}"
            ));
        }
        let ignores_size = libs
            .iter()
            .find(|lib| lib.makes_largest_records());
        match (ignores_size, self.max_fragment) {
            (Some(lib), Some(_)) => Err(format!(
                "'{}' always makes the largest records: omit RECORD, or remove '{0}' from --lib",
                lib.name()
            )),
            _ => Ok(()),
        }
    }
}

/// Keeps a few writes below the 2^24 records that an AES-GCM key may seal.
const MAX_RECORDS_PER_WRITE: u32 = 1 << 21;

/// Returns clap's message as one line, without the usage.
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
