//! The half that seals records.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use super::secrets::SharedSecrets;
use super::shared::Shared;
use crate::traffic::{Gathered, OwedFlag, Reservation, Sender, WriteError, Written};

/// The half of a connection that seals records.
pub struct Writer {
    pub(super) sender: Sender,
    pub(super) shared: Arc<Shared>,
    pub(super) secrets: SharedSecrets,
}

impl Writer {
    /// Seals as many whole records of `data` as fit into `out`, and returns how many bytes were sealed and written.
    ///
    /// The messages that are owed to the peer come before the data. When a key of TLS 1.3 has sealed as many records as
    /// it may, a KeyUpdate precedes the next record. Each record carries as much as the config's `max_fragment_size`
    /// allows. `out` after the written bytes is untouched. If there is no data, nothing is written.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `InsufficientSize` is returned only if `out` has no room for one record.
    #[inline]
    pub fn write<'a>(
        &mut self,
        data: impl Into<Gathered<'a>>,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        self.write_padded(data, 0, out)
    }

    /// As [`write`](Self::write), with `padding` zero bytes in each record, which hide the length of the data.
    ///
    /// A record gets fewer if content and padding would exceed 2^14 bytes. RFC 8446 s5.4.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), and `PaddingUnsupported` in TLS 1.2.
    #[inline]
    pub fn write_padded<'a>(
        &mut self,
        data: impl Into<Gathered<'a>>,
        padding: usize,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        self.take_notes();
        let written = self
            .sender
            .write(&mut self.secrets, data.into(), padding, out);
        self.shared.set_owes(self.sender.owes());
        written
    }

    /// Finds the place in `out` for the content of the next record, to which the caller writes up to `len` bytes.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `ContentTooLong` if `len` is more than one record holds.
    #[inline]
    pub fn reserve<'a>(
        &'a mut self,
        len: usize,
        out: &'a mut [u8],
    ) -> Result<Reservation<'a>, WriteError> {
        self.take_notes();
        let flag: &dyn OwedFlag = &*self.shared;
        Reservation::new(&mut self.sender, &mut self.secrets, Some(flag), len, out)
    }

    /// Frees the memory of the cipher until the next record is sealed: see
    /// [`release_ciphers`](crate::unbuffered::CommonState::release_ciphers).
    pub fn release_cipher(&mut self) {
        self.sender.release_cipher();
    }

    /// Bytes of output that it takes to [`write`](Self::write) all of `content_len` bytes now, with the messages that
    /// are owed.
    pub fn required_len(&mut self, content_len: usize) -> usize {
        self.take_notes();
        self.sender.required_len(content_len, 0)
    }

    /// Whether any message is owed to the peer, to be sealed by [`flush`](Self::flush).
    pub fn owes(&mut self) -> bool {
        self.take_notes();
        self.sender.owes()
    }

    /// Seals the messages that are owed to the peer at the front of `out`, without data, and returns their length in
    /// bytes.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. After the reader has failed, the first call seals the alert, and every later call returns
    /// the error.
    pub fn flush(&mut self, out: &mut [u8]) -> Result<usize, WriteError> {
        self.take_notes();
        let flushed = self
            .sender
            .flush(&mut self.secrets, out);
        self.publish_progress();
        match (flushed?, self.sender.error()) {
            (0, Some(error)) => Err(WriteError::Failed(Box::new(error.clone()))),
            (written, _) => Ok(written),
        }
    }

    /// Seals a KeyUpdate of TLS 1.3 at the front of `out`, goes on with the next key, and returns the number of bytes
    /// written. RFC 8446 s4.6.3.
    ///
    /// The KeyUpdate asks the peer for one of its own, unless an earlier request was not answered. The writer also
    /// replaces a key by itself, when the key has sealed as many records as it may.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `KeyUpdateUnsupported` in TLS 1.2. `KeyExhausted` for the fifth new key while the client's
    /// session store is storing a ticket: the reader derives four keys before it calls the store, so the writer need
    /// not wait for it.
    pub fn refresh_traffic_keys(&mut self, out: &mut [u8]) -> Result<usize, WriteError> {
        self.take_notes();
        let refreshed = self
            .sender
            .refresh_traffic_keys(&mut self.secrets, out);
        self.shared.set_owes(self.sender.owes());
        refreshed
    }

    /// Ends writing: seals the messages that are owed and a close_notify at the front of `out`, and returns their
    /// length in bytes. RFC 8446 s6.1.
    ///
    /// These are the last bytes to be sent: nothing can be sealed after them, and the transport can be closed for
    /// writing without another call. After the reader has failed, the alert is sealed instead. A second call seals
    /// nothing. Reading goes on.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. If `out` is too short, writing has ended nevertheless, and close_notify is owed. `Failed` is
    /// returned only after the alert was sealed, if there is one.
    pub fn close_notify(&mut self, out: &mut [u8]) -> Result<usize, WriteError> {
        self.take_notes();
        let closed = self
            .sender
            .close_notify(&mut self.secrets, out);
        self.publish_progress();
        closed
    }

    /// Publishes how many records were sent and whether a message is owed. After close_notify was sealed, this is
    /// final: the reader's later notes may never be taken.
    #[cold]
    fn publish_progress(&mut self) {
        self.shared
            .publish_sent(self.sender.progress().sent);
        match self.sender.has_sealed_close_notify() {
            true => self.shared.set_closed(),
            false => self.shared.set_owes(self.sender.owes()),
        }
    }

    /// Takes the reader's notes, if there are any.
    #[inline]
    fn take_notes(&mut self) {
        if self.shared.has_notes() {
            self.take_new_notes();
        }
    }

    #[cold]
    fn take_new_notes(&mut self) {
        self.shared
            .publish_sent(self.sender.progress().sent);
        let notes = self.shared.take_notes();
        self.sender
            .accept_requests(notes.requests);
        if let Some(failure) = notes.failure {
            self.sender.fail(failure);
            self.secrets.drop_all();
        }
        // The reader has set the flag for requests that may since be void.
        self.shared.set_owes(self.sender.owes());
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .finish_non_exhaustive()
    }
}
