//! rustls 0.23 by its buffered API, as most programs use it: rustls buffers received content and outgoing records.

use std::hint::black_box;
use std::io::{BufRead, Write};

use rustls::{ClientConnection, ServerConnection};
use testing::raw::Plan;
use testing::{Setup, server_name};

use crate::counting_sink::CountingSink;
use crate::library_client::LibraryClient;
use crate::rustls_server::{drain, feed};

struct Client {
    tls: ClientConnection,
    sink: CountingSink,
}

pub(super) fn connect(setup: &Setup, server: &mut ServerConnection) -> Box<dyn LibraryClient> {
    let mut tls =
        ClientConnection::new(setup.client_config(), server_name()).expect("a connection");
    let mut incoming = Vec::new();
    let mut outgoing = Vec::new();
    while tls.is_handshaking() || tls.wants_write() {
        while tls.wants_write() {
            tls.write_tls(&mut outgoing)
                .expect("a writer that takes all");
        }
        feed(server, &outgoing);
        outgoing.clear();
        drain(server, &mut incoming);
        let mut rest = &incoming[..];
        while !rest.is_empty() {
            tls.read_tls(&mut rest)
                .expect("room in rustls's buffer");
            tls.process_new_packets()
                .expect("a handshake");
        }
        incoming.clear();
    }
    let sink = CountingSink::default();
    Box::new(Client { tls, sink })
}

impl LibraryClient for Client {
    /// Fills rustls's buffer, writes it out, and repeats, so the records are still in the cache when they are written.
    fn send(&mut self, _: &Plan, mut plaintext: &[u8], _: &mut [u8]) -> usize {
        while !plaintext.is_empty() {
            let taken = self
                .tls
                .writer()
                .write(plaintext)
                .expect("a connection");
            plaintext = &plaintext[taken..];
            while self.tls.wants_write() {
                self.tls
                    .write_tls(&mut self.sink)
                    .expect("a writer that takes all");
            }
        }
        self.sink.take_written()
    }

    /// Avoids the copy that `Read::read` makes: `BufRead::fill_buf` shows rustls's buffer.
    fn recv(&mut self, _: &Plan, tls: &mut [u8]) -> usize {
        let mut content = 0;
        self.each_chunk(tls, |chunk| content += black_box(chunk).len());
        content
    }

    fn recv_into(&mut self, _: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        let mut content = 0;
        self.each_chunk(tls, |chunk| {
            out[content..][..chunk.len()].copy_from_slice(chunk);
            content += chunk.len();
        });
        content
    }
}

impl Client {
    /// Passes each chunk of content in rustls's buffer to `take`.
    fn each_chunk(&mut self, tls: &[u8], mut take: impl FnMut(&[u8])) {
        let mut rest = tls;
        while !rest.is_empty() {
            self.tls
                .read_tls(&mut rest)
                .expect("room in rustls's buffer");
            let state = self
                .tls
                .process_new_packets()
                .expect("records");
            let mut left = state.plaintext_bytes_to_read();
            while left > 0 {
                let mut reader = self.tls.reader();
                let chunk = reader.fill_buf().expect("more content");
                let len = chunk.len();
                take(chunk);
                reader.consume(len);
                left -= len;
            }
        }
    }
}
