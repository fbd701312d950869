//! Do the halves of a connection work as documented, and the calls that the state machine shares with them?
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

/// Runs a generic function with a new connection of ours for every library, suite and role.
macro_rules! each_whole {
    ($test:ident) => {
        let setups = crate::setups();
        assert!(!setups.is_empty());
        for setup in setups {
            println!("{}", setup.name());
            $test(&setup, Role::Client, setup.client());
            $test(&setup, Role::Server, setup.server());
        }
    };
}

mod closing;
mod control_records;
mod discarding;
mod errors;
mod failures;
mod gathered;
mod getters;
mod hooked_records;
mod independent_halves;
mod key_updates;
mod padded;
mod partial_writes;
mod reading;
mod required_len;
mod reserve;
mod sealing_api;
mod splitting;
mod splitting_with_input;
mod threads;
mod worn_tls12_keys;
mod writing_during_handshake;

use std::fmt::Debug;
use std::time::Duration;

use rustls::HandshakeType;
use rustls_direct::split::{WriteError, Writer};
use rustls_direct::unbuffered::InsufficientSizeError;
use testing::{Pair, Role, Setup, each_pair, message, setups};

/// The initial contents of output buffers.
const FILL: u8 = 0xcc;

/// A test that waits longer than this has failed.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Runs `test` with the halves of a connection for every library, suite and role.
fn for_each_pair(test: impl Fn(&Setup, Pair)) {
    each_pair(|setup| setup, test);
}

/// Likewise, with TLS 1.3 only.
fn for_each_tls13_pair(test: impl Fn(&Setup, Pair)) {
    for_each_pair(|setup, pair| {
        if setup.is_tls13() {
            test(setup, pair);
        }
    });
}

/// Likewise, with TLS 1.2 only.
fn for_each_tls12_pair(test: impl Fn(&Setup, Pair)) {
    for_each_pair(|setup, pair| {
        if !setup.is_tls13() {
            test(setup, pair);
        }
    });
}

/// The required size in the error of a refused call.
fn required<T: Debug>(refused: Result<T, WriteError>) -> usize {
    match refused {
        Err(WriteError::InsufficientSize(InsufficientSizeError { required_size })) => required_size,
        other => panic!("expected InsufficientSize, not {other:?}"),
    }
}

/// Whether `out` still has its initial contents.
fn is_untouched(out: &[u8]) -> bool {
    out.iter().all(|byte| *byte == FILL)
}

/// Whether the writer refuses every call that seals, with an expected error, and leaves the output untouched.
fn refuses_everything(writer: &mut Writer, is_expected: impl Fn(&WriteError) -> bool) -> bool {
    let mut out = [FILL; 200];
    let refused = [
        writer.write(b"more", &mut out).err(),
        writer.write(b"", &mut out).err(),
        writer
            .write_padded(b"more", 0, &mut out)
            .err(),
        writer.reserve(4, &mut out).err(),
        writer.reserve(0, &mut out).err(),
        writer
            .refresh_traffic_keys(&mut out)
            .err(),
    ];
    let is_refused = |refused: &Option<WriteError>| {
        refused
            .as_ref()
            .is_some_and(&is_expected)
    };
    is_untouched(&out) && refused.iter().all(is_refused)
}

/// A message of the peer of `role` that requests renegotiation. TLS 1.2 only.
fn renegotiation(role: Role) -> Vec<u8> {
    match role {
        Role::Client => message(HandshakeType::HelloRequest, b""),
        Role::Server => message(HandshakeType::ClientHello, b"as if it were one"),
    }
}
