//! The examples, each with a command line tool on the other side: OpenSSL's, or curl.
//!
//! They are run as cargo has built them: `cargo test` does, and so does `cargo build --examples`. Without an `openssl` or a
//! `curl` to run, the tests that need it are ignored; with `RUSTLS_DIRECT_REQUIRE_OPENSSL` or `RUSTLS_DIRECT_REQUIRE_CURL`
//! set in the environment they then fail.

mod clients;
mod documentation;
mod files;
mod misuse;
mod program;
mod servers;

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;
use testing::{Identity, pattern};

/// After this long without progress something hangs. No test depends on it but to say so.
const PATIENCE: Duration = Duration::from_secs(120);

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

fn main() {
    let args = Arguments::from_args();
    let mut trials = misuse::trials();
    trials.push(documentation::trial());
    let with_openssl = [clients::TESTS, servers::TESTS].concat();
    trials.extend(need(
        "openssl",
        "version",
        "RUSTLS_DIRECT_REQUIRE_OPENSSL",
        &with_openssl,
    ));
    trials.extend(need(
        "curl",
        "--version",
        "RUSTLS_DIRECT_REQUIRE_CURL",
        &files::TESTS,
    ));
    libtest_mimic::run(&args, trials).exit();
}

/// The name of a test, the versions that it is for, and what it does with one of them.
type Test = (
    &'static str,
    &'static [&'static str],
    fn(&'static str) -> Result<()>,
);

/// OpenSSL's options for versions.
const BOTH: &[&str] = &["-tls1_2", "-tls1_3"];
const TLS13: &[&str] = &["-tls1_3"];

/// `tests` that need a `tool`. Without one they fail if there is a variable `required`, and are ignored if not.
fn need(tool: &str, version: &str, required: &str, tests: &[Test]) -> Vec<Trial> {
    let found = is_there(tool, version);
    let ignore = found.is_err() && env::var_os(required).is_none();
    let mut trials = Vec::new();
    for (name, versions, test) in tests.iter().copied() {
        for tls in versions {
            let found = found.clone();
            let run = move || {
                found?;
                test(tls).map_err(|err| err.to_string().into())
            };
            let trial = Trial::test(format!("{name}::{}", &tls[1..]), run);
            trials.push(trial.with_ignored_flag(ignore));
        }
    }
    trials
}

/// Whether there is a `tool` to run.
fn is_there(tool: &str, version: &str) -> std::result::Result<(), String> {
    match Command::new(tool).arg(version).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`{tool} {version}`: {}", output.status)),
        Err(err) => Err(format!("`{tool} {version}`: {err}")),
    }
}

/// An example that was built with this test.
fn example(name: &str) -> Result<Command> {
    // target/debug/deps/examples-0123456789abcdef
    let mut path = env::current_exe()?;
    path.pop();
    path.pop();
    path.push("examples");
    path.push(name);
    path.set_extension(env::consts::EXE_EXTENSION);
    match path.is_file() {
        true => Ok(Command::new(path)),
        false => Err(format!("{}: `cargo build --examples` makes it", path.display()).into()),
    }
}

/// A directory with a server's certificate and key.
struct Files(TempDir);

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

impl Files {
    fn new() -> Result<Self> {
        let files = Self(TempDir::new()?);
        let identity = Identity::ecdsa();
        files.write(CERTIFICATE, identity.certificate_pem.as_bytes())?;
        files.write(KEY, identity.key_pem.as_bytes())?;
        Ok(files)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        Ok(std::fs::write(self.path(name), content)?)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Data of `len` bytes. There is no ASCII in it, so that it can be told from what OpenSSL has to say, and begins none of
/// its commands.
fn data(len: usize) -> Vec<u8> {
    let mut data = pattern(len);
    for byte in &mut data {
        *byte |= 0x80;
    }
    data
}

/// The data among `output`.
fn data_of(output: &[u8]) -> Vec<u8> {
    output
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii())
        .collect()
}
