//! The two halves of a connection, and what the state machine has in common with them: content that is gathered, padded,
//! or written where it will be sealed.
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

mod along_with_the_handshake;
mod closing;
mod discarding;
mod errors;
mod face;
mod failures;
mod gathered;
mod getters;
mod key_updates;
mod neither_waits;
mod observed;
mod padded;
mod partial;
mod reading;
mod required;
mod reserve;
mod splitting;
mod threads;
mod worn;

use std::fmt::Debug;
use std::time::Duration;

use rustls::HandshakeType;
use rustls_direct::split::{WriteError, Writer};
use rustls_direct::unbuffered::InsufficientSizeError;
use testing::{Pair, Role, Setup, each_pair, message};

/// What an output slice holds beforehand.
const FILL: u8 = 0xcc;

/// After this long something hangs. No test depends on it but to say so.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `test` with the halves of a connection for every library, suite and role.
fn each(test: impl Fn(&Setup, Pair)) {
    each_pair(|setup| setup, test);
}

/// The same in TLS 1.3 alone.
fn each_of_tls13(test: impl Fn(&Setup, Pair)) {
    each(|setup, pair| {
        if setup.is_tls13() {
            test(setup, pair);
        }
    });
}

/// The same in TLS 1.2 alone.
fn each_of_tls12(test: impl Fn(&Setup, Pair)) {
    each(|setup, pair| {
        if !setup.is_tls13() {
            test(setup, pair);
        }
    });
}

/// The room that a refused call asks for.
fn required<T: Debug>(refused: Result<T, WriteError>) -> usize {
    match refused {
        Err(WriteError::InsufficientSize(InsufficientSizeError { required_size })) => required_size,
        other => panic!("expected to be asked for room, not {other:?}"),
    }
}

/// Whether `out` is as it was before it was passed.
fn is_untouched(out: &[u8]) -> bool {
    out.iter().all(|byte| *byte == FILL)
}

/// Whether the writer refuses whatever is to be sealed as `is_expected`, and touches nothing.
fn refuses(writer: &mut Writer, is_expected: impl Fn(&WriteError) -> bool) -> bool {
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

/// A message of the peer of `role` that wants to renegotiate. TLS 1.2 only.
fn renegotiation(role: Role) -> Vec<u8> {
    match role {
        Role::Client => message(HandshakeType::HelloRequest, b""),
        Role::Server => message(HandshakeType::ClientHello, b"as if it were one"),
    }
}
