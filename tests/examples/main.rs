//! Do the examples work with a command line tool as their peer, OpenSSL's or curl?
//!
//! The tests run the examples as `cargo test` or `cargo build --examples` has built them. Without an `openssl` or a
//! `curl` the tests that need it are ignored, or fail if `RUSTLS_DIRECT_REQUIRE_OPENSSL` or
//! `RUSTLS_DIRECT_REQUIRE_CURL` is set in the environment.

mod clients;
mod documentation;
mod failure;
mod file_server;
mod files;
mod fixture;
mod misuse;
mod program;
mod servers;
mod trials;

use libtest_mimic::Arguments;

use crate::trials::trials_with_tool;

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
