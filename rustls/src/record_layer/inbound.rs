//! A record that was opened.

use core::fmt;
use core::ops::Range;

use rustls::ContentType;

use crate::record::HEADER_LEN;

/// The type and position of a record that was opened. Offsets refer to the caller's slice.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct InboundRecord {
    pub(super) typ: ContentType,
    /// Offset in the caller's slice of the bytes that the content is counted from: the payload, or the whole slice.
    pub(super) offset: usize,
    /// Start of the content, counted from `offset`.
    pub(super) content_start: usize,
    /// End of the content, counted from `offset`.
    pub(super) content_end: usize,
    pub(super) record_len: usize,
}

impl InboundRecord {
    /// Makes a record of application data that was opened in place, with its content at `within_payload`.
    pub(crate) fn of_data(within_payload: Range<usize>, record_len: usize) -> Self {
        Self {
            typ: ContentType::ApplicationData,
            offset: HEADER_LEN,
            content_start: within_payload.start,
            content_end: within_payload.end,
            record_len,
        }
    }

    /// Returns the type of the content.
    #[inline]
    pub fn typ(&self) -> ContentType {
        self.typ
    }

    /// Returns the content's range in the slice that the record was opened in or into.
    #[inline]
    pub fn content(&self) -> Range<usize> {
        self.offset + self.content_start..self.offset + self.content_end
    }

    /// Returns the content's range in the payload of a record that was opened in place.
    #[inline]
    pub(crate) fn within_payload(&self) -> Range<usize> {
        debug_assert_eq!(self.offset, HEADER_LEN);
        self.content_start..self.content_end
    }

    /// Returns the content. `slice` is the slice that the record was opened in or into.
    #[inline]
    pub(crate) fn content_in<'a>(&self, slice: &'a [u8]) -> &'a [u8] {
        debug_assert!(self.content().end <= slice.len());
        slice
            .get(self.offset..)
            .and_then(|opened| opened.get(self.content_start..self.content_end))
            .unwrap_or_default()
    }

    /// Returns the length of the whole incoming record, header included.
    #[inline]
    pub fn record_len(&self) -> usize {
        self.record_len
    }

    /// Returns whether the record is application data with content.
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

/// The slice that holds a record's content after
/// [`decrypt_incoming_into`](super::DecryptionState::decrypt_incoming_into).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OpenedInto {
    /// The content is in `out`.
    Out(InboundRecord),
    /// The content is in `incoming`: `out` was too short, or the record is not application data.
    Incoming(InboundRecord),
}

impl OpenedInto {
    /// Returns the record, whichever slice holds it.
    #[inline]
    pub(crate) fn record(&self) -> &InboundRecord {
        match self {
            Self::Out(record) | Self::Incoming(record) => record,
        }
    }
}
