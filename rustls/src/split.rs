//! A reader and a writer that live apart.
//!
//! After its handshake a connection can be split into a half that opens and a half that seals. Each can live on a thread
//! of its own, and while there is only data neither waits for the other.
//!
//! Now and then the reader has something for the writer to seal. The next [`Writer::write`] seals an answer to a
//! KeyUpdate before its data, and [`Writer::flush`] seals it without any. After the reader has failed, `write` gives
//! the error: [`Writer::flush`] or [`Writer::close_notify`] seals the alert.
//!
//! # An echo server
//!
//! On one thread. A client or server that writes of its own accord gives each half a thread, and each thread a clone of the
//! socket.
//!
//! ```no_run
//! # use std::error::Error;
//! # use std::io::{self, ErrorKind, Read, Write};
//! # use std::net::TcpStream;
//! # use std::sync::Arc;
//! # use rustls_direct::record::{INCOMING_BUFFER_LEN, OUTGOING_BUFFER_LEN};
//! # use rustls_direct::server::{ServerConfig, UnbufferedServerConnection};
//! # use rustls_direct::split::{Event, Received};
//! fn serve(mut socket: TcpStream, config: Arc<ServerConfig>) -> Result<(), Box<dyn Error>> {
//!     let mut conn = UnbufferedServerConnection::new(config)?;
//!     let mut tls = Vec::new();
//!     conn.complete_handshake(&mut socket, &mut tls)?; // Bytes that were read ahead stay in `tls`.
//!     let (mut reader, mut writer) = conn.split()?;
//!     let (mut filled, mut out) = (tls.len(), [0; OUTGOING_BUFFER_LEN]);
//!     tls.resize(INCOMING_BUFFER_LEN, 0);
//!     loop {
//!         let received = reader.read(&mut tls[..filled]);
//!         let owed = writer.flush(&mut out)?; // The answer to a key update, or an alert.
//!         socket.write_all(&out[..owed])?;
//!         let Received { discard, event, .. } = received?;
//!         match event {
//!             Event::Data(data) => {
//!                 let sealed = writer.write(data, &mut out)?; // There is room for a record.
//!                 socket.write_all(&out[..sealed.written])?;
//!             }
//!             Event::Incomplete => filled += more(&mut socket, &mut tls[filled..])?,
//!             Event::Closed => break,
//!         }
//!         tls.copy_within(discard..filled, 0);
//!         filled -= discard;
//!     }
//!     let len = writer.close_notify(&mut out)?;
//!     Ok(socket.write_all(&out[..len])?)
//! }
//! fn more(socket: &mut TcpStream, room: &mut [u8]) -> io::Result<usize> {
//!     match socket.read(room)? { 0 => Err(ErrorKind::UnexpectedEof.into()), len => Ok(len) }
//! }
//! ```

#[cfg(all(loom, test))]
mod model;
mod negotiated;
mod shared;

use alloc::boxed::Box;
use core::fmt;
use std::io::{self, ErrorKind};

use rustls::Error;

use crate::handover::Negotiated;
use crate::record_layer::{InboundRecord, OpenedInto};
use crate::traffic::{
    Failure, KeySchedule, OpenedWithin, Received as Dealt, Receiver, Request, Sender, Traffic,
    Untaken, taken_already,
};
pub use crate::traffic::{Gathered, Reservation, WriteError, Written};
use shared::Shared;

/// The half that opens.
pub struct Reader {
    receiver: Receiver,
    shared: Shared,
    /// A record that was opened before the connection was split, and not taken.
    untaken: Option<Untaken>,
    failed: Option<Error>,
}

/// The half that seals.
pub struct Writer {
    sender: Sender,
    shared: Shared,
}

pub(crate) fn split(
    traffic: Traffic,
    untaken: Option<Untaken>,
    negotiated: Negotiated,
) -> (Reader, Writer) {
    let Traffic {
        sender,
        receiver,
        mut remainder,
    } = traffic;
    remainder.keep_secrets();
    let shared = Shared::new(&sender, remainder, negotiated);
    let reader = Reader {
        receiver,
        shared: shared.clone(),
        untaken,
        failed: None,
    };
    (reader, Writer { sender, shared })
}

/// What was read.
#[derive(Debug)]
pub struct Received<'i> {
    /// Bytes to remove from the front of the input, once `event` was dealt with: those of the records that were dealt
    /// with, that of the data among them.
    pub discard: usize,
    /// What came.
    pub event: Event<'i>,
    /// Whether the writer has something to tell the peer: see [`Writer::flush`].
    pub writer_owes: bool,
}

/// What came from the peer.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Event<'i> {
    /// Application data: the content of one record.
    Data(&'i [u8]),
    /// Less than a whole record.
    Incomplete,
    /// The peer's close_notify: no more data will come. What follows it is not looked at. RFC 8446 s6.1.
    Closed,
}

impl Reader {
    /// Deals with the records at the front of `incoming` up to the next one of application data, which is opened where it
    /// lies.
    ///
    /// Once data has come back, it is the caller's: present the bytes behind it the next time.
    ///
    /// # Errors
    ///
    /// They end the connection, and come again at every call. The writer owes the peer an alert then, unless the peer has
    /// sent one.
    ///
    /// Two mistakes of the caller are said and change nothing: `incoming` begins with what was to be discarded, or, before
    /// the first record of the reader, it does not begin with a record that the whole connection has opened.
    #[inline]
    pub fn read<'i>(&mut self, incoming: &'i mut [u8]) -> Result<Received<'i>, Error> {
        if !self.is_quiet() {
            return self.read_again(incoming);
        }
        match self.receiver.open(incoming) {
            Ok(Some(record)) if self.receiver.takes(&record) => {
                self.receiver.mark_taken(incoming);
                Ok(self.data(&record, 0, incoming))
            }
            // In three arms: one for all would be made in memory, and data with it.
            Ok(Some(record)) => {
                self.read_on(Ok(Some(OpenedInto::Incoming(record))), incoming, &mut [])
            }
            Ok(None) => self.read_on(Ok(None), incoming, &mut []),
            Err(err) => self.read_on(Err(err), incoming, &mut []),
        }
    }

    /// As [`read`](Self::read), but the record is opened straight into `out` if that has room for it: see
    /// [`room_for`](Self::room_for).
    ///
    /// The data that comes back is a part of `out` or of `incoming`. Bytes of `out` behind the data may have been written.
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
        if !self.is_quiet() {
            return self.read_again(incoming);
        }
        match self.receiver.open_into(incoming, out) {
            Ok(Some(OpenedInto::Out(record))) if self.receiver.takes(&record) => {
                self.receiver.mark_taken(incoming);
                Ok(self.data(&record, 0, out))
            }
            // In three arms here too.
            Ok(Some(opened)) => self.read_on(Ok(Some(opened)), incoming, out),
            Ok(None) => self.read_on(Ok(None), incoming, out),
            Err(err) => self.read_on(Err(err), incoming, out),
        }
    }

    /// Bytes of output that [`read_into`](Self::read_into) needs for the record at the front of `incoming`: its content,
    /// and in TLS 1.3 its type byte and padding. `None` if not even a whole header is there.
    pub fn room_for(&self, incoming: &[u8]) -> Option<usize> {
        self.receiver.room_for(incoming)
    }

    /// Says whether the peer had said all that it wanted to, where the transport has come to its end. RFC 8446 s6.1.
    ///
    /// # Errors
    ///
    /// [`Truncated`] if it has not sent a close_notify. What has come may be a part only, and who cut it off is not known.
    pub fn end_of_input(&self) -> Result<(), Truncated> {
        match self.receiver.received_close_notify() {
            true => Ok(()),
            false => Err(Truncated),
        }
    }

    /// Lets go of what records are opened with, until the next one comes: see
    /// [`release_ciphers`](crate::unbuffered::UnbufferedConnectionCommon::release_ciphers).
    pub fn release_cipher(&mut self) {
        self.receiver.release_cipher();
    }

    /// How many session tickets of TLS 1.3 have come to a client since the handshake.
    pub fn tickets_received(&self) -> u32 {
        self.receiver.tickets_received()
    }

    /// Whether there is nothing to be dealt with but what comes in.
    #[inline]
    fn is_quiet(&self) -> bool {
        self.untaken.is_none() && self.failed.is_none() && !self.receiver.received_close_notify()
    }

    /// What was opened before the connection was split, or why nothing more is read.
    #[cold]
    fn read_again<'i>(&mut self, incoming: &'i [u8]) -> Result<Received<'i>, Error> {
        if let Some(untaken) = self.untaken {
            if !untaken.is_presented(&self.receiver, incoming)? {
                return Ok(self.received(0, Event::Incomplete));
            }
            self.untaken = None;
            return Ok(self.data(&untaken.record(), 0, incoming));
        }
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => Ok(self.received(0, Event::Closed)),
        }
    }

    /// Goes on with what was opened, up to the next application data.
    #[inline(never)]
    fn read_on<'i>(
        &mut self,
        mut opened: OpenedWithin,
        incoming: &'i mut [u8],
        out: &'i mut [u8],
    ) -> Result<Received<'i>, Error> {
        let mut discard = 0;
        loop {
            match &opened {
                Ok(Some(opened)) if self.receiver.takes(opened.record()) => {
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
                .deal_with(&mut self.shared, progress, opened, rest, out)
            {
                Ok(Dealt::Nothing) => return Ok(self.received(discard, Event::Incomplete)),
                Ok(Dealt::Again) if discard > 0 => {
                    return Ok(self.received(discard, Event::Incomplete));
                }
                Ok(Dealt::Again) => return Err(taken_already()),
                Ok(Dealt::Control(len, request)) => {
                    discard += len;
                    self.note(request);
                }
                Err(failure) => return Err(self.fail(*failure)),
            }
            if self.receiver.received_close_notify() {
                return Ok(self.received(discard, Event::Closed));
            }
            opened = self
                .receiver
                .open_into(&mut incoming[discard..], out);
        }
    }

    /// The data of a record that lies behind `discard` bytes of the input. It was opened in or into `slice`.
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

    /// Leaves a note even without a request: the writer says in return how much it has sent.
    #[cold]
    fn note(&self, request: Option<Request>) {
        let owes = !matches!(request, None | Some(Request::KeyUpdate { answer: false }));
        self.shared
            .note(owes, |notes| match request {
                Some(Request::KeyUpdate { answer: true }) => notes.answer = true,
                Some(Request::KeyUpdate { answer: false }) => notes.key_update = true,
                Some(Request::Renegotiation) => notes.renegotiation = true,
                None => {}
            });
    }

    #[cold]
    fn fail(&mut self, failure: Failure) -> Error {
        let error = failure.error.clone();
        self.failed = Some(error.clone());
        self.receiver.discard_key();
        self.shared.fail(failure);
        error
    }
}

impl Writer {
    /// Seals as many whole records of `data` as have room in `out`, and says how far that went.
    ///
    /// What is owed to the peer comes before them, and so does a KeyUpdate where a key of TLS 1.3 has sealed as many
    /// records as it may. Each record carries as much as the config's `max_fragment_size` allows. `out` behind what was
    /// written is untouched. Nothing is written for no data.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. It is `InsufficientSize` only if there is not room for one record.
    #[inline]
    pub fn write<'a>(
        &mut self,
        data: impl Into<Gathered<'a>>,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        self.write_padded(data, 0, out)
    }

    /// As [`write`](Self::write), with `padding` zero bytes in each record to hide how much data there is.
    ///
    /// A record gets less of it if content and padding would be more than 2^14 bytes. RFC 8446 s5.4.
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
            .write(&mut self.shared, data.into(), padding, out);
        self.shared.settle(self.sender.owes());
        written
    }

    /// Finds the place in `out` where the content of the next record will be sealed, for the caller to write up to `len`
    /// bytes there.
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
        Reservation::new(&mut self.sender, &mut self.shared, len, out)
    }

    /// Lets go of what records are sealed with, until the next one is: see
    /// [`release_ciphers`](crate::unbuffered::UnbufferedConnectionCommon::release_ciphers).
    pub fn release_cipher(&mut self) {
        self.sender.release_cipher();
    }

    /// Bytes of output that it takes to [`write`](Self::write) all of `content_len` bytes now, with what is owed.
    pub fn required_len(&mut self, content_len: usize) -> usize {
        self.take_notes();
        self.sender.required_len(content_len, 0)
    }

    /// Whether there is something to [`flush`](Self::flush).
    pub fn owes(&mut self) -> bool {
        self.take_notes();
        self.sender.owes()
    }

    /// Seals what is owed to the peer at the front of `out`, without any data, and returns how many bytes that made.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. After the reader has failed, the alert is sealed by the first call, and every later one gives
    /// the error.
    pub fn flush(&mut self, out: &mut [u8]) -> Result<usize, WriteError> {
        self.take_notes();
        let flushed = self.sender.flush(&mut self.shared, out);
        self.settle();
        match (flushed?, self.sender.error()) {
            (0, Some(error)) => Err(WriteError::Failed(Box::new(error.clone()))),
            (written, _) => Ok(written),
        }
    }

    /// Goes on with the next key of TLS 1.3, seals the KeyUpdate that says so at the front of `out`, and returns how many
    /// bytes that made. RFC 8446 s4.6.3.
    ///
    /// It asks the peer to do the same, unless the peer has not answered an earlier one. Keys are also replaced by
    /// themselves, when they have sealed as many records as they may.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `KeyUpdateUnsupported` in TLS 1.2. `KeyExhausted` after four keys while one session ticket is
    /// being stored: the reader calls the client's session store, and derives four keys before, so that the writer need not
    /// wait for it.
    pub fn refresh_traffic_keys(&mut self, out: &mut [u8]) -> Result<usize, WriteError> {
        self.take_notes();
        let refreshed = self
            .sender
            .refresh_traffic_keys(&mut self.shared, out);
        self.shared.settle(self.sender.owes());
        refreshed
    }

    /// Ends writing: seals a close_notify at the front of `out`, with what is owed before it, and returns how many bytes that
    /// made. RFC 8446 s6.1.
    ///
    /// These are the last bytes to be sent: nothing can be sealed after them, and no other call is needed before the
    /// transport is closed for writing. After the reader has failed they are the alert that says so. The second time there
    /// are none. Reading goes on.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. If there is too little room, writing has ended all the same, and close_notify is owed. `Failed`
    /// comes only after the alert, if there is one.
    pub fn close_notify(&mut self, out: &mut [u8]) -> Result<usize, WriteError> {
        self.take_notes();
        let closed = self
            .sender
            .close_notify(&mut self.shared, out);
        self.settle();
        closed
    }

    /// Says whether anything is owed, and if close_notify was sealed, that nothing will be any more. After that the reader may
    /// wait in vain for its notes to be taken, so it hears as well how much was sent.
    #[cold]
    fn settle(&mut self) {
        self.shared
            .tell_sent(self.sender.progress().sent);
        match self.sender.is_done() {
            true => self.shared.settle_for_good(),
            false => self.shared.settle(self.sender.owes()),
        }
    }

    /// Looks whether the reader has something for us.
    #[inline]
    fn take_notes(&mut self) {
        if self.shared.has_notes() {
            self.take_notes_slowly();
        }
    }

    #[cold]
    fn take_notes_slowly(&mut self) {
        self.shared
            .tell_sent(self.sender.progress().sent);
        let notes = self.shared.take_notes();
        if notes.key_update {
            self.sender
                .on_request(Request::KeyUpdate { answer: false });
        }
        if notes.answer {
            self.sender
                .on_request(Request::KeyUpdate { answer: true });
        }
        if notes.renegotiation {
            self.sender
                .on_request(Request::Renegotiation);
        }
        if let Some(failure) = notes.failure {
            self.sender.fail(failure);
            self.shared.forget_secrets();
        }
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

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .finish_non_exhaustive()
    }
}

/// The transport has come to its end before the peer's close_notify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Truncated;

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input has ended before the peer's close_notify")
    }
}

impl core::error::Error for Truncated {}

/// A connection could not be split.
#[derive(Debug)]
pub struct SplitError<C> {
    /// It is as it was.
    pub connection: Box<C>,
    /// Why.
    pub error: Error,
}

impl<C> fmt::Display for SplitError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection can not be split now: {}", self.error)
    }
}

impl<C: fmt::Debug> core::error::Error for SplitError<C> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl<C: fmt::Debug + Send + Sync + 'static> From<SplitError<C>> for io::Error {
    /// With the error in it, and in that the connection: see [`io::Error::into_inner`].
    fn from(error: SplitError<C>) -> Self {
        let kind = match &error.error {
            Error::HandshakeNotComplete => ErrorKind::NotConnected,
            // There are bytes to be encoded.
            Error::Other(_) | Error::General(_) => ErrorKind::InvalidInput,
            _ => ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
