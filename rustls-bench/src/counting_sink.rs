//! A destination for TLS bytes that nobody reads.

use std::io::{self, IoSlice, Write};
use std::mem;

/// Counts the bytes that are written to it and drops them: the least that a writer can do.
#[derive(Debug, Default)]
pub(crate) struct CountingSink {
    written: usize,
}

impl CountingSink {
    /// Returns the number of bytes written since the last call.
    pub(crate) fn take_written(&mut self) -> usize {
        mem::take(&mut self.written)
    }
}

impl Write for CountingSink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.written += buf.len();
        Ok(buf.len())
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        bufs.iter()
            .map(|buf| self.write(buf))
            .sum()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
