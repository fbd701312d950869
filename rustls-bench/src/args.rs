//! The command line.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use rustls_direct_tests::{Setup, setups};

/// Measures TLS libraries side by side, in one run
#[derive(Debug, Parser)]
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

    /// Bytes of each write, from 1 to 268435456
    #[arg(default_value = "1048576", allow_negative_numbers = true, value_parser = plaintext_size)]
    pub(crate) plaintext_size: u32,

    /// Bytes of a record with its header, before it is protected, from 32 to 16389
    #[arg(allow_negative_numbers = true, value_parser = max_fragment)]
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
    #[value(name = "rustls-0.23-buffered")]
    Rustls023Buffered,
    #[value(name = "rustls-0.24")]
    Rustls024,
    Openssl,
    Boringssl,
    S2n,
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
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                usage_error("no command is given; `rustls-bench --help` lists those there are")
            }
            _ => usage_error(&one_line(&err.to_string())),
        })?;
        for lib in &args.libs {
            lib.check_that_it_is_there()
                .map_err(|err| usage_error(&err))?;
        }
        if let Command::Bulk(bulk) = &args.command {
            args.provider
                .setup(&bulk.suite)
                .map_err(|err| usage_error(&err))?;
            let max_content = u32::from(bulk.max_fragment.unwrap_or(16_389)) - 5;
            let records = bulk
                .plaintext_size
                .div_ceil(max_content);
            if records > MAX_RECORDS_PER_WRITE {
                return Err(usage_error(&format!(
                    "a write makes {records} records, {MAX_RECORDS_PER_WRITE} are the most"
                )));
            }
            let stubborn = args
                .libs
                .iter()
                .find(|lib| lib.makes_largest_records());
            if let (Some(lib), Some(_)) = (stubborn, bulk.max_fragment) {
                return Err(usage_error(&format!(
                    "'{}' always makes the largest records: leave out the bytes of a record, or '{0}'",
                    lib.name()
                )));
            }
        }
        Ok(args)
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
            Self::Rustls023Buffered => "rustls-0.23-buffered",
            Self::Rustls024 => "rustls-0.24",
            Self::Openssl => "openssl",
            Self::Boringssl => "boringssl",
            Self::S2n => "s2n",
            Self::Raw => "raw",
        }
    }

    /// Whether it is not told how large a record may be.
    fn makes_largest_records(self) -> bool {
        matches!(self, Self::Openssl | Self::Boringssl | Self::S2n)
    }

    /// Fails if this program was built without the library.
    fn check_that_it_is_there(self) -> Result<(), String> {
        let (feature, is_on) = match self {
            Self::Rustls024 => ("peer-rustls-0.24", cfg!(feature = "peer-rustls-0.24")),
            Self::Openssl => ("peer-openssl", cfg!(feature = "peer-openssl")),
            Self::Boringssl => ("peer-boringssl", cfg!(feature = "peer-boringssl")),
            Self::S2n => ("peer-s2n", cfg!(feature = "peer-s2n")),
            Self::Direct | Self::Rustls023 | Self::Rustls023Buffered | Self::Raw => return Ok(()),
        };
        match is_on {
            true => Ok(()),
            false => Err(format!(
                "'{}' was not compiled in; build with `--features {feature}` to have it",
                self.name()
            )),
        }
    }
}
