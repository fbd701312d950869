//! What we seal, OpenSSL opens, and the other way round: a peer that shares no code with rustls.
//!
//! In both roles, with every library and, where it makes a difference, every suite. OpenSSL's side are its command line
//! tools, and where those can not do it, a small program around its library. Without an `openssl` to run, or without a C
//! compiler and OpenSSL's headers, the tests that need it are ignored; with `RUSTLS_DIRECT_REQUIRE_OPENSSL` set in the
//! environment they then fail.

mod bulk;
#[cfg(feature = "std")]
mod closure;
mod data;
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
mod outcome;
#[cfg(feature = "std")]
mod program;
mod resumption;
#[cfg(feature = "rustcrypto")]
mod rustcrypto;
#[cfg(feature = "std")]
mod server_name;
mod tools;
mod trials;
mod twice;

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
    // Not left to the end of the process, which drops nothing: the program is in a temporary directory.
    #[cfg(feature = "std")]
    drop(trials.program);
    conclusion.exit();
}
