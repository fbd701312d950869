//! The state machine of rustls's unbuffered API, with records that are sealed and opened in the caller's buffers.
//!
//! Names, signatures and states are those of `rustls::unbuffered`. Programs with a blocking socket need not drive the
//! handshake state by state: with the feature `std`, `complete_handshake` does it in one call.
//!
//! # Differences from rustls
//!
//! Reading:
//!
//! - A record is opened in `incoming_tls` and stays there until the caller takes it with [`ReadTraffic::next_record`].
//!   Each [`ReadTraffic`] has one record.
//! - The length of that record is in [`AppDataRecord::discard`], not in [`UnbufferedStatus::discard`]. Callers that
//!   follow rustls's documentation add both.
//! - If the caller does not take the record and passes the same bytes again, the same record is returned. The bytes
//!   then hold the plaintext, and the header is marked as opened. To write before the record is taken, the caller
//!   passes an empty slice.
//! - Passing a record again that was taken but not discarded is an error. The error changes nothing.
//! - The records of a handshake message that spans several records are discarded one by one.
//! - A server that rejects early data skips it, up to `max_early_data_size` bytes of payloads: type bytes and tags
//!   count as well, 17 bytes per record.
//! - A protected handshake record without content is an error before the handshake is complete.
//! - The 33rd KeyUpdate, session ticket or empty record that comes without data in between is an error, and so is the
//!   fifth ignored alert. Each record that we send, other than an answer, allows as many again. While we owe an answer,
//!   2^14 more KeyUpdates are allowed over the whole connection. The fifth request to renegotiate on a connection is an
//!   error.
//!
//! Writing:
//!
//! - Output that the caller does not encode is offered again on the next call. In rustls it is lost with its
//!   [`EncodeTlsData`]. One call encodes as many records as fit, and `InsufficientSize` gives the length of the first.
//!   As in rustls, [`TransmitTlsData`] comes after the last record of a flight.
//! - The answer to a KeyUpdate comes as [`ConnectionState::EncodeTlsData`] after the input was read, instead of with
//!   the next write. So does the answer to a request to renegotiate.
//! - A client can pass early data again that did not fit into the output.
//! - Nothing can be encrypted after close_notify. A close_notify that is queued before the handshake is complete comes
//!   as [`ConnectionState::EncodeTlsData`] when it is.
//! - [`WriteTraffic::refresh_traffic_keys`] does not ask the peer for a second KeyUpdate before the first has come.
//! - Before the handshake is complete, nothing can be written while the input ends with a part of a handshake message.
//! - In TLS 1.2 a key seals one record of data less than in rustls, so that its close_notify stays within the key's
//!   limit.
//!
//! Errors:
//!
//! - A fatal error is returned first, then its alert comes as [`ConnectionState::EncodeTlsData`] and
//!   [`ConnectionState::TransmitTlsData`], then every call returns the same error. After the handshake, more errors
//!   have an alert than in rustls. A record whose header is not allowed is an error before the rest of the record has
//!   come.
//! - Creating a connection fails if the config has a suite that is FIPS-approved or does not return its keys from
//!   `extract_keys`.
//! - Errors that rustls has no variant for are `Error::Other` instead of `Error::General`, unless the feature `std` is
//!   off.

#[cfg(feature = "std")]
mod blocking;
mod getters;
mod machine;
mod outgoing;
mod owed;
mod parts;
mod states;
mod write_traffic;

#[cfg(feature = "std")]
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
#[cfg(feature = "std")]
use std::io::{self, Read, Write};

use rustls::Error;
pub use rustls::unbuffered::{EncodeError, EncryptError, InsufficientSizeError};

pub use crate::cipher::{RecordSource, WrappedBecause};
use crate::handover::Handshake;
pub use crate::traffic::{Gathered, Reservation, WriteError, Written};
pub use machine::CommonState;
use machine::Next;
pub use states::{
    AppDataRecord, ConnectionState, EncodeTlsData, ReadEarlyData, ReadTraffic, TransmitTlsData,
};
pub use write_traffic::WriteTraffic;

/// A client's or a server's connection. `Data` is the role.
pub struct UnbufferedConnectionCommon<Data> {
    state: CommonState,
    data: PhantomData<Data>,
}

impl<Data> UnbufferedConnectionCommon<Data> {
    pub(crate) fn new(handshake: Handshake) -> Self {
        Self::from_state(CommonState::new(handshake))
    }

    pub(crate) fn from_state(state: CommonState) -> Self {
        Self {
            state,
            data: PhantomData,
        }
    }

    pub(crate) fn into_state(self) -> CommonState {
        self.state
    }

    /// Processes the records in `incoming_tls` until the caller has something to do, and returns that as a state.
    ///
    /// `incoming_tls` holds the bytes from the peer that were not discarded yet. A record of application data is opened
    /// where it lies.
    ///
    /// An empty `incoming_tls` reads nothing. Pass it to reach [`ConnectionState::WriteTraffic`] while a record is not
    /// taken.
    ///
    /// # Errors
    ///
    /// Errors are in [`UnbufferedStatus::state`]. They end the connection, and every later call repeats them, except
    /// for two mistakes of the caller, which change nothing: `incoming_tls` does not begin with the bytes that were not
    /// discarded, or it begins with a record that was taken and has to be discarded.
    ///
    /// Errors that rustls has no variant for are `Error::Other`, here and elsewhere. The inner error displays as a
    /// sentence. No two of these errors are equal: compare their texts. Without the feature `std`, they are
    /// `Error::General`.
    #[inline(always)]
    pub fn process_tls_records<'c, 'i>(
        &'c mut self,
        incoming_tls: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Data> {
        // The two states that come with every record are built inline, so the compiler can merge this `match` with the
        // caller's.
        match self.state.advance(incoming_tls) {
            Next::ReadTraffic(record) => UnbufferedStatus {
                discard: 0,
                state: Ok(ConnectionState::ReadTraffic(ReadTraffic::new(
                    &mut self.state,
                    record,
                    incoming_tls,
                ))),
            },
            Next::WriteTraffic => UnbufferedStatus {
                discard: 0,
                state: Ok(ConnectionState::WriteTraffic(WriteTraffic::new(
                    &mut self.state,
                ))),
            },
            Next::Other(discard, state) => UnbufferedStatus {
                discard,
                state: ConnectionState::new(
                    &mut self.state,
                    state,
                    incoming_tls
                        .get(discard..)
                        .unwrap_or_default(),
                ),
            },
        }
    }

    /// Completes the handshake over `transport`, and sends all bytes that belong to it.
    ///
    /// `incoming` holds the bytes that were read from the transport before, for example by an acceptor; usually it is
    /// empty. When this returns, `incoming` holds the bytes that follow the handshake and were read ahead. No record
    /// among them is opened: present them to [`process_tls_records`](Self::process_tls_records) or to the reader of
    /// `split` before reading more. If `incoming` was empty, they are fewer than 4096 bytes.
    ///
    /// The transport is flushed after each flight, so it may be buffered. If the handshake is complete and all bytes
    /// were sent, this does nothing.
    ///
    /// ```no_run
    /// # use std::io;
    /// # use std::net::TcpStream;
    /// # use rustls_direct::client::UnbufferedClientConnection;
    /// # fn connect(mut conn: UnbufferedClientConnection) -> io::Result<()> {
    /// let mut socket = TcpStream::connect("example.com:443")?;
    /// let mut incoming = Vec::new();
    /// conn.complete_handshake(&mut socket, &mut incoming)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Early data
    ///
    /// This neither sends nor drops early data. A client that has some starts with `process_tls_records`, seals it in
    /// [`TransmitTlsData`], and then calls this. On a server whose config accepts early data, this returns an error
    /// when early data has come. The server then takes the data and calls this again:
    ///
    /// ```no_run
    /// # use std::io;
    /// # use std::net::TcpStream;
    /// # use rustls_direct::server::UnbufferedServerConnection;
    /// # use rustls_direct::unbuffered::ConnectionState;
    /// # fn serve(mut conn: UnbufferedServerConnection, mut socket: TcpStream) -> io::Result<()> {
    /// let mut incoming = Vec::new();
    /// let mut early_data = Vec::new();
    /// while let Err(err) = conn.complete_handshake(&mut socket, &mut incoming) {
    ///     match conn.process_tls_records(&mut []).state {
    ///         Ok(ConnectionState::ReadEarlyData(mut read)) => {
    ///             while let Some(Ok(record)) = read.next_record() {
    ///                 early_data.extend_from_slice(record.payload);
    ///             }
    ///         }
    ///         _ => return Err(err),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - `InvalidData`, with a [`rustls::Error`] inside: the handshake has failed. The alert was sent before, unless
    ///   the transport failed to take it; another call sends the rest. Every later call repeats the error.
    /// - `UnexpectedEof`: the transport has ended before the handshake is complete.
    /// - `InvalidInput`: `incoming` does not begin with the bytes that an earlier call left in it.
    /// - `Other`: early data has come.
    /// - Errors of the transport. After one of them, `WouldBlock` and `TimedOut` included, nothing is lost: the next
    ///   call goes on where this one ended, if it gets the same `incoming`.
    #[cfg(feature = "std")]
    pub fn complete_handshake<T: Read + Write + ?Sized>(
        &mut self,
        transport: &mut T,
        incoming: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.state
            .complete_handshake(transport, incoming)
    }
}

impl<Data> Deref for UnbufferedConnectionCommon<Data> {
    type Target = CommonState;

    fn deref(&self) -> &CommonState {
        &self.state
    }
}

impl<Data> DerefMut for UnbufferedConnectionCommon<Data> {
    fn deref_mut(&mut self) -> &mut CommonState {
        &mut self.state
    }
}

impl<Data> fmt::Debug for UnbufferedConnectionCommon<Data> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnbufferedConnectionCommon")
            .field("state", &self.state)
            .finish()
    }
}

/// The result of [`process_tls_records`](UnbufferedConnectionCommon::process_tls_records).
#[must_use]
#[derive(Debug)]
pub struct UnbufferedStatus<'c, 'i, Data> {
    /// Bytes to remove from the front of `incoming_tls`, after `state` was handled and before the next call.
    pub discard: usize,

    /// What to do next, or why the connection has failed.
    pub state: Result<ConnectionState<'c, 'i, Data>, Error>,
}
