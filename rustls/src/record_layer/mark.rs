//! Marks records that were opened, to recognise them if the caller presents them again.

use rustls::Error;
use rustls::crypto::SecureRandom;

use crate::record::{APPLICATION_DATA, HEADER_LEN, RecordHeader};

/// The five bytes that a connection writes over the header of a record that it has opened.
///
/// The first bit is set, which it is in no record type. The other 39 bits are random, so nobody but the connection
/// knows them, not even the peer.
#[derive(Clone, Copy)]
pub(crate) struct Mark([u8; HEADER_LEN]);

impl Mark {
    /// Stands in for a mark in a record layer without connection: a header of application data, which is never compared
    /// with a mark.
    pub(super) const NONE: Self = Self(*RecordHeader::new(APPLICATION_DATA, 0).as_bytes());

    /// Makes a random mark for a connection.
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

    /// Writes the first four bytes of the mark over the header at the front of `incoming`. That takes one store.
    ///
    /// Four bytes suffice for a record whose content the caller already has: guessing the mark gains nothing then.
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

    /// Returns whether `incoming` starts with the whole mark.
    pub(super) fn is_at_front_of(&self, incoming: &[u8]) -> bool {
        incoming.starts_with(&self.0)
    }

    /// Returns whether `header` starts with the first four bytes of the mark.
    #[inline(always)]
    pub(super) fn is_front_of(&self, header: RecordHeader) -> bool {
        header.as_bytes().first_chunk() == self.front()
    }
}
