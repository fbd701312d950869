//! A record that was opened and that nobody has taken yet.

use core::num::NonZeroU64;

use rustls::Error;

use super::receiver::Receiver;
use crate::error::explained;
use crate::record::HEADER_LEN;
use crate::record_layer::InboundRecord;

/// It lies at the front of the caller's input, and its header is marked there: see [`Receiver::mark`].
///
/// The state machine notes it of every record of data, so it is one number, which takes one store: in 16 bits each, from
/// the lowest on, where in the payload the content begins and ends, and the length of the record.
#[derive(Clone, Copy)]
pub(crate) struct Untaken(NonZeroU64);

/// It is always set, so that an `Option` takes no more room.
const TOP_BIT: NonZeroU64 = NonZeroU64::new(1 << 63).expect("not zero");

impl Untaken {
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
        InboundRecord::of_data(self.at(0)..self.at(16), self.at(32))
    }

    fn at(&self, bit: u32) -> usize {
        usize::from((self.0.get() >> bit & 0xffff) as u16)
    }

    /// Whether the caller presents it again. Without any input it does not, which is no error.
    ///
    /// # Errors
    ///
    /// If there is something else. The caller may try again.
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

/// What is said of an input that begins with something else than what was left of it.
pub(crate) fn input_missing() -> Error {
    explained(
        "`incoming_tls` does not begin with what was left of it the last time: \
         only bytes that were to be discarded may be removed from it",
    )
}

/// What is said of an input that begins with a record that the caller has taken.
#[cold]
pub(crate) fn taken_already() -> Error {
    explained(
        "the record at the front of the input was taken already: discard its bytes, \
         which are counted by the `discard` that came with it",
    )
}
