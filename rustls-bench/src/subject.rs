//! What is measured: each library as a client after a real handshake with rustls.

use std::io::Write;
use std::sync::Arc;

use rustls::{ExtractedSecrets, ServerConfig, ServerConnection};
use testing::raw::{Keys, Plan, Raw, raw};
use testing::{Setup, server_name};

use crate::halves::Halves;
use crate::library::Lib;
use crate::measurement::Direction;
use crate::peer;
use crate::sink::Sink;
use crate::streamed::Streamed;
use crate::unbuffered::Side;
use crate::wire::Wire;

/// A library with a connection.
pub(crate) trait Subject: Send {
    /// Writes `plaintext` once, into the front of `out`, and returns how many bytes that made.
    fn send(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize;

    /// Reads the records of `tls`, each of as many writes as fit, and returns how many bytes of content there were.
    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize;

    /// As `recv`, but the content is wanted in `out`, which has room for it and one byte.
    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize;
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
    /// For data in `direction`.
    pub(crate) fn new(lib: Lib, setup: &Setup, direction: Direction) -> Self {
        #[cfg(feature = "peer-openssl")]
        if lib == Lib::DirectOpenssl {
            let records = openssl_provider::COMBINED_RECORD_PROVIDER;
            let setup = setup
                .clone()
                .with_records(records)
                .adopted();
            return Self::new(Lib::Direct, &setup, direction);
        }
        let mut server = server(setup);
        let subject: Option<Box<dyn Subject>> = match lib {
            Lib::Direct if direction == Direction::Into => {
                Some(Box::new(Halves::connect(setup, &mut server)))
            }
            Lib::Direct => Some(Box::new(direct::connect(setup, &mut server))),
            Lib::DirectStreamed => {
                let sink = Sink::default();
                Some(Box::new(Streamed::connect(setup, &mut server, sink)))
            }
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
        let (send_keys, recv_keys) = keys(server);
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
pub(crate) fn server(setup: &Setup) -> ServerConnection {
    let mut config = ServerConfig::clone(&setup.server_config());
    config.enable_secret_extraction = true;
    // So that nothing but data comes behind the handshake.
    config.send_tls13_tickets = 0;
    ServerConnection::new(Arc::new(config)).expect("a connection")
}

/// What the client of `server` seals with, and what it opens with.
pub(crate) fn keys(server: ServerConnection) -> (Keys, Keys) {
    let ExtractedSecrets { tx, rx } = server
        .dangerous_extract_secrets()
        .expect("the config allows it");
    (rx.into(), tx.into())
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

    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        let mut content = 0;
        for write in tls.chunks_exact_mut(plan.tls_len) {
            self.open
                .open_into(plan, write, &mut out[content..]);
            content += plan.plain_len();
        }
        content
    }
}

/// The same program over two libraries: only the `use` lines differ.
macro_rules! unbuffered_api {
    ($module:ident, $library:ident) => {
        pub(crate) mod $module {
            use std::hint::black_box;

            use $library::client::UnbufferedClientConnection;
            use $library::unbuffered::{ConnectionState, UnbufferedStatus};

            use super::*;

            pub(crate) struct Client(pub(crate) UnbufferedClientConnection);

            impl Client {
                /// Has the content of each record in `tls` taken.
                #[inline]
                fn each_record(&mut self, mut tls: &mut [u8], mut take: impl FnMut(&[u8])) {
                    while !tls.is_empty() {
                        let UnbufferedStatus { mut discard, state } =
                            self.0.process_tls_records(tls);
                        match state {
                            Ok(ConnectionState::ReadTraffic(mut read)) => {
                                while let Some(record) = read.next_record() {
                                    let record = record.expect("a record");
                                    take(record.payload);
                                    discard += record.discard;
                                }
                            }
                            other => panic!("unexpected {other:?}"),
                        }
                        tls = &mut tls[discard..];
                    }
                }
            }

            pub(crate) fn connect(setup: &Setup, server: &mut ServerConnection) -> Client {
                let mut client =
                    UnbufferedClientConnection::new(setup.client_config(), server_name())
                        .expect("a connection");
                shake_hands(&mut client, server);
                Client(client)
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

                fn recv(&mut self, _: &Plan, tls: &mut [u8]) -> usize {
                    let mut content = 0;
                    self.each_record(tls, |record| content += black_box(record).len());
                    content
                }

                fn recv_into(&mut self, _: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
                    let mut content = 0;
                    self.each_record(tls, |record| {
                        out[content..][..record.len()].copy_from_slice(record);
                        content += record.len();
                    });
                    content
                }
            }
        }
    };
}

unbuffered_api!(direct, rustls_direct);
unbuffered_api!(rustls_0_23, rustls);

/// Has a client by the unbuffered API shake hands with `server`.
fn shake_hands(client: &mut impl Side, server: &mut ServerConnection) {
    let (mut incoming, mut outgoing) = (Wire::new(), Wire::new());
    let mut complete = false;
    while !complete {
        complete = client.go_on(&mut incoming, &mut outgoing);
        pass_to(server, outgoing.take());
        incoming.add(|mut room| take_from(server, &mut room));
    }
    assert!(incoming.is_empty());
}

pub(crate) fn pass_to(server: &mut ServerConnection, mut outgoing: &[u8]) {
    while !outgoing.is_empty() {
        server
            .read_tls(&mut outgoing)
            .expect("room in rustls's buffer");
        server
            .process_new_packets()
            .expect("a handshake");
    }
}

/// Returns how many bytes that was.
pub(crate) fn take_from(server: &mut ServerConnection, incoming: &mut impl Write) -> usize {
    let mut taken = 0;
    while server.wants_write() {
        taken += server
            .write_tls(incoming)
            .expect("it takes all");
    }
    taken
}
