//! Serves a directory over HTTPS (HTTP/1.1: GET, HEAD and PUT) to many clients on one thread: an event loop on `mio`.
//!
//! `cargo run --example mio_file_server -- 127.0.0.1:4433 certificates.pem key.pem DIRECTORY`, and then for example
//! `curl --cacert certificates.pem https://localhost:4433/file` or `curl --cacert certificates.pem -T file
//! https://localhost:4433/`. Everybody who can connect can write into the directory, but not outside of it.
//!
//! `connection.rs` is what the example is about: a TLS connection on a socket that never waits. `http.rs` and `files.rs` are
//! the application. A server for strangers also limits how many connections there are, and how long they may be idle.

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

use common::{Result, explain};
use connection::{Connection, Next};
use files::Directory;

fn main() -> ExitCode {
    common::exit(run())
}

const LISTENER: Token = Token(0);

fn run() -> Result<()> {
    let [address, chain, key, directory] =
        common::arguments("ADDRESS:PORT CERTIFICATES.pem KEY.pem DIRECTORY")?;
    let config = common::server_config(&chain, &key)?;
    let directory = explain(Directory::open(directory.as_ref()), directory)?;
    let address: SocketAddr = explain(address.parse(), address)?;
    let mut listener = explain(TcpListener::bind(address), address)?;
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
    // Connections that can go on without an event: their turn has ended.
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
                && clients.go_on(token)
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
    /// The youngest of them.
    last: Token,
}

impl Clients {
    /// Accepts clients until there are no more. mio tells of them once.
    fn accept(&mut self, listener: &TcpListener, registry: &Registry) -> Result<()> {
        loop {
            match listener.accept() {
                Ok((socket, address)) => self.add(socket, address, registry)?,
                Err(err) if err.kind() == ErrorKind::WouldBlock => return Ok(()),
                // Of one client: it has gone already, for example.
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
        // The first event comes at once: the socket can be written to.
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

    /// Gives a connection its turn, and says whether it can go on after that.
    fn go_on(&mut self, token: Token) -> bool {
        let Some((address, connection)) = self.connections.get_mut(&token) else {
            // There were two events, and it has ended after the first.
            return false;
        };
        let next = connection.go_on();
        if let Err(err) = &next {
            eprintln!("{address}: {err}");
        }
        match next {
            Ok(Next::Event) => false,
            Ok(Next::Turn) => true,
            Ok(Next::End) | Err(_) => {
                self.connections.remove(&token);
                false
            }
        }
    }
}
