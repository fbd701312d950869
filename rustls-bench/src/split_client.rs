//! The split halves of a rustls-direct connection. The reader can open straight into the application's slice.

use std::hint::black_box;

use rustls::{Error, ServerConnection};
use rustls_direct::split::{Event, Reader, Received, Writer};
use testing::Setup;
use testing::raw::Plan;

use crate::library_client::LibraryClient;
use crate::unbuffered_client::DirectClient;

pub(crate) struct SplitClient {
    reader: Reader,
    pub(crate) writer: Writer,
}

impl SplitClient {
    /// Shakes hands with `server`.
    pub(crate) fn connect(setup: &Setup, server: &mut ServerConnection) -> Self {
        let (reader, writer) = DirectClient::connect(setup, server)
            .0
            .split()
            .expect("a complete handshake");
        Self { reader, writer }
    }
}

/// Returns the length of the received data, and the number of input bytes to discard.
#[inline]
fn data_and_discard(received: Result<Received<'_>, Error>) -> (usize, usize) {
    let received = received.expect("authentic");
    match received.event {
        Event::Data(data) => (black_box(data).len(), received.discard),
        other => panic!("unexpected {other:?}"),
    }
}

impl LibraryClient for SplitClient {
    fn send(&mut self, _: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize {
        let written = self
            .writer
            .write(plaintext, out)
            .expect("room for it");
        written.written
    }

    fn recv(&mut self, _: &Plan, mut tls: &mut [u8]) -> usize {
        let mut content = 0;
        while !tls.is_empty() {
            let received = self.reader.read(tls);
            let (len, discard) = data_and_discard(received);
            content += len;
            tls = &mut tls[discard..];
        }
        content
    }

    fn recv_into(&mut self, _: &Plan, mut tls: &mut [u8], out: &mut [u8]) -> usize {
        let mut content = 0;
        while !tls.is_empty() {
            let received = self
                .reader
                .read_into(tls, &mut out[content..]);
            let (len, discard) = data_and_discard(received);
            content += len;
            tls = &mut tls[discard..];
        }
        content
    }
}
