//! Does OpenSSL, which shares no code with rustls, open our records, and do we open its records?
//!
//! The tests run in both roles, with every library and, if it makes a difference, every suite. OpenSSL's side is one of
//! its command line tools, or a small program on its library for what the tools cannot do. The tests need an `openssl`,
//! and some of them a C compiler and OpenSSL's headers. Without these they are ignored, or fail if
//! `RUSTLS_DIRECT_REQUIRE_OPENSSL` is set in the environment.

mod bulk;
#[cfg(feature = "std")]
mod closure;
mod data;
mod early_data;
#[cfg(feature = "std")]
mod exporters;
mod failure;
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
mod trials;
mod two_connections;

use libtest_mimic::Arguments;

use crate::trials::Trials;

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
