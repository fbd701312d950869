//! The examples, each with a command line tool on the other side: OpenSSL's, or curl.
//!
//! They are run as cargo has built them: `cargo test` does, and so does `cargo build --examples`. Without an `openssl` or a
//! `curl` to run, the tests that need it are ignored; with `RUSTLS_DIRECT_REQUIRE_OPENSSL` or `RUSTLS_DIRECT_REQUIRE_CURL`
//! set in the environment they then fail.

mod clients;
mod documentation;
mod files;
mod fixture;
mod misuse;
mod outcome;
mod program;
mod servers;
mod trials;

use libtest_mimic::Arguments;

use crate::trials::needing;

fn main() {
    let args = Arguments::from_args();
    let mut trials = misuse::trials();
    trials.push(documentation::trial());
    let with_openssl = [clients::TESTS, servers::TESTS].concat();
    trials.extend(needing(
        "openssl",
        "version",
        "RUSTLS_DIRECT_REQUIRE_OPENSSL",
        &with_openssl,
    ));
    trials.extend(needing(
        "curl",
        "--version",
        "RUSTLS_DIRECT_REQUIRE_CURL",
        &files::TESTS,
    ));
    libtest_mimic::run(&args, trials).exit();
}
