//! What is measured: each library as a client after a real handshake with rustls.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ExtractedSecrets, ServerConfig, ServerConnection};
use rustls_direct_tests::Setup;
use rustls_direct_tests::raw::{Keys, Plan, Raw, raw};

use crate::args::Lib;
use crate::peer;

/// A library with a connection.
pub(crate) trait Subject {
    /// Writes `plaintext` once, into the front of `out`, and returns how many bytes that made.
    fn send(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize;

    /// Reads the records of `tls`, each of as many writes as fit, and returns how many bytes of content there were.
    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize;
}

/// A subject, and what its peer knows: the keys of both directions.
pub(crate) struct Session {
    pub(crate) subject: Box<dyn Subject>,
    /// What the subject seals with.
    pub(crate) send_keys: Keys,
    /// The peer: seals what the subject receives.
    pub(crate) peer: Box<dyn Raw>,
}

impl Session {
    pub(crate) fn new(lib: Lib, setup: &Setup) -> Self {
        let mut server = server(setup);
        let subject: Option<Box<dyn Subject>> = match lib {
            Lib::Direct => Some(Box::new(direct::connect(setup, &mut server))),
            Lib::Rustls023 => Some(Box::new(rustls_0_23::connect(setup, &mut server))),
            Lib::Raw => {
                rustls_0_23::connect(setup, &mut server);
                None
            }
            _ => {
                let (subject, same_server) = peer::connect(lib, setup, server);
                server = same_server;
                Some(subject)
            }
        };
        let ExtractedSecrets { tx, rx } = server
            .dangerous_extract_secrets()
            .expect("the config allows it");
        let send_keys = Keys::from(rx);
        let recv_keys = Keys::from(tx);
        Self {
            subject: subject.unwrap_or_else(|| {
                Box::new(RawPair {
                    seal: raw(setup, send_keys.clone()),
                    open: raw(setup, recv_keys.clone()),
                })
            }),
            send_keys,
            peer: raw(setup, recv_keys),
        }
    }
}

/// rustls, which gives its keys away afterwards.
fn server(setup: &Setup) -> ServerConnection {
    let mut config = ServerConfig::clone(&setup.server_config());
    config.enable_secret_extraction = true;
    // So that nothing but data comes behind the handshake.
    config.send_tls13_tickets = 0;
    ServerConnection::new(Arc::new(config)).expect("a connection")
}

/// The bare AEAD calls, without a library around them.
struct RawPair {
    seal: Box<dyn Raw>,
    open: Box<dyn Raw>,
}

impl Subject for RawPair {
    fn send(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize {
        self.seal.seal(plan, plaintext, out);
        plan.tls_len
    }

    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize {
        let mut content = 0;
        for write in tls.chunks_exact_mut(plan.tls_len) {
            self.open.open(plan, write);
            content += plan.plain_len();
        }
        content
    }
}

/// The same program over two libraries: only the `use` lines differ.
macro_rules! unbuffered_api {
    ($module:ident, $library:ident) => {
        mod $module {
            use std::hint::black_box;

            use $library::client::UnbufferedClientConnection;
            use $library::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};

            use super::*;

            pub(super) struct Client(UnbufferedClientConnection);

            /// Shakes hands with `server`.
            pub(super) fn connect(setup: &Setup, server: &mut ServerConnection) -> Client {
                let name = ServerName::try_from("localhost").expect("a name");
                let mut client = UnbufferedClientConnection::new(setup.client_config(), name)
                    .expect("a connection");
                let mut incoming = Vec::new();
                let mut outgoing = Vec::new();
                loop {
                    let UnbufferedStatus { discard, state } =
                        client.process_tls_records(&mut incoming);
                    let mut complete = false;
                    match state.expect("a handshake") {
                        ConnectionState::EncodeTlsData(mut data) => {
                            let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut [])
                            else {
                                panic!("nothing to encode");
                            };
                            let at = outgoing.len();
                            outgoing.resize(at + size.required_size, 0);
                            data.encode(&mut outgoing[at..])
                                .expect("room for it");
                        }
                        ConnectionState::TransmitTlsData(data) => {
                            data.done();
                            super::pass_to(server, &mut outgoing);
                        }
                        ConnectionState::BlockedHandshake => {}
                        ConnectionState::WriteTraffic(_) => complete = true,
                        state => panic!("unexpected {state:?}"),
                    }
                    incoming.drain(..discard);
                    if complete {
                        assert!(incoming.is_empty());
                        return Client(client);
                    }
                    super::take_from(server, &mut incoming);
                }
            }

            impl Subject for Client {
                fn send(&mut self, _: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize {
                    match self
                        .0
                        .process_tls_records(&mut [])
                        .state
                    {
                        Ok(ConnectionState::WriteTraffic(mut write)) => write
                            .encrypt(plaintext, out)
                            .expect("room for it"),
                        other => panic!("unexpected {other:?}"),
                    }
                }

                fn recv(&mut self, _: &Plan, mut tls: &mut [u8]) -> usize {
                    let mut content = 0;
                    while !tls.is_empty() {
                        let UnbufferedStatus { mut discard, state } =
                            self.0.process_tls_records(tls);
                        match state {
                            Ok(ConnectionState::ReadTraffic(mut read)) => {
                                while let Some(record) = read.next_record() {
                                    let record = record.expect("a record");
                                    content += black_box(record.payload).len();
                                    discard += record.discard;
                                }
                            }
                            other => panic!("unexpected {other:?}"),
                        }
                        tls = &mut tls[discard..];
                    }
                    content
                }
            }
        }
    };
}

unbuffered_api!(direct, rustls_direct);
unbuffered_api!(rustls_0_23, rustls);

pub(crate) fn pass_to(server: &mut ServerConnection, outgoing: &mut Vec<u8>) {
    let mut rest = &outgoing[..];
    while !rest.is_empty() {
        server
            .read_tls(&mut rest)
            .expect("room in rustls's buffer");
        server
            .process_new_packets()
            .expect("a handshake");
    }
    outgoing.clear();
}

pub(crate) fn take_from(server: &mut ServerConnection, incoming: &mut Vec<u8>) {
    while server.wants_write() {
        server
            .write_tls(incoming)
            .expect("a Vec takes all");
    }
}
