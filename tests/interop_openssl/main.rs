//! What we seal, OpenSSL opens, and the other way round: a peer that shares no code with rustls.
//!
//! With every library and suite, and in both roles, 10 MiB go each way at the same time. Without an `openssl` to run,
//! the tests are ignored; with `RUSTLS_DIRECT_REQUIRE_OPENSSL` set in the environment they then fail.

mod openssl;
mod ours;

use std::env;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use rustls::pki_types::ServerName;
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct_tests::{Role, Setup, pattern, setups};

use openssl::Openssl;
use ours::Ours;

/// Bytes that go each way.
const LEN: usize = 10 * 1024 * 1024;

/// After this long without progress something hangs. No test depends on it but to say so.
const PATIENCE: Duration = Duration::from_secs(120);

/// What OpenSSL sends, and what we send.
static FROM_OPENSSL: LazyLock<Vec<u8>> = LazyLock::new(|| pattern(LEN));
static FROM_US: LazyLock<Vec<u8>> = LazyLock::new(|| {
    FROM_OPENSSL
        .iter()
        .map(|byte| !byte)
        .collect()
});

/// Held while a port is taken that OpenSSL is going to listen on, so that no other test is given the same one.
static PORTS: Mutex<()> = Mutex::new(());

type Result<T> = std::result::Result<T, String>;

fn main() {
    let args = Arguments::from_args();
    let version = Openssl::version();
    let ignore = version.is_err() && env::var_os("RUSTLS_DIRECT_REQUIRE_OPENSSL").is_none();
    let mut trials = Vec::new();
    for setup in setups() {
        for role in Role::BOTH {
            let (setup, version) = (setup.clone(), version.clone());
            let role_name = match role {
                Role::Client => "client",
                Role::Server => "server",
            };
            let name = format!("{}::{:?}::{role_name}", setup.library, setup.id());
            let run = move || Ok(version.and_then(|()| test(&setup, role))?);
            trials.push(Trial::test(name, run).with_ignored_flag(ignore));
        }
    }
    libtest_mimic::run(&args, trials).exit();
}

fn test(setup: &Setup, role: Role) -> Result<()> {
    let (mut openssl, socket) = match role {
        Role::Client => connect_to_server(setup)?,
        Role::Server => accept_client(setup)?,
    };
    exchange(setup, role, &mut openssl, socket)
        .map_err(|why| format!("{why}\n{}", openssl.last_words()))
}

/// Starts `s_server`, and connects to it.
fn connect_to_server(setup: &Setup) -> Result<(Openssl, TcpStream)> {
    let _guard = PORTS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut why = String::new();
    // `s_server -quiet` does not say which port it was given. So a free one is looked for here, and once more should
    // somebody take it before OpenSSL does.
    for _ in 0..10 {
        let port = listen()
            .local_addr()
            .map_err(|err| err.to_string())?;
        let mut openssl = Openssl::server(setup, port)?;
        let connect = || {
            TcpStream::connect(port)
                .ok()
                // Loopback connects a free port to itself, if that is the one it comes from.
                .filter(|socket| socket.local_addr().ok() != Some(port))
        };
        match openssl.wait_for(connect)? {
            Some(socket) => return Ok((openssl, socket)),
            None => why = openssl.last_words(),
        }
    }
    Err(format!("s_server does not listen\n{why}"))
}

/// Starts `s_client`, and accepts its connection.
fn accept_client(setup: &Setup) -> Result<(Openssl, TcpStream)> {
    let listener = {
        let _guard = PORTS
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        listen()
    };
    let port = listener
        .local_addr()
        .map_err(|err| err.to_string())?;
    let mut openssl = Openssl::client(setup, port)?;
    // Waiting in accept would be for ever, should OpenSSL not come.
    listener
        .set_nonblocking(true)
        .map_err(|err| err.to_string())?;
    match openssl.wait_for(|| listener.accept().ok())? {
        Some((socket, _)) => Ok((openssl, socket)),
        None => Err(format!(
            "s_client does not connect\n{}",
            openssl.last_words()
        )),
    }
}

fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of 127.0.0.1")
}

fn exchange(setup: &Setup, role: Role, openssl: &mut Openssl, socket: TcpStream) -> Result<()> {
    match role {
        Role::Client => {
            let name = ServerName::try_from("localhost").expect("a name");
            let mut conn = UnbufferedClientConnection::new(setup.client_config(), name)
                .map_err(|err| err.to_string())?;
            Ours::new(&mut conn, socket)?.exchange(setup)?;
        }
        Role::Server => {
            let mut conn = UnbufferedServerConnection::new(setup.server_config())
                .map_err(|err| err.to_string())?;
            Ours::new(&mut conn, socket)?.exchange(setup)?;
        }
    }
    compare(&openssl.output()?, &FROM_US).map_err(|why| format!("OpenSSL's output {why}"))
}

/// Says where `actual` is not `expected`, rather than print all of both.
fn compare(actual: &[u8], expected: &[u8]) -> Result<()> {
    if actual == expected {
        return Ok(());
    }
    let wrong = actual
        .iter()
        .zip(expected)
        .position(|(a, b)| a != b);
    Err(match wrong {
        Some(at) => format!("is wrong at byte {at}"),
        None => format!("has {} bytes instead of {}", actual.len(), expected.len()),
    })
}
