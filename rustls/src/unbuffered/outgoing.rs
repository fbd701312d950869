//! Records that are to be encoded into the caller's buffer.

use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::{self, Write};

use rustls::unbuffered::InsufficientSizeError;

use crate::record::{HEADER_LEN, records};

/// Whole records. Those at the front may have been encoded or written.
#[derive(Default)]
pub(super) struct Outgoing {
    records: Vec<u8>,
    /// Bytes at the front that were encoded or written: whole records, unless a transport took a part of one.
    encoded: usize,
}

impl Outgoing {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The buffer to append records to.
    pub(super) fn records(&mut self) -> &mut Vec<u8> {
        &mut self.records
    }

    /// Puts as many whole records as fit at the front of `out`, and returns their length in bytes.
    ///
    /// # Errors
    ///
    /// If the first record does not fit. The error gives its length.
    pub(super) fn encode(&mut self, out: &mut [u8]) -> Result<usize, InsufficientSizeError> {
        let len = whole_records(&self.records, self.encoded, out.len())?;
        out[..len].copy_from_slice(&self.records[self.encoded..][..len]);
        self.remove(len);
        Ok(len)
    }

    /// Writes all records to `transport`.
    ///
    /// # Errors
    ///
    /// Those of `transport`. The next call goes on where this one ended.
    #[cfg(feature = "std")]
    pub(super) fn write_to(&mut self, transport: &mut (impl Write + ?Sized)) -> io::Result<()> {
        while !self.is_empty() {
            match transport.write(&self.records[self.encoded..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => self.remove(len),
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    /// Removes the first `len` bytes.
    fn remove(&mut self, len: usize) {
        self.encoded += len;
        if self.encoded >= self.records.len() {
            self.records.clear();
            self.encoded = 0;
        }
    }
}

/// The length of as many whole records of `tls` as fit into `room` bytes, after the first `skip` bytes of `tls`. If
/// these end within a record, the rest of it counts as a record.
fn whole_records(tls: &[u8], skip: usize, room: usize) -> Result<usize, InsufficientSizeError> {
    let (mut end, mut len) = (0, 0);
    for (_, payload) in records(tls) {
        end += HEADER_LEN + payload.len();
        match end.saturating_sub(skip) {
            required_size if required_size <= room => len = required_size,
            required_size if len == 0 => return Err(InsufficientSizeError { required_size }),
            _ => break,
        }
    }
    Ok(len)
}
