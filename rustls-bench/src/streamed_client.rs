//! A rustls-direct connection used as by an application that writes to a socket: each record is written before the next
//! one is sealed.

use std::io::Write;

use rustls::ServerConnection;
use rustls_direct::record::MAX_CONTENT_LEN;
use testing::Setup;
use testing::raw::Plan;

use crate::counting_sink::CountingSink;
use crate::library_client::LibraryClient;
use crate::split_client::SplitClient;

pub(crate) struct StreamedClient<W> {
    halves: SplitClient,
    /// Holds one record of the largest size, so it stays in the cache.
    buffer: Vec<u8>,
    pub(crate) to: W,
}

impl<W: Write> StreamedClient<W> {
    /// Shakes hands with `server`. Records are written to `to`.
    pub(crate) fn connect(setup: &Setup, server: &mut ServerConnection, to: W) -> Self {
        let mut halves = SplitClient::connect(setup, server);
        let len = halves
            .writer
            .required_len(MAX_CONTENT_LEN);
        Self {
            halves,
            buffer: vec![0; len],
            to,
        }
    }

    /// Seals and writes all of `plaintext`, as much at a time as the buffer holds.
    pub(crate) fn write_all(&mut self, mut plaintext: &[u8]) {
        while !plaintext.is_empty() {
            let written = self
                .halves
                .writer
                .write(plaintext, &mut self.buffer)
                .expect("room for a record");
            self.to
                .write_all(&self.buffer[..written.written])
                .expect("a writer that takes all");
            plaintext = &plaintext[written.consumed..];
        }
    }
}

impl LibraryClient for StreamedClient<CountingSink> {
    fn send(&mut self, _: &Plan, plaintext: &[u8], _: &mut [u8]) -> usize {
        self.write_all(plaintext);
        self.to.take_written()
    }

    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize {
        self.halves.recv(plan, tls)
    }

    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        self.halves.recv_into(plan, tls, out)
    }
}
