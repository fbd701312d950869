//! Does OpenSSL, which shares no code with rustls, open our records, and do we open its records?
//!
//! The tests run in both roles, with every library and, if it makes a difference, every suite. OpenSSL's side is one of
//! its command line tools, or a small program on its library for what the tools cannot do. The tests need an `openssl`,
//! and some of them a C compiler and OpenSSL's headers. Without these they are ignored, or fail if
//! `RUSTLS_DIRECT_REQUIRE_OPENSSL` is set in the environment.

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
mod two_connections;

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
use testing::{Role, Setup, pattern, setups_with_every_record_source};

/// A test that waits longer than this without progress has failed.
const TIMEOUT: Duration = Duration::from_secs(120);

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
    // Not at the end of the process, which drops nothing: the program is in a temporary directory.
    #[cfg(feature = "std")]
    drop(trials.program);
    conclusion.exit();
}

/// The list of tests, and what they need.
struct Trials {
    list: Vec<Trial>,
    tools: Requirement<()>,
    #[cfg(feature = "std")]
    program: Requirement<Arc<Program>>,
}

/// The value that a test needs, or why it is missing.
type Requirement<T> = std::result::Result<T, String>;

impl Trials {
    fn new() -> Self {
        Self {
            list: Vec::new(),
            tools: tools::version(),
            #[cfg(feature = "std")]
            program: Program::compile().map(Arc::new),
        }
    }

    /// Adds a test with a library and a suite, and with us in `role`. The test is ignored if `requirement` is an error.
    fn add_with_requirement<T: Send + 'static>(
        &mut self,
        requirement: Requirement<T>,
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
        let ignore = requirement.is_err() && env::var_os("RUSTLS_DIRECT_REQUIRE_OPENSSL").is_none();
        let setup = setup.clone();
        let run = move || Ok(test(requirement?, &setup, role)?);
        self.list
            .push(Trial::test(name, run).with_ignored_flag(ignore));
    }

    /// Adds a test against the command line tools.
    fn add(
        &mut self,
        what: &str,
        setup: &Setup,
        role: Role,
        test: impl FnOnce(&Setup, Role) -> Result<()> + Send + 'static,
    ) {
        let test = |(), setup: &Setup, role| test(setup, role);
        self.add_with_requirement(self.tools.clone(), what, setup, role, test);
    }

    /// Adds a test for each library, suite and role, and some for adopted and wrapped suites.
    fn add_for_all(&mut self, what: &str, test: fn(&Setup, Role) -> Result<()>) {
        for setup in setups_with_every_record_source() {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// Adds a test for each library, version and role.
    #[cfg(feature = "std")]
    fn add_for_each_version(&mut self, what: &str, test: fn(&Setup, Role) -> Result<()>) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_first_of_its_version)
        {
            for role in Role::BOTH {
                self.add(what, &setup, role, test);
            }
        }
    }

    /// Adds a test for each library, version and role, against our own OpenSSL program.
    #[cfg(feature = "std")]
    fn add_with_program(&mut self, what: &str, test: fn(Arc<Program>, &Setup, Role) -> Result<()>) {
        for setup in setups()
            .into_iter()
            .filter(Setup::is_first_of_its_version)
        {
            for role in Role::BOTH {
                self.add_with_requirement(self.program.clone(), what, &setup, role, test);
            }
        }
    }
}

/// The most bytes that a test sends one way.
const MAX_LEN: usize = 100 * 1024 * 1024;

/// `len` bytes that OpenSSL sends. They are not ASCII, so the tools do not take them for commands.
fn from_openssl(len: usize) -> &'static [u8] {
    static FROM_OPENSSL: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| byte | 0x80));
    &FROM_OPENSSL[..len]
}

/// `len` bytes that we send. They are not ASCII, so they differ from the tools' own output.
fn from_us(len: usize) -> &'static [u8] {
    static FROM_US: LazyLock<Vec<u8>> = LazyLock::new(|| repeat(|byte| !byte | 0x80));
    &FROM_US[..len]
}

fn repeat(f: fn(u8) -> u8) -> Vec<u8> {
    // Not a multiple of any relevant size, so that a misplaced byte is noticed.
    const PERIOD: usize = 1_000_003;
    let period: Vec<u8> = pattern(PERIOD)
        .into_iter()
        .map(f)
        .collect();
    period.repeat(MAX_LEN.div_ceil(PERIOD))
}

/// Compares the bytes, and reports the first difference instead of printing all of them.
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

/// Returns an error unless the two are equal. A panic in one thread would leave the others waiting.
#[cfg(feature = "std")]
fn ensure_equal<T: PartialEq + std::fmt::Debug>(what: &str, actual: T, expected: T) -> Result<()> {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("{what} is {actual:?} instead of {expected:?}").into()),
    }
}
