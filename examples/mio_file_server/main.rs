//! Serves a directory over HTTPS (HTTP/1.1: GET, HEAD and PUT) to many clients on one thread, with an event loop on
//! `mio`.
//!
//! Run `cargo run --example mio_file_server -- 127.0.0.1:4433 certificates.pem key.pem DIRECTORY`, then for example
//! `curl --cacert certificates.pem https://localhost:4433/file` or `curl --cacert certificates.pem -T file
//! https://localhost:4433/`. Anyone who can connect can write into the directory, but not outside it.
//!
//! `connection.rs` is the point of the example: a TLS connection on a nonblocking socket. `http.rs`, `files.rs` and
//! `status.rs` are the application. A public server would also limit the number of connections and their idle time.

#[path = "../common/mod.rs"]
mod common;
mod connection;
mod files;
mod http;
mod status;

use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use rustls_direct::server::ServerConfig;

use common::{Result, with_context};
use connection::{Connection, Next};
use files::Directory;

fn main() -> ExitCode {
    common::exit_code(run())
}

const LISTENER: Token = Token(0);

fn run() -> Result<()> {
    let [address, chain, key, directory] =
        common::arguments("ADDRESS:PORT CERTIFICATES.pem KEY.pem DIRECTORY")?;
    let config = common::server_config(&chain, &key)?;
    let directory = with_context(Directory::open(directory.as_ref()), directory)?;
    let address: SocketAddr = with_context(address.parse(), address)?;
    let mut listener = with_context(TcpListener::bind(address), address)?;
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening on {}", listener.local_addr()?);

    let mut clients = Clients {
        config,
        directory,
        connections: HashMap::new(),
        last: LISTENER,
    };
    let mut events = Events::with_capacity(1024);
    // Connections that can continue without an event, because their turn ended early.
    let mut ready = VecDeque::new();
    loop {
        let timeout = (!ready.is_empty()).then_some(Duration::ZERO);
        match poll.poll(&mut events, timeout) {
            Err(err) if err.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            match event.token() {
                LISTENER => clients.accept(&listener, poll.registry())?,
                token => ready.push_back(token),
            }
        }
        for _ in 0..ready.len() {
            if let Some(token) = ready.pop_front()
                && clients.take_turn(token)
            {
                ready.push_back(token);
            }
        }
    }
}

struct Clients {
    config: Arc<ServerConfig>,
    directory: Directory,
    connections: HashMap<Token, (SocketAddr, Connection)>,
    /// The token of the newest connection.
    last: Token,
}

impl Clients {
    /// Accepts all waiting clients. mio reports them only once.
    fn accept(&mut self, listener: &TcpListener, registry: &Registry) -> Result<()> {
        loop {
            match listener.accept() {
                Ok((socket, address)) => self.add(socket, address, registry)?,
                Err(err) if err.kind() == ErrorKind::WouldBlock => return Ok(()),
                // An error of one client, which may for example be gone already.
                Err(err) => eprintln!("{err}"),
            }
        }
    }

    fn add(
        &mut self,
        mut socket: TcpStream,
        address: SocketAddr,
        registry: &Registry,
    ) -> Result<()> {
        self.last = Token(self.last.0 + 1);
        // The first event comes at once, because the socket is writable.
        registry.register(
            &mut socket,
            self.last,
            Interest::READABLE | Interest::WRITABLE,
        )?;
        let connection = Connection::new(socket, self.config.clone(), self.directory.clone())?;
        self.connections
            .insert(self.last, (address, connection));
        Ok(())
    }

    /// Gives a connection its turn, and returns whether it can continue after it without an event.
    fn take_turn(&mut self, token: Token) -> bool {
        let Some((address, connection)) = self.connections.get_mut(&token) else {
            // The connection ended after the first of two events.
            return false;
        };
        let address = *address;
        let next = connection.take_turn();
        if matches!(next, Ok(Next::End) | Err(_)) {
            // This also removes the file of an upload that did not end, before anybody reads that the upload failed.
            self.connections.remove(&token);
        }
        match next {
            Ok(Next::Turn) => true,
            Ok(Next::Event | Next::End) => false,
            Err(err) => {
                eprintln!("{address}: {err}");
                false
            }
        }
    }
}
