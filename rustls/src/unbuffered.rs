//! The state machine of rustls's unbuffered API, with records that are sealed and opened in the caller's buffers.
//!
//! Names, signatures and states are those of `rustls::unbuffered`. What differs:
//!
//! - A record that was opened lies in `incoming_tls` and stays there until it is taken: its length is in
//!   [`AppDataRecord::discard`] instead of in [`UnbufferedStatus::discard`]. Both have to be added up anyway.
//!   There is one record to each [`ReadTraffic`]. If it is not taken, present the same bytes again, and it comes again;
//!   they hold its plaintext already. Present none to write in the meantime.
//! - [`ConnectionState::TransmitTlsData`] may come before [`ConnectionState::ReadTraffic`].
//! - After a fatal error the error comes first, then its alert in [`ConnectionState::EncodeTlsData`] and
//!   [`ConnectionState::TransmitTlsData`], then the same error for ever. Once the handshake is complete there is an alert
//!   also where rustls has none.
//! - Nothing can be encrypted after close_notify was.
//!
//! Not there yet:
//!
//! - Early data. A server whose config accepts it is refused when it is made; much of it that is sent all the same and
//!   not accepted ends the connection. Data that a server could send before it has the client's Finished waits for that.
//! - Key updates, `refresh_traffic_keys` among them: one that comes is an error, and a key that may seal no more (AES-GCM:
//!   after 2^24 - 1 records) ends writing.
//! - Requests to renegotiate, and alerts of level warning other than close_notify: each is an error.
//! - `ReadEarlyData`, `may_encrypt_early_data`, `new_with_alpn`, `tls13_tickets_received`, `dangerous_extract_secrets`,
//!   `dangerous_into_kernel_connection`, and `Deref` to rustls's `CommonState`, whose getters are methods here.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::num::NonZeroUsize;

use rustls::crypto::SupportedKxGroup;
use rustls::crypto::cipher::OutboundChunks;
use rustls::pki_types::CertificateDer;
pub use rustls::unbuffered::{EncodeError, EncryptError, InsufficientSizeError};
use rustls::{Error, HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use crate::handover::{Handshake, Negotiated, Step};
use crate::record_layer::InboundRecord;
use crate::traffic::{Received, Traffic};

/// What client and server connections have in common.
pub struct UnbufferedConnectionCommon<Data> {
    phase: Phase,
    /// What the handshake agreed on, once rustls is gone.
    negotiated: Negotiated,
    /// Chunks that were not encoded yet.
    outgoing: VecDeque<Vec<u8>>,
    /// Whether chunks were encoded that were not said to be transmitted.
    wants_transmit: bool,
    /// A record at the front of the input that was opened and not taken.
    opened: Option<InboundRecord>,
    emitted_peer_closed: bool,
    data: PhantomData<Data>,
}

enum Phase {
    Handshake(Box<Handshake>),
    Traffic(Traffic),
    Failed(Error),
}

/// A [`ConnectionState`], before it borrows anything.
enum Next {
    ReadTraffic,
    WriteTraffic,
    Rare(Rare),
}

/// The states that do not come with every record.
enum Rare {
    PeerClosed,
    Closed,
    EncodeTlsData,
    TransmitTlsData,
    BlockedHandshake,
    /// The caller did not pass what it had to keep. It may try again.
    InputMissing,
    /// What [`Phase::Failed`] says.
    Failed,
}

impl<Data> UnbufferedConnectionCommon<Data> {
    pub(crate) fn new(handshake: Handshake) -> Self {
        Self {
            phase: Phase::Handshake(Box::new(handshake)),
            negotiated: Negotiated::default(),
            outgoing: VecDeque::new(),
            wants_transmit: false,
            opened: None,
            emitted_peer_closed: false,
            data: PhantomData,
        }
    }

    /// Goes on with the records in `incoming_tls` until there is something to say.
    ///
    /// `incoming_tls` is what has come from the peer and was not discarded yet. A record of application data is opened
    /// where it lies in there.
    ///
    /// With an empty `incoming_tls` nothing is read, but everything else goes on: that is the way to write while a record
    /// is left untaken.
    ///
    /// # Errors
    ///
    /// In [`UnbufferedStatus::state`]. They end the connection, and come again at every call, but for one: if
    /// `incoming_tls` does not begin with what was left of it the last time, that is said and changes nothing.
    #[inline]
    pub fn process_tls_records<'c, 'i>(
        &'c mut self,
        incoming_tls: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Data> {
        let (discard, next) = self.next(incoming_tls);
        // The states of every record are made here, where the caller's `match` on them can melt into this one.
        let state = match next {
            Next::ReadTraffic => Ok(ConnectionState::ReadTraffic(ReadTraffic {
                conn: self,
                incoming_tls: &mut incoming_tls[discard..],
            })),
            Next::WriteTraffic => Ok(ConnectionState::WriteTraffic(WriteTraffic { conn: self })),
            Next::Rare(rare) => self.rare_state(rare),
        };
        UnbufferedStatus { discard, state }
    }

    /// Whether the records of this connection are sealed and opened by implementations of
    /// [`encrypt_into`](crate::cipher::MessageEncrypter::encrypt_into) and its counterpart.
    ///
    /// So they are from the end of the handshake until the connection fails. During the handshake they are rustls's.
    pub fn is_direct(&self) -> bool {
        matches!(self.phase, Phase::Traffic(_))
    }

    /// Whether the handshake is going on. `false` also once the connection has failed.
    pub fn is_handshaking(&self) -> bool {
        matches!(self.phase, Phase::Handshake(_))
    }

    /// The certificates that the peer showed, its own first.
    pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .peer_certificates(),
            _ => self
                .negotiated
                .peer_certificates
                .as_deref(),
        }
    }

    /// The application protocol agreed on by ALPN.
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.common_state().alpn_protocol(),
            _ => self.negotiated.alpn_protocol.as_deref(),
        }
    }

    /// The cipher suite agreed on.
    pub fn negotiated_cipher_suite(&self) -> Option<SupportedCipherSuite> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .negotiated_cipher_suite(),
            _ => self.negotiated.suite,
        }
    }

    /// The key exchange group agreed on, once the handshake is complete.
    pub fn negotiated_key_exchange_group(&self) -> Option<&'static dyn SupportedKxGroup> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .negotiated_key_exchange_group(),
            _ => self.negotiated.key_exchange_group,
        }
    }

    /// The version agreed on.
    pub fn protocol_version(&self) -> Option<ProtocolVersion> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .protocol_version(),
            _ => self.negotiated.protocol_version,
        }
    }

    /// Whether the handshake was a full one, one with HelloRetryRequest, or a resumption.
    pub fn handshake_kind(&self) -> Option<HandshakeKind> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .handshake_kind(),
            _ => self.negotiated.handshake_kind,
        }
    }

    #[cold]
    fn rare_state<'i>(&mut self, rare: Rare) -> Result<ConnectionState<'_, 'i, Data>, Error> {
        Ok(match rare {
            Rare::PeerClosed => ConnectionState::PeerClosed,
            Rare::Closed => ConnectionState::Closed,
            Rare::EncodeTlsData => ConnectionState::EncodeTlsData(EncodeTlsData {
                conn: self,
                encoded: false,
            }),
            Rare::TransmitTlsData => {
                ConnectionState::TransmitTlsData(TransmitTlsData { conn: self })
            }
            Rare::BlockedHandshake => ConnectionState::BlockedHandshake,
            Rare::InputMissing => return Err(input_missing()),
            Rare::Failed => return Err(self.error()),
        })
    }

    /// The next state, and how many bytes at the front of `incoming` are done with.
    fn next(&mut self, incoming: &mut [u8]) -> (usize, Next) {
        let mut discard = 0;
        loop {
            if !self.outgoing.is_empty() {
                return (discard, Next::Rare(Rare::EncodeTlsData));
            }
            let (done, next) = match &mut self.phase {
                Phase::Handshake(_) => self.next_in_handshake(&mut incoming[discard..]),
                _ if self.wants_transmit => (0, Some(Next::Rare(Rare::TransmitTlsData))),
                Phase::Traffic(_) => self.next_in_traffic(&mut incoming[discard..]),
                Phase::Failed(_) => (0, Some(Next::Rare(Rare::Failed))),
            };
            discard += done;
            if let Some(next) = next {
                return (discard, next);
            }
        }
    }

    #[cold]
    fn next_in_handshake(&mut self, incoming: &mut [u8]) -> (usize, Option<Next>) {
        let Phase::Handshake(handshake) = &mut self.phase else {
            return (0, Some(Next::Rare(Rare::Failed)));
        };
        let (done, step) = handshake.advance(incoming);
        let next = match step {
            Ok(Step::Send(chunk)) => {
                self.outgoing.push_back(chunk);
                None
            }
            Ok(Step::Receive) if self.wants_transmit => Some(Next::Rare(Rare::TransmitTlsData)),
            Ok(Step::Receive) => Some(Next::Rare(Rare::BlockedHandshake)),
            Ok(Step::WhatWasShown) => Some(Next::Rare(Rare::InputMissing)),
            Ok(Step::Complete) => self.take_over(),
            Err(failure) => {
                self.negotiated = Negotiated::of(handshake.common_state());
                Some(self.fail(failure.error, failure.last_words))
            }
        };
        (done, next)
    }

    fn take_over(&mut self) -> Option<Next> {
        let unfinished = Phase::Failed(Error::HandshakeNotComplete);
        let Phase::Handshake(handshake) = mem::replace(&mut self.phase, unfinished) else {
            return Some(Next::Rare(Rare::Failed));
        };
        self.negotiated = Negotiated::of(handshake.common_state());
        match handshake.take_over() {
            Ok(traffic) => {
                self.phase = Phase::Traffic(traffic);
                None
            }
            Err(error) => Some(self.fail(error, [])),
        }
    }

    #[inline]
    fn next_in_traffic(&mut self, incoming: &mut [u8]) -> (usize, Option<Next>) {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return (0, Some(Next::Rare(Rare::Failed)));
        };
        if let Some(opened) = self.opened {
            return (0, Some(read_again(opened, incoming)));
        }
        if traffic.received_close_notify {
            // What comes after close_notify is not looked at. RFC 8446 s6.1.
            let next = match (self.emitted_peer_closed, traffic.sent_close_notify) {
                (false, _) => Next::Rare(Rare::PeerClosed),
                (true, true) => Next::Rare(Rare::Closed),
                (true, false) => Next::WriteTraffic,
            };
            self.emitted_peer_closed = true;
            return (0, Some(next));
        }
        match traffic.receive(incoming) {
            Ok(Received::Data(record)) => {
                // The header has served its purpose, and tells the record if it is presented again.
                incoming[0] = OPENED;
                self.opened = Some(record);
                (0, Some(Next::ReadTraffic))
            }
            Ok(Received::Nothing) => (0, Some(Next::WriteTraffic)),
            Ok(Received::Control(len)) => (len, None),
            Err(failure) => {
                let alert = traffic.last_words(&failure);
                (0, Some(self.fail(failure.error, alert)))
            }
        }
    }

    /// Ends the connection, with these chunks still to be sent.
    #[cold]
    fn fail(&mut self, error: Error, last_words: impl IntoIterator<Item = Vec<u8>>) -> Next {
        self.outgoing.extend(last_words);
        self.phase = Phase::Failed(error);
        Next::Rare(Rare::Failed)
    }

    #[cold]
    fn error(&self) -> Error {
        match &self.phase {
            Phase::Failed(error) => error.clone(),
            _ => Error::HandshakeNotComplete,
        }
    }
}

/// The first byte of a record that was opened and not taken: a type that no record has.
const OPENED: u8 = 0;

/// What to do with a record that was opened by an earlier call.
///
/// Without any input there is nothing to be read, so that a caller without room for the record can write all the same.
#[cold]
fn read_again(opened: InboundRecord, incoming: &[u8]) -> Next {
    match incoming {
        [] => Next::WriteTraffic,
        [OPENED, ..] if incoming.len() >= opened.record_len() => Next::ReadTraffic,
        _ => Next::Rare(Rare::InputMissing),
    }
}

fn input_missing() -> Error {
    Error::General(
        "`incoming_tls` does not begin with what was left of it the last time: \
         only bytes that were to be discarded may be removed from it"
            .into(),
    )
}

impl<Data> fmt::Debug for UnbufferedConnectionCommon<Data> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnbufferedConnectionCommon")
            .field(
                "phase",
                match &self.phase {
                    Phase::Handshake(_) => &"Handshake",
                    Phase::Traffic(_) => &"Traffic",
                    Phase::Failed(error) => error,
                },
            )
            .finish_non_exhaustive()
    }
}

/// What [`process_tls_records`](UnbufferedConnectionCommon::process_tls_records) came to.
#[must_use]
#[derive(Debug)]
pub struct UnbufferedStatus<'c, 'i, Data> {
    /// Bytes to remove from the front of `incoming_tls`, once `state` was dealt with and before the next call.
    pub discard: usize,

    /// What to do next, or why the connection has failed.
    pub state: Result<ConnectionState<'c, 'i, Data>, Error>,
}

/// What to do next.
#[non_exhaustive]
pub enum ConnectionState<'c, 'i, Data> {
    /// Application data has come.
    ReadTraffic(ReadTraffic<'c, 'i, Data>),

    /// The peer has closed its side: all that it sent was read. Comes once.
    ///
    /// Writing is still possible.
    PeerClosed,

    /// Both sides are closed. No other state comes any more.
    Closed,

    /// There are bytes to be put into the caller's buffer.
    EncodeTlsData(EncodeTlsData<'c, Data>),

    /// The encoded bytes are to be sent.
    TransmitTlsData(TransmitTlsData<'c, Data>),

    /// The handshake needs more input.
    BlockedHandshake,

    /// The handshake is complete: application data can be sent, and more input may come.
    WriteTraffic(WriteTraffic<'c, Data>),
}

impl<Data> fmt::Debug for ConnectionState<'_, '_, Data> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadTraffic(_) => "ReadTraffic",
            Self::PeerClosed => "PeerClosed",
            Self::Closed => "Closed",
            Self::EncodeTlsData(_) => "EncodeTlsData",
            Self::TransmitTlsData(_) => "TransmitTlsData",
            Self::BlockedHandshake => "BlockedHandshake",
            Self::WriteTraffic(_) => "WriteTraffic",
        })
    }
}

/// Application data has come.
pub struct ReadTraffic<'c, 'i, Data> {
    conn: &'c mut UnbufferedConnectionCommon<Data>,
    incoming_tls: &'i mut [u8],
}

impl<Data> ReadTraffic<'_, '_, Data> {
    /// Takes the record that was opened. `None` once it was taken.
    ///
    /// There is no error in it: that there could be one is for the sake of rustls's signature.
    #[inline]
    pub fn next_record(&mut self) -> Option<Result<AppDataRecord<'_>, Error>> {
        let record = self.conn.opened.take()?;
        let payload = self
            .incoming_tls
            .get(record.content())?;
        Some(Ok(AppDataRecord {
            discard: record.record_len(),
            payload,
        }))
    }

    /// The length of the record's content. `None` once it was taken.
    #[inline]
    pub fn peek_len(&self) -> Option<NonZeroUsize> {
        let record = self.conn.opened.as_ref()?;
        NonZeroUsize::new(record.content().len())
    }
}

/// A record of application data.
pub struct AppDataRecord<'i> {
    /// Bytes to discard for this record, on top of [`UnbufferedStatus::discard`].
    pub discard: usize,

    /// Its content, where it was opened.
    pub payload: &'i [u8],
}

/// Seals application data.
pub struct WriteTraffic<'c, Data> {
    conn: &'c mut UnbufferedConnectionCommon<Data>,
}

impl<Data> WriteTraffic<'_, Data> {
    /// Seals `application_data` at the front of `outgoing_tls`, and returns how many bytes that made.
    ///
    /// They are whole records, each with as much content as the config's `max_fragment_size` allows. `outgoing_tls`
    /// past them is untouched. Nothing is written for no data.
    ///
    /// # Errors
    ///
    /// - `InsufficientSize`: `outgoing_tls` is too short. It says how long it has to be. Nothing was written, and no
    ///   sequence number was spent.
    /// - `EncryptExhausted`: the key has sealed as many records as it may, or close_notify was sealed, or the
    ///   connection has failed. Nothing was written. Or the provider could not seal one of the records: nothing can be
    ///   sealed any more, and nothing of this call may be sent.
    #[inline]
    pub fn encrypt(
        &mut self,
        application_data: &[u8],
        outgoing_tls: &mut [u8],
    ) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => {
                traffic.encrypt(OutboundChunks::Single(application_data), outgoing_tls)
            }
            _ => Err(EncryptError::EncryptExhausted),
        }
    }

    /// Seals a close_notify at the front of `outgoing_tls`, and returns how many bytes that made: none the second
    /// time. RFC 8446 s6.1.
    ///
    /// # Errors
    ///
    /// As [`encrypt`](Self::encrypt).
    pub fn queue_close_notify(&mut self, outgoing_tls: &mut [u8]) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic.close_notify(outgoing_tls),
            _ => Err(EncryptError::EncryptExhausted),
        }
    }
}

/// There are bytes to be put into the caller's buffer.
///
/// If they are not, they come again.
pub struct EncodeTlsData<'c, Data> {
    conn: &'c mut UnbufferedConnectionCommon<Data>,
    encoded: bool,
}

impl<Data> EncodeTlsData<'_, Data> {
    /// Puts them at the front of `outgoing_tls`, and returns how many they are.
    ///
    /// # Errors
    ///
    /// - `InsufficientSize`: `outgoing_tls` is too short. It says how long it has to be. Nothing was written.
    /// - `AlreadyEncoded`: by an earlier call.
    pub fn encode(&mut self, outgoing_tls: &mut [u8]) -> Result<usize, EncodeError> {
        let Some(chunk) = self
            .conn
            .outgoing
            .front()
            .filter(|_| !self.encoded)
        else {
            return Err(EncodeError::AlreadyEncoded);
        };
        let required_size = chunk.len();
        outgoing_tls
            .get_mut(..required_size)
            .ok_or(InsufficientSizeError { required_size })?
            .copy_from_slice(chunk);
        self.conn.outgoing.pop_front();
        self.conn.wants_transmit = true;
        self.encoded = true;
        Ok(required_size)
    }
}

/// The encoded bytes are to be sent.
pub struct TransmitTlsData<'c, Data> {
    conn: &'c mut UnbufferedConnectionCommon<Data>,
}

impl<Data> TransmitTlsData<'_, Data> {
    /// Says that they were.
    pub fn done(self) {
        self.conn.wants_transmit = false;
    }

    /// Seals application data to be sent behind them, if the handshake has come that far.
    pub fn may_encrypt_app_data(&mut self) -> Option<WriteTraffic<'_, Data>> {
        self.conn
            .is_direct()
            .then_some(WriteTraffic { conn: self.conn })
    }
}
