//! Content that is written where it will be sealed.

use core::fmt;

use super::key_schedule::KeySchedule;
use super::sender::Sender;
use super::write_error::WriteError;

/// The place of the next record in the caller's output, whose content the caller writes there.
///
/// Nothing is sealed before [`seal`](Self::seal), and nothing at all if it is dropped.
pub struct Reservation<'a> {
    sender: &'a mut Sender,
    schedule: &'a mut (dyn KeySchedule + Send),
    out: &'a mut [u8],
    /// Where in `out` the content begins.
    begin: usize,
    /// Bytes of content that were asked for.
    len: usize,
}

impl<'a> Reservation<'a> {
    #[inline]
    pub(crate) fn new(
        sender: &'a mut Sender,
        schedule: &'a mut (dyn KeySchedule + Send),
        len: usize,
        out: &'a mut [u8],
    ) -> Result<Self, WriteError> {
        let way = sender
            .place_for(len, out.len())
            .inspect_err(|_| schedule.settle(sender.owes()))?;
        let begin = way + sender.content_offset();
        Ok(Self {
            sender,
            schedule,
            out,
            begin,
            len,
        })
    }

    /// Where the content goes: as many bytes as were asked for, with what the output held there before.
    #[inline]
    pub fn content(&mut self) -> &mut [u8] {
        &mut self.out[self.begin..][..self.len]
    }

    /// Seals the first `len` bytes of the content where they lie, and `padding` zero bytes behind them, and returns how
    /// many bytes at the front of the output are to be sent.
    ///
    /// They are the record, and before it what was owed to the peer. Without content nothing is sealed. Padding is of
    /// TLS 1.3 alone, and needs room of its own behind the record. RFC 8446 s5.4.
    ///
    /// # Errors
    ///
    /// The reservation is gone with any of them. Nothing was written but what the caller has written, unless it is `Failed`,
    /// and no sequence number was spent.
    ///
    /// - `BeyondReservation`: `len` is more than was reserved.
    /// - `ContentTooLong`: content and padding are more than 2^14 bytes.
    /// - `PaddingUnsupported` in TLS 1.2.
    /// - `InsufficientSize`: there is no room for the padding.
    /// - `KeyExhausted`: in TLS 1.3, if another key has to come first and there is none.
    /// - `Failed`: the provider could not seal the record.
    #[inline(always)]
    pub fn seal(self, len: usize, padding: usize) -> Result<usize, WriteError> {
        if len > self.len {
            return Err(WriteError::BeyondReservation {
                reserved: self.len,
                provided: len,
            });
        }
        let sealed = self
            .sender
            .seal_in_place(self.schedule, len, padding, self.out);
        self.schedule.settle(self.sender.owes());
        sealed
    }
}

impl fmt::Debug for Reservation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
