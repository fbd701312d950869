//! A record that was opened and that nobody has taken yet.

use rustls::Error;

use crate::record_layer::InboundRecord;

/// It lies at the front of the caller's input, in which its header was marked.
#[derive(Clone, Copy)]
pub(crate) struct Untaken(InboundRecord);

/// Stands in the first byte of its header: a type that no record has.
const OPENED: u8 = 0;

impl Untaken {
    /// Marks the record at the front of `incoming`, whose header has served its purpose.
    #[inline]
    pub(crate) fn mark(record: InboundRecord, incoming: &mut [u8]) -> Self {
        if let Some(first) = incoming.first_mut() {
            *first = OPENED;
        }
        Self(record)
    }

    #[inline]
    pub(crate) fn record(&self) -> InboundRecord {
        self.0
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
            [OPENED, ..] if incoming.len() >= self.0.record_len() => Ok(true),
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
