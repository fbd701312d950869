//! The mark on a record that was opened, by which it is recognised if the caller presents it again.

use rustls::Error;
use rustls::crypto::SecureRandom;

use crate::record::{APPLICATION_DATA, HEADER_LEN, RecordHeader};

/// Five bytes that a connection writes over the header of a record that it has opened.
///
/// No record has a type of 128 or more, as the first byte. The others are random: nobody but the connection knows them.
#[derive(Clone, Copy)]
pub(crate) struct Mark([u8; HEADER_LEN]);

impl Mark {
    /// The header of an empty record of application data. A header like that is never compared with a mark.
    pub(super) const NONE: Self = Self(*RecordHeader::new(APPLICATION_DATA, 0).as_bytes());

    /// Makes the mark of a connection.
    pub(crate) fn new(random: &dyn SecureRandom) -> Result<Self, Error> {
        let mut mark = [0; HEADER_LEN];
        random.fill(&mut mark)?;
        mark[0] |= 0x80;
        Ok(Self(mark))
    }

    /// Writes the mark over the header at the front of `incoming`.
    #[inline(always)]
    pub(super) fn write(&self, incoming: &mut [u8]) {
        if let Some(header) = incoming.first_chunk_mut() {
            *header = self.0;
        }
    }

    /// Writes the first four bytes of the mark, which takes one store.
    ///
    /// Four bytes are enough for a record whose content the caller already has: a guess of the mark gains nothing.
    #[inline(always)]
    #[cfg(feature = "std")]
    pub(super) fn write_front(&self, incoming: &mut [u8]) {
        if let (Some(header), Some(front)) = (incoming.first_chunk_mut(), self.front()) {
            *header = *front;
        }
    }

    #[inline(always)]
    fn front(&self) -> Option<&[u8; 4]> {
        self.0.first_chunk()
    }

    /// Whether all of the mark is at the front of `incoming`.
    pub(super) fn is_at_front_of(&self, incoming: &[u8]) -> bool {
        incoming.starts_with(&self.0)
    }

    /// Whether `header` begins with the first four bytes of the mark.
    #[inline(always)]
    pub(super) fn is_front_of(&self, header: RecordHeader) -> bool {
        header.as_bytes().first_chunk() == self.front()
    }
}
