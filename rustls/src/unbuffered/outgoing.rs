//! Records that wait for room in the caller's buffer.

use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::{self, Write};

use rustls::unbuffered::InsufficientSizeError;

use crate::record::{HEADER_LEN, records};

/// Whole records, of which the front may have been encoded or written.
#[derive(Default)]
pub(super) struct Outgoing {
    records: Vec<u8>,
    /// Bytes at their front that were encoded or written: whole records, unless a transport took a part of one.
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
        let len = whole_records(&self.records, self.encoded, out.len())?;
        out[..len].copy_from_slice(&self.records[self.encoded..][..len]);
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

/// How many bytes behind the first `taken` ones of `tls` end with a record and have room. A transport may have taken a part of
/// a record, of which the rest counts as one.
fn whole_records(tls: &[u8], taken: usize, room: usize) -> Result<usize, InsufficientSizeError> {
    let (mut end, mut len) = (0, 0);
    for (_, payload) in records(tls) {
        end += HEADER_LEN + payload.len();
        match end.saturating_sub(taken) {
            required_size if required_size <= room => len = required_size,
            required_size if len == 0 => return Err(InsufficientSizeError { required_size }),
            _ => break,
        }
    }
    Ok(len)
}
