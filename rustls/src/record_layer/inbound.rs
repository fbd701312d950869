//! A record that was opened.

use core::fmt;
use core::ops::Range;

use rustls::ContentType;

use crate::record::HEADER_LEN;

/// A record that was opened.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct InboundRecord {
    pub(super) typ: ContentType,
    /// Where in the caller's slice that begins which the content is counted in: the payload, or all of the slice.
    pub(super) offset: usize,
    /// Where in that the content begins and ends.
    pub(super) content_start: usize,
    pub(super) content_end: usize,
    pub(super) record_len: usize,
}

impl InboundRecord {
    /// Application data that was opened where it lay, with its content there in the payload.
    pub(crate) fn of_data(within_payload: Range<usize>, record_len: usize) -> Self {
        Self {
            typ: ContentType::ApplicationData,
            offset: HEADER_LEN,
            content_start: within_payload.start,
            content_end: within_payload.end,
            record_len,
        }
    }

    /// The type of the content.
    #[inline]
    pub fn typ(&self) -> ContentType {
        self.typ
    }

    /// Where the content is, in the slice that it was opened in or into.
    #[inline]
    pub fn content(&self) -> Range<usize> {
        self.offset + self.content_start..self.offset + self.content_end
    }

    /// Where the content is in the payload, of a record that was opened where it lay.
    #[inline]
    pub(crate) fn within_payload(&self) -> Range<usize> {
        debug_assert_eq!(self.offset, HEADER_LEN);
        self.content_start..self.content_end
    }

    /// The content, from the slice that it was opened in or into.
    #[inline]
    pub(crate) fn content_in<'a>(&self, slice: &'a [u8]) -> &'a [u8] {
        debug_assert!(self.content().end <= slice.len());
        slice
            .get(self.offset..)
            .and_then(|opened| opened.get(self.content_start..self.content_end))
            .unwrap_or_default()
    }

    /// Bytes of the whole record as it came in, header included.
    #[inline]
    pub fn record_len(&self) -> usize {
        self.record_len
    }

    /// Whether it is application data, and not empty.
    #[inline]
    pub(crate) fn is_data(&self) -> bool {
        self.typ == ContentType::ApplicationData && self.content_start != self.content_end
    }
}

impl fmt::Debug for InboundRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundRecord")
            .field("typ", &self.typ())
            .field("content", &self.content())
            .field("record_len", &self.record_len())
            .finish()
    }
}

/// Where [`DecryptionState::decrypt_incoming_into`] opened a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OpenedInto {
    /// The content is in `out`.
    Out(InboundRecord),
    /// The content is in `incoming`: `out` was too short, or the record is not application data.
    Incoming(InboundRecord),
}

impl OpenedInto {
    /// The record, wherever it is.
    #[inline]
    pub(crate) fn record(&self) -> &InboundRecord {
        match self {
            Self::Out(record) | Self::Incoming(record) => record,
        }
    }
}
