//! The stream under a library that reads and writes by itself.

use std::io::{self, Read, Write};
use std::slice;

use rustls::ServerConnection;

use crate::counting_sink::CountingSink;

/// A stream to the server during the handshake, and the cheapest possible stream afterwards.
///
/// After the handshake, writes are only counted. Reads copy from a lent slice, as `read(2)` copies from the kernel.
#[derive(Debug)]
pub(super) struct MemoryStream {
    /// The server until the handshake is complete, then `None`.
    server: Option<Box<ServerConnection>>,
    pub(super) sink: CountingSink,
    incoming: &'static [u8],
}

impl MemoryStream {
    pub(super) fn new(server: ServerConnection) -> Self {
        Self {
            server: Some(Box::new(server)),
            sink: CountingSink::default(),
            incoming: &[],
        }
    }

    /// Returns the server after the handshake.
    ///
    /// # Panics
    /// If it was already taken.
    pub(super) fn take_server(&mut self) -> ServerConnection {
        *self
            .server
            .take()
            .expect("the server is taken once")
    }

    /// Lends `tls` to reads.
    ///
    /// # Safety
    /// `tls` must stay valid until the call of `take_back`, unless nothing is read after `tls` ends.
    pub(super) unsafe fn lend(&mut self, tls: &[u8]) {
        // SAFETY: pointer and length come from a slice, and its lifetime is the caller's duty.
        self.incoming = unsafe { slice::from_raw_parts(tls.as_ptr(), tls.len()) };
    }

    /// Ends the loan of [`lend`](Self::lend).
    pub(super) fn take_back(&mut self) {
        self.incoming = &[];
    }
}

impl Read for MemoryStream {
    fn read(&mut self, mut buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.server {
            Some(server) => server.write_tls(&mut buf),
            None => self.incoming.read(buf),
        }
    }
}

impl Write for MemoryStream {
    fn write(&mut self, mut buf: &[u8]) -> io::Result<usize> {
        match &mut self.server {
            Some(server) => {
                let taken = server.read_tls(&mut buf)?;
                server
                    .process_new_packets()
                    .map_err(io::Error::other)?;
                Ok(taken)
            }
            None => self.sink.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
