//! The states that a caller of `process_tls_records` sees.

use core::fmt;
use core::marker::PhantomData;
use core::num::NonZeroUsize;

use rustls::Error;
use rustls::unbuffered::EncodeError;

use super::machine::{CommonState, Phase, State};
use super::write_traffic::WriteTraffic;
use crate::record_layer::InboundRecord;
use crate::traffic::{input_missing, taken_already};

/// What to do next.
#[non_exhaustive]
pub enum ConnectionState<'c, 'i, Data> {
    /// Application data has come.
    ReadTraffic(ReadTraffic<'c, 'i, Data>),

    /// The peer has closed its side, and all of its data was read. Comes once.
    ///
    /// Writing is still possible.
    PeerClosed,

    /// Both sides are closed. No other state follows.
    Closed,

    /// Early data has come. RFC 8446 s2.3.
    ReadEarlyData(ReadEarlyData<'c, 'i, Data>),

    /// There are records for the peer: the caller encodes them into its buffer.
    EncodeTlsData(EncodeTlsData<'c, Data>),

    /// The caller sends the encoded bytes now.
    TransmitTlsData(TransmitTlsData<'c, Data>),

    /// The handshake needs more input.
    BlockedHandshake,

    /// The handshake is complete: application data can be sent, and more input may come.
    WriteTraffic(WriteTraffic<'c, Data>),
}

impl<'c, 'i, Data> ConnectionState<'c, 'i, Data> {
    /// The state of `conn`, where `input` begins with the bytes that were not handled.
    #[cold]
    pub(super) fn new(
        conn: &'c mut CommonState,
        state: State,
        input: &'i [u8],
    ) -> Result<Self, Error> {
        let data = PhantomData;
        Ok(match state {
            State::ReadTraffic(unread) => {
                Self::ReadTraffic(ReadTraffic::new(conn, unread.record(), input))
            }
            State::WriteTraffic => Self::WriteTraffic(WriteTraffic::new(conn)),
            State::PeerClosed => Self::PeerClosed,
            State::Closed => Self::Closed,
            State::EncodeTlsData => Self::EncodeTlsData(EncodeTlsData {
                conn,
                encoded: false,
                data,
            }),
            State::ReadEarlyData => Self::ReadEarlyData(ReadEarlyData {
                conn,
                input: PhantomData,
                data,
            }),
            State::TransmitTlsData => Self::TransmitTlsData(TransmitTlsData { conn, data }),
            State::BlockedHandshake => Self::BlockedHandshake,
            State::InputMissing => return Err(input_missing()),
            State::TakenAlready => return Err(taken_already()),
            State::Failed => return Err(conn.error()),
        })
    }
}

impl<'c, 'i, Data> From<ReadTraffic<'c, 'i, Data>> for ConnectionState<'c, 'i, Data> {
    fn from(state: ReadTraffic<'c, 'i, Data>) -> Self {
        Self::ReadTraffic(state)
    }
}

impl<'c, 'i, Data> From<ReadEarlyData<'c, 'i, Data>> for ConnectionState<'c, 'i, Data> {
    fn from(state: ReadEarlyData<'c, 'i, Data>) -> Self {
        Self::ReadEarlyData(state)
    }
}

impl<'c, Data> From<EncodeTlsData<'c, Data>> for ConnectionState<'c, '_, Data> {
    fn from(state: EncodeTlsData<'c, Data>) -> Self {
        Self::EncodeTlsData(state)
    }
}

impl<'c, Data> From<TransmitTlsData<'c, Data>> for ConnectionState<'c, '_, Data> {
    fn from(state: TransmitTlsData<'c, Data>) -> Self {
        Self::TransmitTlsData(state)
    }
}

impl<Data> fmt::Debug for ConnectionState<'_, '_, Data> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadTraffic(_) => "ReadTraffic",
            Self::PeerClosed => "PeerClosed",
            Self::Closed => "Closed",
            Self::ReadEarlyData(_) => "ReadEarlyData",
            Self::EncodeTlsData(_) => "EncodeTlsData",
            Self::TransmitTlsData(_) => "TransmitTlsData",
            Self::BlockedHandshake => "BlockedHandshake",
            Self::WriteTraffic(_) => "WriteTraffic",
        })
    }
}

/// A record of application data.
pub struct AppDataRecord<'i> {
    /// Bytes to discard for this record, in addition to
    /// [`UnbufferedStatus::discard`](super::UnbufferedStatus::discard).
    pub discard: usize,

    /// The content, where it was opened.
    pub payload: &'i [u8],
}

/// Application data has come.
pub struct ReadTraffic<'c, 'i, Data> {
    conn: &'c mut CommonState,
    /// `None` after it was taken.
    record: Option<AppDataRecord<'i>>,
    data: PhantomData<Data>,
}

impl<'c, 'i, Data> ReadTraffic<'c, 'i, Data> {
    /// For the record at the front of `input`.
    #[inline(always)]
    pub(super) fn new(conn: &'c mut CommonState, record: InboundRecord, input: &'i [u8]) -> Self {
        let payload = record.content_in(input);
        Self {
            conn,
            record: Some(AppDataRecord {
                discard: record.record_len(),
                payload,
            }),
            data: PhantomData,
        }
    }

    /// Takes the record. `None` after it was taken.
    ///
    /// The result is never `Err`. It is there because rustls's method returns one.
    #[inline]
    pub fn next_record(&mut self) -> Option<Result<AppDataRecord<'_>, Error>> {
        let record = self.record.take()?;
        self.conn.unread = None;
        Some(Ok(record))
    }

    /// The length of the record's content in bytes. `None` after it was taken.
    #[inline]
    pub fn peek_len(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(self.record.as_ref()?.payload.len())
    }
}

/// Early data has come: the data that a client sends along with its first message. RFC 8446 s2.3.
///
/// rustls has opened it, as a part of the handshake. The state comes again until the data is taken.
pub struct ReadEarlyData<'c, 'i, Data> {
    conn: &'c mut CommonState,
    input: PhantomData<&'i mut [u8]>,
    data: PhantomData<Data>,
}

impl<Data> ReadEarlyData<'_, '_, Data> {
    /// Takes the next record. `None` if there is none.
    ///
    /// The result is never `Err`. It is there because rustls's method returns one.
    pub fn next_record(&mut self) -> Option<Result<AppDataRecord<'_>, Error>> {
        let handshake = self.conn.handshake()?;
        handshake.read_early_data = handshake.unread_early_data.take()?;
        let payload = &handshake.read_early_data;
        Some(Ok(AppDataRecord {
            discard: 0,
            payload,
        }))
    }

    /// The length of the record's content in bytes. `None` after it was taken.
    pub fn peek_len(&self) -> Option<NonZeroUsize> {
        match &self.conn.phase {
            Phase::Handshake(handshake) => NonZeroUsize::new(
                handshake
                    .unread_early_data
                    .as_ref()?
                    .len(),
            ),
            _ => None,
        }
    }
}

/// There are records for the peer, which [`encode`](Self::encode) copies into the caller's buffer.
///
/// The state comes again until all of them were encoded.
pub struct EncodeTlsData<'c, Data> {
    conn: &'c mut CommonState,
    encoded: bool,
    data: PhantomData<Data>,
}

impl<Data> EncodeTlsData<'_, Data> {
    /// Puts as many whole records as fit at the front of `outgoing_tls`, and returns their length in bytes.
    ///
    /// # Errors
    ///
    /// - `InsufficientSize`: `outgoing_tls` is too short for one record. It gives the length of the first. Nothing was
    ///   written.
    /// - `AlreadyEncoded`: an earlier call on this state has encoded bytes, even if not all of them.
    pub fn encode(&mut self, outgoing_tls: &mut [u8]) -> Result<usize, EncodeError> {
        let (Some(outgoing), false) = (&mut self.conn.outgoing, self.encoded) else {
            return Err(EncodeError::AlreadyEncoded);
        };
        let len = outgoing.encode(outgoing_tls)?;
        self.conn.note_encoded();
        self.encoded = true;
        Ok(len)
    }
}

/// The caller sends the encoded bytes now.
pub struct TransmitTlsData<'c, Data> {
    pub(crate) conn: &'c mut CommonState,
    data: PhantomData<Data>,
}

impl<Data> TransmitTlsData<'_, Data> {
    /// Reports that the bytes were sent.
    pub fn done(self) {
        self.conn.wants_transmit = false;
    }

    /// Returns the state in which application data can be sealed, to be sent after the encoded bytes. `None` while the
    /// handshake does not allow any.
    pub fn may_encrypt_app_data(&mut self) -> Option<WriteTraffic<'_, Data>> {
        let may_write = match &mut self.conn.phase {
            Phase::Handshake(handshake) => handshake.may_write(),
            Phase::Traffic(_) => true,
            Phase::Failed(_) => false,
        };
        may_write.then_some(WriteTraffic::new(self.conn))
    }
}
