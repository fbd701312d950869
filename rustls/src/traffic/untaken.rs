//! A record that was opened and that nobody has taken yet.

use core::num::NonZeroU64;

use rustls::Error;

use crate::record::HEADER_LEN;
use crate::record_layer::InboundRecord;

/// It lies at the front of the caller's input, in which its header was marked.
///
/// The state machine notes it of every record of data, so it is one number, which takes one store: in 16 bits each, from
/// the lowest on, where in the payload the content begins and ends, and the length of the record.
#[derive(Clone, Copy)]
pub(crate) struct Untaken(NonZeroU64);

/// Stands in the first byte of its header: a type that no record has.
const OPENED: u8 = 0;

/// It is always set, so that an `Option` takes no more room.
const TOP_BIT: NonZeroU64 = NonZeroU64::new(1 << 63).expect("not zero");

impl Untaken {
    /// Marks the record of data at the front of `incoming`, whose header has served its purpose.
    #[inline]
    pub(crate) fn mark(record: &InboundRecord, incoming: &mut [u8]) -> Self {
        if let Some(first) = incoming.first_mut() {
            *first = OPENED;
        }
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
    pub(crate) fn is_presented(&self, incoming: &[u8]) -> Result<bool, Error> {
        match incoming {
            [] => Ok(false),
            [OPENED, ..] if incoming.len() >= self.record().record_len() => Ok(true),
            _ => Err(input_missing()),
        }
    }
}

/// What is said of an input that begins with something else than what was left of it.
pub(crate) fn input_missing() -> Error {
    Error::General(
        "`incoming_tls` does not begin with what was left of it the last time: \
         only bytes that were to be discarded may be removed from it"
            .into(),
    )
}
