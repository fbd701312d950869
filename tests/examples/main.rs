//! Do the examples work with a command line tool as their peer, OpenSSL's or curl?
//!
//! The tests run the examples as `cargo test` or `cargo build --examples` has built them. Without an `openssl` or a
//! `curl` the tests that need it are ignored, or fail if `RUSTLS_DIRECT_REQUIRE_OPENSSL` or
//! `RUSTLS_DIRECT_REQUIRE_CURL` is set in the environment.

mod clients;
mod documentation;
mod file_server;
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

/// A test that waits longer than this without progress has failed.
const TIMEOUT: Duration = Duration::from_secs(120);

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

fn main() {
    let args = Arguments::from_args();
    let mut trials = misuse::trials();
    trials.push(documentation::trial());
    let with_openssl = [clients::TESTS, servers::TESTS].concat();
    trials.extend(trials_with_tool(
        "openssl",
        "version",
        "RUSTLS_DIRECT_REQUIRE_OPENSSL",
        &with_openssl,
    ));
    trials.extend(trials_with_tool(
        "curl",
        "--version",
        "RUSTLS_DIRECT_REQUIRE_CURL",
        &files::TESTS,
    ));
    libtest_mimic::run(&args, trials).exit();
}

/// The name of a test, the versions that it runs with, and the test of one version.
type Test = (
    &'static str,
    &'static [&'static str],
    fn(&'static str) -> Result<()>,
);

/// OpenSSL's options for versions.
const BOTH: &[&str] = &["-tls1_2", "-tls1_3"];
const TLS13: &[&str] = &["-tls1_3"];

/// The trials of `tests`, which need `tool`. Without the tool, they fail if the variable `required` is set, and are
/// ignored otherwise.
fn trials_with_tool(tool: &str, version: &str, required: &str, tests: &[Test]) -> Vec<Trial> {
    let found = find_tool(tool, version);
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

/// Checks that `tool` can be run.
fn find_tool(tool: &str, version: &str) -> std::result::Result<(), String> {
    match Command::new(tool).arg(version).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`{tool} {version}`: {}", output.status)),
        Err(err) => Err(format!("`{tool} {version}`: {err}")),
    }
}

/// The command of an example that was built with this test.
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

/// Data of `len` bytes. It is not ASCII, so it differs from OpenSSL's own output, and begins none of its commands.
fn data(len: usize) -> Vec<u8> {
    let mut data = pattern(len);
    for byte in &mut data {
        *byte |= 0x80;
    }
    data
}

/// The data in `output`.
fn data_of(output: &[u8]) -> Vec<u8> {
    output
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii())
        .collect()
}
