//! What is under a library that reads and writes by itself.

use std::io::{self, Read, Write};
use std::slice;

use rustls::ServerConnection;

use crate::counting_sink::CountingSink;

/// During the handshake the server, and afterwards the least that a stream can be.
///
/// Then nobody needs what is written, and what is read is copied from where it lies, as `read(2)` would.
#[derive(Debug)]
pub(super) struct MemoryStream {
    /// Until the handshake is over.
    server: Option<Box<ServerConnection>>,
    pub(super) sink: CountingSink,
    incoming: &'static [u8],
}

impl MemoryStream {
    pub(super) fn to(server: ServerConnection) -> Self {
        Self {
            server: Some(Box::new(server)),
            sink: CountingSink::default(),
            incoming: &[],
        }
    }

    /// Gives the server back when the handshake is over.
    pub(super) fn take_server(&mut self) -> ServerConnection {
        *self
            .server
            .take()
            .expect("it was not taken before")
    }

    /// Lends `tls` to be read.
    ///
    /// # Safety
    /// Unless nothing is read any more, `tls` has to outlive the call of `take_back`.
    pub(super) unsafe fn lend(&mut self, tls: &[u8]) {
        // SAFETY: it was made from a slice, and for how long that lives is the caller's duty.
        self.incoming = unsafe { slice::from_raw_parts(tls.as_ptr(), tls.len()) };
    }

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
