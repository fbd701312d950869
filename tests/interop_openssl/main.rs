//! What we seal, OpenSSL opens, and the other way round: a peer that shares no code with rustls.
//!
//! In both roles, with every library and, where it makes a difference, every suite. OpenSSL's side are its command line
//! tools, and where those can not do it, a small program around its library. Without an `openssl` to run, or without a C
//! compiler and OpenSSL's headers, the tests that need it are ignored; with `RUSTLS_DIRECT_REQUIRE_OPENSSL` set in the
//! environment they then fail.

mod bulk;
#[cfg(feature = "std")]
mod closure;
mod early_data;
#[cfg(feature = "std")]
mod exporters;
#[cfg(feature = "std")]
mod halves;
#[cfg(feature = "std")]
mod key_updates;
#[cfg(feature = "std")]
mod one_way;
mod openssl;
mod ours;
#[cfg(feature = "std")]
mod program;
mod resumption;
#[cfg(feature = "rustcrypto")]
mod rustcrypto;
#[cfg(feature = "std")]
mod server_name;
mod tools;
mod twice;

use std::env;
#[cfg(feature = "std")]
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
#[cfg(feature = "std")]
use program::Program;
#[cfg(feature = "std")]
use testing::setups;
use testing::{Role, Setup, every_way, pattern};

/// After this long without progress something hangs. No test depends on it but to say so.
const PATIENCE: Duration = Duration::from_secs(120);

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

fn main() {
    let args = Arguments::from_args();
    let mut trials = Trials::new();
    bulk::trials(&mut trials);
    early_data::trials(&mut trials);
    resumption::trials(&mut trials);
    #[cfg(feature = "rustcrypto")]
    rustcrypto::trials(&mut trials);
    #[cfg(feature = "std")]
    {
        closure::trials(&mut trials);
        exporters::trials(&mut trials);
        key_updates::trials(&mut trials);
        one_way::trials(&mut trials);
        server_name::trials(&mut trials);
    }
    let conclusion = libtest_mimic::run(&args, trials.list);
    // Not left to the end of the process, which drops nothing: the program is in a temporary directory.
    #[cfg(feature = "std")]
    drop(trials.program);
    conclusion.exit();
}

/// The tests, most of which are one of these for every library and suite.
struct Trials {
    list: Vec<Trial>,
    tools: Need<()>,
    #[cfg(feature = "std")]
    program: Need<Arc<Program>>,
}

/// What tests need, or why it is not there.
type Need<T> = std::result::Result<T, String>;

impl Trials {
    fn new() -> Self {
        Self {
            list: Vec::new(),
            tools: tools::version(),
            #[cfg(feature = "std")]
            program: Program::compile().map(Arc::new),
        }
    }

    /// One for us in `role`, with a library and a suite, if there is what it needs.
    fn add_needing<T: Send + 'static>(
        &mut self,
        need: Need<T>,
        what: &str,
        setup: &Setup,
        role: Role,
        test: impl FnOnce(T, &Setup, Role) -> Result<()> + Send + 'static,
    ) {
        let role_name = match role {
            Role::Client => "client",
            Role::Server => "server",
        };
        let name = format!("{what}::{}::{role_name}", setup.name().replace(' ', "::"));
        let ignore = need.is_err() && env::var_os("RUSTLS_DIRECT_REQUIRE_OPENSSL").is_none();
        let setup = setup.clone();
        let run = move || Ok(test(need?, &setup, role)?);
        self.list
            .push(Trial::test(name, run).with_ignored_flag(ignore));
    }

    /// One against the command line tools.
    fn add(
        &mut self,
        what: &str,
        setup: &Setup,
        role: Role,
        test: impl FnOnce(&Setup, Role) -> Result<()> + Send + 'static,
    ) {
        let test = |(), setup: &Setup, role| test(setup, role);
        self.add_needing(self.tools.clone(), what, setup, role, test);
    }

    /// One for each library, suite and role, and some for suites that are adopted or wrapped.
    fn add_for_all(&mut self, what: &str, test: fn(&Setup, Role) -> Result<()>) {
        for setup in every_way() {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// One for each library, version and role.
    #[cfg(feature = "std")]
    fn add_for_each_version(&mut self, what: &str, test: fn(&Setup, Role) -> Result<()>) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_one_of_few)
        {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// One for each library, version and role, against our own program.
    #[cfg(feature = "std")]
    fn add_with_program(&mut self, what: &str, test: fn(Arc<Program>, &Setup, Role) -> Result<()>) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_one_of_few)
        {
            for role in Role::BOTH {
                self.add_needing(self.program.clone(), what, &setup, role, test);
            }
        }
    }
}

/// Most that any test sends one way.
const MAX_LEN: usize = 100 * 1024 * 1024;

/// `len` bytes that OpenSSL sends. There is no ASCII in them, so that the tools do not take them for commands.
fn from_openssl(len: usize) -> &'static [u8] {
    static FROM_OPENSSL: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| byte | 0x80));
    &FROM_OPENSSL[..len]
}

/// `len` bytes that we send. There is no ASCII in them, so that they can be told from what the tools say.
fn from_us(len: usize) -> &'static [u8] {
    static FROM_US: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| !byte | 0x80));
    &FROM_US[..len]
}

fn repeat(f: fn(u8) -> u8) -> Vec<u8> {
    // Not a multiple of any size that matters, so that a byte in a wrong place shows.
    const PERIOD: usize = 1_000_003;
    let period: Vec<u8> = pattern(PERIOD)
        .into_iter()
        .map(f)
        .collect();
    period.repeat(MAX_LEN.div_ceil(PERIOD))
}

/// Says where `actual` is not `expected`, rather than print all of both.
fn compare(what: &str, actual: &[u8], expected: &[u8]) -> Result<()> {
    if actual == expected {
        return Ok(());
    }
    let wrong = actual
        .iter()
        .zip(expected)
        .position(|(a, b)| a != b);
    Err(match wrong {
        Some(at) => format!("{what} is wrong at byte {at}"),
        None => format!(
            "{what} has {} bytes instead of {}",
            actual.len(),
            expected.len()
        ),
    }
    .into())
}

/// An error unless the two are the same: a thread that panicked would leave the others waiting.
#[cfg(feature = "std")]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, actual: T, expected: T) -> Result<()> {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("{what} is {actual:?} instead of {expected:?}").into()),
    }
}
