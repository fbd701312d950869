//! Does Java's TLS work as a peer whose keys wear out soon?
//!
//! Beyond the limit of what it opens with a key, Java sends a KeyUpdate with a request for each record, until it
//! receives an answer. Without a JDK the tests are ignored, or fail if `RUSTLS_DIRECT_REQUIRE_JAVA` is set in the
//! environment.

#[path = "../interop_openssl/failure.rs"]
#[expect(dead_code, reason = "the tests with OpenSSL use the rest")]
mod failure;
#[path = "../interop_openssl/halves.rs"]
#[expect(dead_code, reason = "the tests with OpenSSL use the rest")]
mod halves;
mod java;
#[path = "../interop_openssl/ours.rs"]
#[expect(dead_code, reason = "the tests with OpenSSL use the rest")]
mod ours;

use std::env;
use std::net::TcpStream;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use testing::{Role, Setup, pattern, setups};

use crate::failure::{Result, compare};
use crate::java::Java;
use crate::ours::{Connection, Ours};

/// Bytes of a transfer: many more records than may come in a row without data.
const LEN: usize = 3 * 1024 * 1024;

/// Bytes that Java waits for before it sends anything.
const FIRST: usize = 1;

/// Bytes that Java sends once it has received everything.
const LAST: usize = 1;

/// Bytes of one write: a record.
const PIECE: usize = 16 * 1024;

/// Records that a key of ours may seal if it is to wear out soon as well.
const LIMIT: u64 = 4;

fn main() {
    let args = Arguments::from_args();
    let java = Java::compile().map(Arc::new);
    let conclusion = libtest_mimic::run(&args, trials(&java));
    // Not at the end of the process, which drops nothing: the program is in a temporary directory.
    drop(java);
    conclusion.exit();
}

/// Makes a test for each library, role and API, in each direction and in both, with our keys lasting and wearing out.
fn trials(java: &std::result::Result<Arc<Java>, String>) -> Vec<Trial> {
    let ignore = java.is_err() && env::var_os("RUSTLS_DIRECT_REQUIRE_JAVA").is_none();
    let transfers = [
        ("upload", LEN, 0),
        ("download", FIRST, LEN),
        ("both", LEN, LEN),
    ];
    let apis: [(&str, Transfer); 2] = [("state_machine", state_machine), ("halves", halves)];
    let mut trials = Vec::new();
    for setup in setups()
        .into_iter()
        .filter(|setup| setup.is_tls13() && setup.is_first_of_its_version())
    {
        let wearing = setup
            .clone()
            .with_confidentiality_limit(LIMIT);
        for (keys, setup) in [("lasting_keys", &setup), ("worn_keys", &wearing)] {
            for role in Role::BOTH {
                for (api, run) in apis {
                    for (transfer, send, receive) in transfers {
                        let name = format!(
                            "{transfer}::{api}::{keys}::{}::{role:?}",
                            setup.name().replace(' ', "::")
                        );
                        let (java, setup) = (java.clone(), setup.clone());
                        let trial = Trial::test(name, move || {
                            Ok(java?.run_peer(&setup, role, send, receive, |socket| {
                                run(&setup, role, socket, send, receive)
                            })?)
                        });
                        trials.push(trial.with_ignored_flag(ignore));
                    }
                }
            }
        }
    }
    trials
}

/// Sends and receives so many bytes over a connection of ours, and closes it.
type Transfer = fn(&Setup, Role, TcpStream, usize, usize) -> Result<()>;

/// Sends everything before it reads. Then the peer's requests come one by one, and all are late.
fn state_machine(
    setup: &Setup,
    role: Role,
    socket: TcpStream,
    send: usize,
    receive: usize,
) -> Result<()> {
    fn run<C: Connection>(mut ours: Ours<C>, send: usize, receive: usize) -> Result<()> {
        for piece in pattern(send).chunks(PIECE) {
            ours.send(piece)?;
        }
        let expected = pattern(receive + LAST);
        ours.wait_until(|ours| ours.received.len() >= expected.len())?;
        compare("the received data", &ours.close()?.received, &expected)
    }
    match role {
        Role::Client => run(
            Ours::shake_hands(setup.client(), socket, setup)?,
            send,
            receive,
        ),
        Role::Server => run(
            Ours::shake_hands(setup.server(), socket, setup)?,
            send,
            receive,
        ),
    }
}

/// Sends on one thread and receives on another.
fn halves(setup: &Setup, role: Role, socket: TcpStream, send: usize, receive: usize) -> Result<()> {
    let (socket_reader, socket_writer) = halves::connect(setup, role, socket)?;
    let expected = pattern(receive + LAST);
    halves::exchange(
        socket_reader,
        socket_writer,
        &pattern(send),
        &expected,
        |_| Ok(()),
    )
}
