//! The half that opens records.

use core::fmt;

use alloc::sync::Arc;

use rustls::Error;

use super::errors::Truncated;
use super::secrets::SharedSecrets;
use super::shared::Shared;
use crate::record_layer::{InboundRecord, OpenedInto};
use crate::traffic::{Control, Failure, Opening, Receiver, UnreadRecord, taken_already};

/// The half of a connection that opens records.
pub struct Reader {
    pub(super) receiver: Receiver,
    pub(super) shared: Arc<Shared>,
    pub(super) secrets: SharedSecrets,
    /// A record that was opened before the connection was split, and not taken.
    pub(super) unread: Option<UnreadRecord>,
    pub(super) failed: Option<Error>,
}

/// The result of a read.
#[derive(Debug)]
pub struct Received<'i> {
    /// Bytes to remove from the front of the input after `event` was handled: those of all records that were handled,
    /// the record of the data included.
    pub discard: usize,
    /// What came from the peer.
    pub event: Event<'i>,
    /// Whether the writer owes the peer a message: see [`Writer::flush`](super::Writer::flush).
    pub writer_owes: bool,
}

/// What came from the peer.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Event<'i> {
    /// Application data: the content of one record.
    Data(&'i [u8]),
    /// Less than a whole record.
    Incomplete,
    /// The peer's close_notify: no more data will come. Bytes after it are ignored. RFC 8446 s6.1.
    Closed,
}

impl Reader {
    /// Handles the records at the front of `incoming` up to the next record of application data, which is opened where
    /// it lies.
    ///
    /// Unlike in the state machine, the record counts as taken when this returns: pass only the bytes after
    /// [`Received::discard`] to the next call.
    ///
    /// # Errors
    ///
    /// An error ends the connection, and every later call repeats it. The writer then owes the peer an alert, unless
    /// the peer has sent one.
    ///
    /// Two mistakes of the caller are reported and change nothing: `incoming` begins with bytes that should have been
    /// discarded; or, at the first call, it does not begin with the record that was opened before the split and not
    /// taken.
    #[inline]
    pub fn read<'i>(&mut self, incoming: &'i mut [u8]) -> Result<Received<'i>, Error> {
        if !self.is_open() {
            return self.read_without_opening(incoming);
        }
        match self.receiver.open(incoming) {
            Ok(Some(record)) if self.receiver.accept_data(&record) => {
                self.receiver.mark_taken(incoming);
                Ok(self.data(&record, 0, incoming))
            }
            // Three arms: a single value for all of them would be made in memory, and with it each record of data.
            Ok(Some(record)) => {
                self.read_on(Ok(Some(OpenedInto::Incoming(record))), incoming, &mut [])
            }
            Ok(None) => self.read_on(Ok(None), incoming, &mut []),
            Err(err) => self.read_on(Err(err), incoming, &mut []),
        }
    }

    /// As [`read`](Self::read), but opens the record straight into `out` if that has room for it: see
    /// [`room_for`](Self::room_for).
    ///
    /// The data is a part of `out` or of `incoming`. Bytes of `out` after the data may have been written.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub fn read_into<'i>(
        &mut self,
        incoming: &'i mut [u8],
        out: &'i mut [u8],
    ) -> Result<Received<'i>, Error> {
        if !self.is_open() {
            return self.read_without_opening(incoming);
        }
        match self.receiver.open_into(incoming, out) {
            Ok(Some(OpenedInto::Out(record))) if self.receiver.accept_data(&record) => {
                self.receiver.mark_taken(incoming);
                Ok(self.data(&record, 0, out))
            }
            // Three arms here too.
            Ok(Some(opened)) => self.read_on(Ok(Some(opened)), incoming, out),
            Ok(None) => self.read_on(Ok(None), incoming, out),
            Err(err) => self.read_on(Err(err), incoming, out),
        }
    }

    /// Bytes of output that [`read_into`](Self::read_into) needs for the record at the front of `incoming`: its
    /// content, and in TLS 1.3 its type byte and padding. `None` if `incoming` has less than a whole header.
    pub fn room_for(&self, incoming: &[u8]) -> Option<usize> {
        self.receiver.room_for(incoming)
    }

    /// Checks that the peer had closed its side when the transport ended. RFC 8446 s6.1.
    ///
    /// # Errors
    ///
    /// [`Truncated`] if no close_notify has come. The data may then be incomplete, and anybody on the path may have cut
    /// it.
    pub fn end_of_input(&self) -> Result<(), Truncated> {
        match self.receiver.received_close_notify() {
            true => Ok(()),
            false => Err(Truncated),
        }
    }

    /// Frees the memory of the cipher until the next record comes: see
    /// [`release_ciphers`](crate::unbuffered::CommonState::release_ciphers).
    pub fn release_cipher(&mut self) {
        self.receiver.release_cipher();
    }

    /// Number of session tickets of TLS 1.3 that a client has received since the handshake.
    pub fn tickets_received(&self) -> u32 {
        self.receiver.tickets_received()
    }

    /// Whether records are to be opened: no record is unread, the reader has not failed, and the peer has not closed.
    #[inline]
    fn is_open(&self) -> bool {
        self.unread.is_none() && self.failed.is_none() && !self.receiver.received_close_notify()
    }

    /// Returns the record that was opened before the split, or the reason why no record is opened.
    #[cold]
    fn read_without_opening<'i>(&mut self, incoming: &'i [u8]) -> Result<Received<'i>, Error> {
        if let Some(unread) = self.unread {
            if !unread.is_presented(&self.receiver, incoming)? {
                return Ok(self.received(0, Event::Incomplete));
            }
            self.unread = None;
            return Ok(self.data(&unread.record(), 0, incoming));
        }
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => Ok(self.received(0, Event::Closed)),
        }
    }

    /// Handles the result of the first opening, and records after it up to the next application data.
    #[inline(never)]
    fn read_on<'i>(
        &mut self,
        mut opening: Opening,
        incoming: &'i mut [u8],
        out: &'i mut [u8],
    ) -> Result<Received<'i>, Error> {
        let mut discard = 0;
        loop {
            match &opening {
                Ok(Some(opened))
                    if self
                        .receiver
                        .accept_data(opened.record()) =>
                {
                    self.receiver
                        .mark_taken(&mut incoming[discard..]);
                    return Ok(match opened {
                        OpenedInto::Out(record) => self.data(record, discard, out),
                        OpenedInto::Incoming(record) => {
                            self.data(record, discard, &incoming[discard..])
                        }
                    });
                }
                _ => {}
            }
            let rest = &mut incoming[discard..];
            let progress = self.shared.progress();
            match self
                .receiver
                .handle_control(&mut self.secrets, progress, opening, rest, out)
            {
                Ok(Control::AlreadyOpened) if discard == 0 => return Err(taken_already()),
                Ok(Control::Incomplete | Control::AlreadyOpened) => {
                    return Ok(self.received(discard, Event::Incomplete));
                }
                Ok(Control::Handled { len, requests }) => {
                    discard += len;
                    self.shared.note_requests(requests);
                }
                Err(failure) => return Err(self.fail(failure)),
            }
            if self.receiver.received_close_notify() {
                return Ok(self.received(discard, Event::Closed));
            }
            opening = self
                .receiver
                .open_into(&mut incoming[discard..], out);
        }
    }

    /// The data of a record that comes after `discard` bytes of the input. `slice` is where its content was opened.
    #[inline]
    fn data<'i>(&self, record: &InboundRecord, discard: usize, slice: &'i [u8]) -> Received<'i> {
        let data = record.content_in(slice);
        self.received(discard + record.record_len(), Event::Data(data))
    }

    #[inline]
    fn received<'i>(&self, discard: usize, event: Event<'i>) -> Received<'i> {
        Received {
            discard,
            event,
            writer_owes: self.shared.owes(),
        }
    }

    /// Ends reading.
    ///
    /// The failure is noted before the key schedule is dropped. A writer that is changing its key has not taken the
    /// note, and goes on with a prepared key. Its next call takes the note, and the alert is sealed under that key.
    #[cold]
    fn fail(&mut self, failure: Failure) -> Error {
        let error = failure.error.clone();
        self.failed = Some(error.clone());
        self.receiver.discard_key();
        self.shared.note_failure(failure);
        self.secrets.drop_key_schedule();
        error
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(data) => write!(f, "Data({} bytes)", data.len()),
            Self::Incomplete => f.write_str("Incomplete"),
            Self::Closed => f.write_str("Closed"),
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
