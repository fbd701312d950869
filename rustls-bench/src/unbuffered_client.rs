//! Clients of the unbuffered API, which rustls-direct and rustls share.

use std::hint::black_box;

use rustls::ServerConnection;
use testing::raw::Plan;
use testing::{Setup, server_name};

use crate::endpoint::Endpoint;
use crate::library_client::LibraryClient;
use crate::rustls_server::{drain, feed};
use crate::transit_buffer::TransitBuffer;

/// Defines the same client for a library: only the paths differ.
macro_rules! unbuffered_client {
    ($name:ident, $library:ident) => {
        pub(crate) struct $name(pub(crate) $library::client::UnbufferedClientConnection);

        impl $name {
            /// Shakes hands with `server`.
            pub(crate) fn connect(setup: &Setup, server: &mut ServerConnection) -> Self {
                let mut client = $library::client::UnbufferedClientConnection::new(
                    setup.client_config(),
                    server_name(),
                )
                .expect("a connection");
                shake_hands(&mut client, server);
                Self(client)
            }

            /// Passes the content of each record in `tls` to `take`.
            #[inline]
            fn each_record(&mut self, mut tls: &mut [u8], mut take: impl FnMut(&[u8])) {
                use $library::unbuffered::{ConnectionState, UnbufferedStatus};
                while !tls.is_empty() {
                    let UnbufferedStatus { mut discard, state } = self.0.process_tls_records(tls);
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

        impl LibraryClient for $name {
            fn send(&mut self, _: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize {
                use $library::unbuffered::ConnectionState;
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
    };
}

unbuffered_client!(DirectClient, rustls_direct);
unbuffered_client!(Rustls023Client, rustls);

/// Completes the handshake of `client` with `server`.
fn shake_hands(client: &mut impl Endpoint, server: &mut ServerConnection) {
    let (mut incoming, mut outgoing) = (TransitBuffer::new(), TransitBuffer::new());
    let mut complete = false;
    while !complete {
        complete = client.process(&mut incoming, &mut outgoing);
        feed(server, outgoing.take());
        incoming.append(|mut room| drain(server, &mut room));
    }
    assert!(incoming.is_empty());
}
