//! Records that wait for room in the caller's buffer.

use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::{self, Write};

use rustls::unbuffered::InsufficientSizeError;

use crate::record::{HEADER_LEN, RecordHeader};

/// Whole records, of which the first may have been encoded.
#[derive(Default)]
pub(super) struct Outgoing {
    records: Vec<u8>,
    /// Bytes at their front that were encoded.
    encoded: usize,
}

impl Outgoing {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What others are added to.
    pub(super) fn records(&mut self) -> &mut Vec<u8> {
        &mut self.records
    }

    /// Puts as many records as have room at the front of `out`, and returns how many bytes they are.
    ///
    /// # Errors
    ///
    /// If there is no room for one. It says how long that is.
    pub(super) fn encode(&mut self, out: &mut [u8]) -> Result<usize, InsufficientSizeError> {
        let waiting = &self.records[self.encoded..];
        let len = whole_records(waiting, out.len())?;
        out[..len].copy_from_slice(&waiting[..len]);
        self.take(len);
        Ok(len)
    }

    /// Writes all of them to `transport`.
    ///
    /// # Errors
    ///
    /// Those of `transport`. The next call goes on where this one ended.
    #[cfg(feature = "std")]
    pub(super) fn write_to(&mut self, transport: &mut (impl Write + ?Sized)) -> io::Result<()> {
        while !self.is_empty() {
            match transport.write(&self.records[self.encoded..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => self.take(len),
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    /// Forgets the first `len` bytes.
    fn take(&mut self, len: usize) {
        self.encoded += len;
        if self.encoded >= self.records.len() {
            self.records.clear();
            self.encoded = 0;
        }
    }
}

/// How many bytes at the front of `records` are whole records that have room.
fn whole_records(records: &[u8], room: usize) -> Result<usize, InsufficientSizeError> {
    let mut len = 0;
    while let Some(header) = RecordHeader::read(&records[len..]) {
        let end = records
            .len()
            .min(len + HEADER_LEN + header.payload_len());
        match len {
            0 if end > room => return Err(InsufficientSizeError { required_size: end }),
            _ if end > room => break,
            _ => len = end,
        }
    }
    Ok(len)
}
