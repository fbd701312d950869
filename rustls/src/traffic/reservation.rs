//! Content that the caller writes where it will be sealed.

use core::fmt;

use super::keys::{OwedFlag, SendingKeys};
use super::sender::Sender;
use super::write_error::WriteError;

/// The place in the caller's output for the content of the next record.
///
/// The caller writes the content there, and [`seal`](Self::seal) seals it where it lies. If the reservation is dropped,
/// nothing is sealed.
pub struct Reservation<'a> {
    sender: &'a mut Sender,
    keys: &'a mut (dyn SendingKeys + Send),
    owed_flag: Option<&'a dyn OwedFlag>,
    out: &'a mut [u8],
    /// Where in `out` the content begins.
    begin: usize,
    /// Bytes of content that were reserved.
    len: usize,
}

impl<'a> Reservation<'a> {
    #[inline]
    pub(crate) fn new(
        sender: &'a mut Sender,
        keys: &'a mut (dyn SendingKeys + Send),
        owed_flag: Option<&'a dyn OwedFlag>,
        len: usize,
        out: &'a mut [u8],
    ) -> Result<Self, WriteError> {
        let before = match sender.reserve(len, out.len()) {
            Ok(before) => before,
            Err(err) => {
                set_flag(owed_flag, sender);
                return Err(err);
            }
        };
        let begin = before + sender.content_offset();
        Ok(Self {
            sender,
            keys,
            owed_flag,
            out,
            begin,
            len,
        })
    }

    /// The reserved bytes, to write the content to. They hold the output's earlier bytes.
    #[inline]
    pub fn content(&mut self) -> &mut [u8] {
        &mut self.out[self.begin..][..self.len]
    }

    /// Seals the first `len` bytes of the content where they lie, followed by `padding` zero bytes, and returns how
    /// many bytes at the front of the output are to be sent.
    ///
    /// These bytes are the messages that were owed to the peer, and the record. Nothing is sealed if `len` is 0.
    /// Padding exists in TLS 1.3 only, and needs room of its own after the record. RFC 8446 s5.4.
    ///
    /// # Errors
    ///
    /// An error uses up the reservation. Except for `Failed`, nothing but the caller's content was written, and no
    /// sequence number was spent.
    ///
    /// - `BeyondReservation`: `len` is more than was reserved.
    /// - `ContentTooLong`: content and padding are more than 2^14 bytes.
    /// - `PaddingUnsupported`: `padding` is not 0, in TLS 1.2.
    /// - `InsufficientSize`: the output has no room for the padding.
    /// - `KeyExhausted`: a KeyUpdate has to come first, and there is no next key. TLS 1.3 only.
    /// - `Failed`: the provider could not seal the record.
    #[inline(always)]
    pub fn seal(self, len: usize, padding: usize) -> Result<usize, WriteError> {
        if len > self.len {
            return Err(WriteError::BeyondReservation {
                reserved: self.len,
                provided: len,
            });
        }
        match self
            .sender
            .is_one_record(len, padding, self.out.len())
        {
            true => self
                .sender
                .seal_one_in_place(len, self.out),
            false => seal_with_owed(
                self.sender,
                self.keys,
                self.owed_flag,
                len,
                padding,
                self.out,
            ),
        }
    }
}

/// Takes the parts of a reservation, because passing the reservation itself would store it in memory.
#[cold]
fn seal_with_owed(
    sender: &mut Sender,
    keys: &mut dyn SendingKeys,
    owed_flag: Option<&dyn OwedFlag>,
    len: usize,
    padding: usize,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    let sealed = sender.seal_in_place(keys, len, padding, out);
    set_flag(owed_flag, sender);
    sealed
}

#[cold]
fn set_flag(flag: Option<&dyn OwedFlag>, sender: &Sender) {
    if let Some(flag) = flag {
        flag.set_owes(sender.owes());
    }
}

impl fmt::Debug for Reservation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
