//! A record of data that was opened in the caller's input and that the caller has not taken.

use core::num::NonZeroU64;

use rustls::Error;

use super::receiver::Receiver;
use crate::error::explained;
use crate::record::HEADER_LEN;
use crate::record_layer::InboundRecord;

/// Where the content of an opened record lies at the front of the caller's input.
///
/// The header of the record is marked there: see [`Receiver::mark`]. The state machine stores this for every record of
/// data, so it is one number, which takes one store: 16 bits each, from the lowest on, for where in the payload the
/// content begins and ends, and for the length of the record.
#[derive(Clone, Copy)]
pub(crate) struct UnreadRecord(NonZeroU64);

/// Always set, so that the number is never 0 and an `Option` of it takes 8 bytes.
const TOP_BIT: NonZeroU64 = NonZeroU64::new(1 << 63).expect("not zero");

impl UnreadRecord {
    /// The record of data at the front of the input.
    #[inline]
    pub(crate) fn new(record: &InboundRecord) -> Self {
        let content = record.within_payload();
        debug_assert!(
            HEADER_LEN + content.end <= record.record_len() && record.record_len() < 1 << 16
        );
        let bits =
            content.start as u64 | (content.end as u64) << 16 | (record.record_len() as u64) << 32;
        Self(TOP_BIT | bits)
    }

    pub(crate) fn record(&self) -> InboundRecord {
        InboundRecord::of_data(self.field(0)..self.field(16), self.field(32))
    }

    fn field(&self, bit: u32) -> usize {
        usize::from((self.0.get() >> bit & 0xffff) as u16)
    }

    /// Whether `incoming` begins with this record. It does not if `incoming` is empty, which is no error.
    ///
    /// # Errors
    ///
    /// If `incoming` begins with other bytes. The caller may try again.
    #[cold]
    pub(crate) fn is_presented(&self, receiver: &Receiver, incoming: &[u8]) -> Result<bool, Error> {
        match incoming {
            [] => Ok(false),
            _ if incoming.len() < self.record().record_len() => Err(input_missing()),
            _ if receiver.is_marked(incoming) => Ok(true),
            _ => Err(input_missing()),
        }
    }
}

/// The error for an input that does not begin with the bytes that the caller had to keep.
pub(crate) fn input_missing() -> Error {
    explained(
        "`incoming_tls` does not begin with the bytes that the last call retained: \
         remove only as many bytes from its front as `discard` says",
    )
}

/// The error for an input that begins with a record that the caller has taken.
#[cold]
pub(crate) fn taken_already() -> Error {
    explained(
        "the record at the front of the input was already taken: \
         discard as many bytes as the `discard` that came with it",
    )
}
