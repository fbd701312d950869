//! The state machine of rustls's unbuffered API, with records that are sealed and opened in the caller's buffers.
//!
//! Names, signatures and states are those of `rustls::unbuffered`. Programs with a blocking socket need not drive the
//! handshake state by state: with the feature `std`, `complete_handshake` does it in one call.
//!
//! # Differences from rustls
//!
//! Reading:
//!
//! - A record is opened in `incoming_tls` and stays there until the caller takes it. Its length is in
//!   [`AppDataRecord::discard`] instead of in [`UnbufferedStatus::discard`]; the caller adds both up anyway. Each
//!   [`ReadTraffic`] has one record. If the caller does not take the record and presents the same bytes again, the
//!   record comes again: the bytes hold its plaintext by then, and their header is marked. To write in the meantime,
//!   the caller presents an empty slice. A record that was taken has to be discarded: presenting it again is an error
//!   that changes nothing. A handshake message in several records is discarded record by record.
//! - A server that rejects early data skips it, up to `max_early_data_size` bytes of payloads: type bytes and tags
//!   count as well, 17 bytes per record. A client can retry early data that did not fit into the output.
//! - A protected handshake record without content is an error before the handshake is complete.
//! - In a row, without data in between, the 33rd KeyUpdate, session ticket or empty record is an error, and so is the
//!   fifth alert that is ignored. Each record that we send of our own accord allows one more row, and while an answer
//!   is owed, KeyUpdates may fill 512 more. The fifth request to renegotiate on a connection is an error.
//!
//! Writing:
//!
//! - Output that the caller does not encode is offered again on the next call. In rustls it is lost with its
//!   [`EncodeTlsData`]. One call encodes as many records as fit, and `InsufficientSize` gives the length of the first.
//!   As in rustls, [`TransmitTlsData`] comes after the last record of a flight.
//! - The answer to a KeyUpdate comes as [`ConnectionState::EncodeTlsData`] after the input was read, instead of with
//!   the next write. So does the answer to a request to renegotiate.
//! - Nothing can be encrypted after close_notify. A close_notify that is queued before the handshake is complete comes
//!   as [`ConnectionState::EncodeTlsData`] when it is.
//! - [`WriteTraffic::refresh_traffic_keys`] does not ask the peer for a second KeyUpdate before the first has come.
//! - Before the handshake is complete, nothing can be written while the input ends with a part of a handshake message.
//! - In TLS 1.2 a key seals one record of data less than in rustls, so that its close_notify stays within the key's
//!   limit.
//!
//! Errors:
//!
//! - A fatal error comes first, then its alert in [`ConnectionState::EncodeTlsData`] and
//!   [`ConnectionState::TransmitTlsData`], then the same error at every call. After the handshake there is an alert
//!   also where rustls sends none. A record whose header is not allowed is an error before the rest of the record has
//!   come.
//! - A connection is refused when it is made if the config has a suite that does not give its keys away
//!   (`extract_keys`) or is FIPS-approved.
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

/// A connection of either role: a client's or a server's, as `Data` says.
pub struct UnbufferedConnectionCommon<Data> {
    state: CommonState,
    data: PhantomData<Data>,
}

impl<Data> UnbufferedConnectionCommon<Data> {
    pub(crate) fn new(handshake: Handshake) -> Self {
        CommonState::new(handshake).into()
    }

    pub(crate) fn into_state(self) -> CommonState {
        self.state
    }

    /// Goes on with the records in `incoming_tls` up to the next state that the caller has to see.
    ///
    /// `incoming_tls` holds the bytes from the peer that were not discarded yet. A record of application data is opened
    /// where it lies.
    ///
    /// With an empty `incoming_tls` nothing is read, but everything else goes on: this is the way to write while a
    /// record is not taken.
    ///
    /// # Errors
    ///
    /// Errors are in [`UnbufferedStatus::state`]. They end the connection, and every later call repeats them, except
    /// for two mistakes of the caller, which change nothing: `incoming_tls` does not begin with the bytes that were not
    /// discarded, or it begins with a record that was taken and has to be discarded.
    ///
    /// Errors that rustls has no variant for are `Error::Other`, here and elsewhere. The error inside shows a sentence,
    /// and never equals another error. Without the feature `std`, they are `Error::General`.
    #[inline(always)]
    pub fn process_tls_records<'c, 'i>(
        &'c mut self,
        incoming_tls: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Data> {
        // The states that come with every record are made here, in line, so that the caller's `match` can merge with
        // this one.
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
    /// empty. Afterwards it holds the bytes after the handshake that were read ahead. None of them is lost, and no
    /// record among them is opened: present them to [`process_tls_records`](Self::process_tls_records) or to the reader
    /// of `split` before reading more. If `incoming` was empty, they are fewer than 4096 bytes.
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
    /// [`TransmitTlsData`], and then calls this. A server whose config accepts early data gets an error when some has
    /// come. It takes the data, and calls this again:
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

impl<Data> From<CommonState> for UnbufferedConnectionCommon<Data> {
    fn from(state: CommonState) -> Self {
        Self {
            state,
            data: PhantomData,
        }
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
