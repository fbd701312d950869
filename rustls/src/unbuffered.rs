//! The state machine of rustls's unbuffered API, with records that are sealed and opened in the caller's buffers.
//!
//! Programs with a blocking socket need not drive the handshake state by state: with the feature `std`,
//! `complete_handshake` does it in one call.
//!
//! Names, signatures and states are those of `rustls::unbuffered`. What differs is a closed list:
//!
//! - A record that was opened lies in `incoming_tls` and stays there until it is taken: its length is in
//!   [`AppDataRecord::discard`] instead of in [`UnbufferedStatus::discard`]. Both have to be added up anyway. Each
//!   [`ReadTraffic`] has one record. If the caller does not take it, present the same bytes again, and it comes again;
//!   they hold its plaintext already, and their header says so. To write in the meantime, present an empty slice. A
//!   record that was taken has to be discarded: presenting it again is an error that changes nothing. A handshake
//!   message in several records is discarded record by record.
//! - Output that the caller does not encode is offered again on the next call. In rustls it is lost with its
//!   [`EncodeTlsData`]. One call encodes as many records as have room; an `InsufficientSize` gives the length of the
//!   first. As in rustls, [`TransmitTlsData`] comes after the last record of a flight.
//! - A server that rejects early data skips it, up to `max_early_data_size` bytes of payloads: type bytes and tags count as
//!   well, 17 bytes per record. A client's early data that finds no room can be tried again.
//! - A fatal error comes first, then its alert in [`ConnectionState::EncodeTlsData`] and
//!   [`ConnectionState::TransmitTlsData`], then the same error at every call. Once the handshake is complete, there is
//!   an alert also where rustls sends none. A record whose header is not allowed is an error before the rest of it has
//!   come.
//! - A row is what comes without data in between. In a row the 33rd KeyUpdate, session ticket or empty record is an
//!   error, and so is the fifth alert that is ignored. Each record that we send of our own accord allows one more row,
//!   and while an answer is owed, KeyUpdates may fill 512 more. The fifth request to renegotiate on a connection is an
//!   error.
//! - The answer to a KeyUpdate comes as [`ConnectionState::EncodeTlsData`] once the input is used up, instead of waiting
//!   for the next write. So does the answer to a wish to renegotiate.
//! - Nothing can be encrypted after close_notify was. One that is queued before the handshake is complete comes as
//!   [`ConnectionState::EncodeTlsData`] when it is.
//! - [`WriteTraffic::refresh_traffic_keys`] does not ask the peer for a second KeyUpdate before the first has come.
//! - Before the handshake is complete, nothing can be written while a part of a message has come, and a protected
//!   handshake record without content is an error.
//! - In TLS 1.2 a key seals one record of data less than in rustls, so that its close_notify stays within the key's limit.
//! - A config with a suite that does not give its keys away (`extract_keys`), or with a FIPS-approved one, is refused when a
//!   connection is made.
//! - Errors that rustls has no variant for are `Error::Other` instead of `Error::General`, unless the feature `std` is off.
//! - There is no `CommonState`: its getters are methods of [`UnbufferedConnectionCommon`].

#[cfg(feature = "std")]
mod blocking;
mod outgoing;

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::num::NonZeroUsize;

use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
pub use rustls::unbuffered::{EncodeError, EncryptError, InsufficientSizeError};
use rustls::{Error, ExtractedSecrets, HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use outgoing::Outgoing;

pub use crate::cipher::{RecordSource, WrappedBecause};
use crate::error::explained;
use crate::handover::{Handshake, Negotiated, Place, Step};
#[cfg(feature = "std")]
use crate::observer::check_output;
use crate::record_layer::{InboundRecord, OpenedInto};
#[cfg(feature = "std")]
use crate::split::{Reader, SplitError, Writer};
pub use crate::traffic::{Gathered, Reservation, WriteError, Written};
use crate::traffic::{
    Kernel, OpenedWithin, Received, Traffic, Untaken, input_missing, taken_already,
};

/// What client and server connections have in common.
pub struct UnbufferedConnectionCommon<Data> {
    phase: Phase,
    /// What the handshake agreed on, once rustls is gone.
    negotiated: Negotiated,
    /// Whether the caller's own config allows the extraction of secrets.
    extractable: bool,
    /// Records that are to be encoded. In a box, which an idle connection has no use for.
    outgoing: Option<Box<Outgoing>>,
    /// Whether what is owed comes before more input is looked at.
    owes_first: bool,
    /// Whether chunks were encoded that were not said to be transmitted.
    wants_transmit: bool,
    /// A record at the front of the input that was opened and not taken.
    untaken: Option<Untaken>,
    emitted_peer_closed: bool,
    data: PhantomData<Data>,
}

enum Phase {
    Handshake(Place),
    Traffic(Traffic),
    Failed(Error),
}

/// A [`ConnectionState`], before it borrows anything.
enum Next {
    ReadTraffic(Untaken),
    WriteTraffic,
    PeerClosed,
    Closed,
    EncodeTlsData,
    ReadEarlyData,
    TransmitTlsData,
    BlockedHandshake,
    /// The caller did not pass what it had to keep. It may try again.
    InputMissing,
    /// The caller passed what it had to discard. It may try again.
    TakenAlready,
    /// What [`Phase::Failed`] says.
    Failed,
}

impl<Data> UnbufferedConnectionCommon<Data> {
    pub(crate) fn new(handshake: Handshake) -> Self {
        Self {
            extractable: handshake.is_extractable(),
            phase: Phase::Handshake(Place::new(handshake)),
            negotiated: Negotiated::default(),
            outgoing: None,
            owes_first: false,
            wants_transmit: false,
            untaken: None,
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
    /// In [`UnbufferedStatus::state`]. They end the connection, and come again at every call, but for two mistakes of the
    /// caller, which are said and change nothing: `incoming_tls` does not begin with what was left of it the last time, or
    /// it begins with a record that was taken and has to be discarded.
    ///
    /// Errors that rustls has no variant for are `Error::Other`, here and elsewhere: the error in it shows the sentence
    /// alone, and never equals another one. Without the feature `std`, they are `Error::General`.
    #[inline(always)]
    pub fn process_tls_records<'c, 'i>(
        &'c mut self,
        incoming_tls: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Data> {
        // What comes with every record is made here, in line, so that the caller's `match` can melt into this one.
        match self.next(incoming_tls) {
            Ok(Some(record)) => UnbufferedStatus {
                discard: 0,
                state: Ok(self.read_traffic(record, incoming_tls)),
            },
            Ok(None) => UnbufferedStatus {
                discard: 0,
                state: Ok(ConnectionState::WriteTraffic(WriteTraffic { conn: self })),
            },
            Err((discard, next)) => UnbufferedStatus {
                discard,
                state: {
                    let rest = incoming_tls
                        .get(discard..)
                        .unwrap_or_default();
                    self.rare_state(next, rest)
                },
            },
        }
    }

    /// With the record at the front of `incoming_tls`.
    #[inline(always)]
    fn read_traffic<'c, 'i>(
        &'c mut self,
        record: InboundRecord,
        incoming_tls: &'i [u8],
    ) -> ConnectionState<'c, 'i, Data> {
        let payload = record.content_in(incoming_tls);
        ConnectionState::ReadTraffic(ReadTraffic {
            conn: self,
            record: Some(AppDataRecord {
                discard: record.record_len(),
                payload,
            }),
        })
    }

    /// Whether the records of this connection are sealed and opened by implementations of
    /// [`encrypt_into`](crate::cipher::MessageEncrypter::encrypt_into) and its counterpart.
    ///
    /// So they are from the end of the handshake until the connection fails. During the handshake it is rustls that
    /// seals and opens, and with a crypto provider that knows nothing of us the provider's own objects do it afterwards:
    /// [`record_source`](Self::record_source) says why.
    pub fn is_direct(&self) -> bool {
        self.record_source()
            .is_some_and(RecordSource::is_direct)
    }

    /// The implementation that seals and opens the records of this connection: a library, or the wrapped objects of a
    /// crypto provider, and why.
    ///
    /// `None` before the handshake is complete, when rustls seals and opens, and after the connection has failed.
    ///
    /// ```no_run
    /// # use rustls_direct::client::UnbufferedClientConnection;
    /// # fn connected(conn: &UnbufferedClientConnection) {
    /// if let Some(source) = conn.record_source().filter(|source| !source.is_direct()) {
    ///     eprintln!("records are slow: {source}");
    /// }
    /// # }
    /// ```
    pub fn record_source(&self) -> Option<RecordSource> {
        match &self.phase {
            Phase::Traffic(traffic) => Some(traffic.sender.source()),
            _ => None,
        }
    }

    /// Whether the handshake is going on, or has failed.
    pub fn is_handshaking(&self) -> bool {
        match &self.phase {
            Phase::Handshake(_) => true,
            _ => self.negotiated.is_handshaking,
        }
    }

    /// Whether there are bytes to be encoded.
    pub fn wants_write(&self) -> bool {
        match &self.phase {
            Phase::Handshake(handshake) if handshake.common_state().wants_write() => true,
            Phase::Traffic(traffic) if traffic.sender.owes() => true,
            _ => self.has_outgoing(),
        }
    }

    /// Whether more input is of any use.
    ///
    /// It is not after the peer's close_notify, nor before what has come was taken and, in a handshake, before what is
    /// to be encoded was.
    pub fn wants_read(&self) -> bool {
        match &self.phase {
            Phase::Handshake(handshake) => {
                handshake.common_state().wants_read() && !self.wants_write()
            }
            Phase::Traffic(traffic) => {
                self.untaken.is_none() && !traffic.receiver.received_close_notify()
            }
            Phase::Failed(_) => !self.is_handshaking() || !self.wants_write(),
        }
    }

    /// Derives `output.len()` bytes that the peer can derive as well, and nobody else. RFC 5705, RFC 8446 s7.5.
    ///
    /// `label` says what they are for. In TLS 1.2 a `context` that is empty is not the same as none.
    ///
    /// # Errors
    ///
    /// - `HandshakeNotComplete`.
    /// - `Other`, if `output` is empty or too long, or `label` or `context` is too long.
    /// - The error that the connection has failed with.
    #[cfg(feature = "std")]
    pub fn export_keying_material<T: AsMut<[u8]>>(
        &self,
        mut output: T,
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<T, Error> {
        check_output(output.as_mut())?;
        if let Phase::Failed(error) = &self.phase {
            return Err(error.clone());
        }
        let (Some(exporter), Some(suite)) = (&self.negotiated.exporter, self.negotiated.suite)
        else {
            return Err(Error::HandshakeNotComplete);
        };
        exporter.export(suite, output.as_mut(), label, context)?;
        Ok(output)
    }

    #[cfg(feature = "std")]
    pub(crate) fn server_name(&self) -> Option<&str> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.server_name(),
            _ => self.negotiated.server_name.as_deref(),
        }
    }

    pub(crate) fn tickets_received(&self) -> u32 {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.tickets_received(),
            Phase::Traffic(traffic) => {
                let before = self.negotiated.tickets_received;
                before.saturating_add(traffic.receiver.tickets_received())
            }
            Phase::Failed(_) => self.negotiated.tickets_received,
        }
    }

    pub(crate) fn is_early_data_accepted(&self) -> bool {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.accepted_early_data,
            _ => self.negotiated.accepted_early_data,
        }
    }

    pub(crate) fn handshake(&mut self) -> Option<&mut Handshake> {
        match &mut self.phase {
            Phase::Handshake(handshake) => Some(handshake),
            _ => None,
        }
    }

    /// Why the connection can not go on elsewhere: something is still between it and the caller.
    fn check_idle(&self) -> Result<(), Error> {
        let busy = |why: &str| Err(explained(why));
        match &self.phase {
            Phase::Handshake(_) => Err(Error::HandshakeNotComplete),
            Phase::Failed(error) => Err(error.clone()),
            Phase::Traffic(traffic) if traffic.sender.owes() || self.has_outgoing() => {
                busy("something is owed to the peer that has to be encoded first")
            }
            Phase::Traffic(_) => Ok(()),
        }
    }

    /// Why the connection can not be split: what is owed goes to the writer, but not what was sealed already.
    #[cfg(feature = "std")]
    fn check_split(&self) -> Result<(), Error> {
        match &self.phase {
            Phase::Handshake(_) => Err(Error::HandshakeNotComplete),
            Phase::Failed(error) => Err(error.clone()),
            Phase::Traffic(_) if !self.has_outgoing() => Ok(()),
            Phase::Traffic(_) => Err(explained("there are bytes that have to be encoded first")),
        }
    }

    pub(crate) fn into_secrets(self) -> Result<(ExtractedSecrets, Kernel), Error> {
        // In rustls's words.
        let disabled = || Err(Error::General("Secret extraction is disabled".into()));
        if !self.extractable {
            return disabled();
        }
        if self.is_handshaking() {
            return Err(Error::HandshakeNotComplete);
        }
        self.check_idle()?;
        if self.untaken.is_some() {
            return Err(explained("a record was opened that has to be taken first"));
        }
        let Phase::Traffic(traffic) = self.phase else {
            return Err(Error::HandshakeNotComplete);
        };
        if traffic.receiver.has_begun_message() {
            return Err(explained(
                "a handshake message has to come to its end first",
            ));
        }
        let (tx, rx) = (traffic.sender.seq(), traffic.receiver.seq());
        traffic
            .remainder
            .into_secrets(tx, rx)
            .map_or_else(disabled, Ok)
    }

    #[cfg(feature = "std")]
    pub(crate) fn split(self) -> Result<(Reader, Writer), SplitError<Self>> {
        match self.check_split() {
            Ok(()) => match self.phase {
                Phase::Traffic(traffic) => {
                    Ok(crate::split::split(traffic, self.untaken, self.negotiated))
                }
                _ => unreachable!("checked"),
            },
            Err(error) => Err(SplitError {
                connection: Box::new(self),
                error,
            }),
        }
    }

    /// Lets go of most of the memory that an idle connection takes: what records are sealed and opened with.
    ///
    /// It is made of the keys again when the next record is sealed, and when the next one is opened; with aws-lc-rs each
    /// costs less than 200 ns. Nothing else changes, and before the handshake is complete nothing does.
    ///
    /// ```no_run
    /// # use rustls_direct::client::UnbufferedClientConnection;
    /// # fn idle(conn: &mut UnbufferedClientConnection) {
    /// conn.release_ciphers(); // nothing has come for a while
    /// # }
    /// ```
    pub fn release_ciphers(&mut self) {
        if let Phase::Traffic(traffic) = &mut self.phase {
            traffic.sender.release_cipher();
            traffic.receiver.release_cipher();
        }
    }

    /// The certificates that the peer showed, its own first. The connection does not hold them any more: from now on
    /// [`peer_certificates`](Self::peer_certificates) is `None`.
    ///
    /// `None` before the handshake is complete. Chains take more memory than the rest of an idle connection. In TLS 1.3 a
    /// client keeps another copy, inside rustls, for the session tickets that may come.
    pub fn take_peer_certificates(&mut self) -> Option<Vec<CertificateDer<'static>>> {
        self.negotiated
            .peer_certificates
            .take()
            .map(Vec::from)
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

    /// Any state, with what is left of the input. Those that come with every record have a shorter way as well.
    #[cold]
    fn rare_state<'c, 'i>(
        &'c mut self,
        next: Next,
        rest: &'i [u8],
    ) -> Result<ConnectionState<'c, 'i, Data>, Error> {
        Ok(match next {
            Next::ReadTraffic(untaken) => self.read_traffic(untaken.record(), rest),
            Next::WriteTraffic => ConnectionState::WriteTraffic(WriteTraffic { conn: self }),
            Next::PeerClosed => ConnectionState::PeerClosed,
            Next::Closed => ConnectionState::Closed,
            Next::EncodeTlsData => ConnectionState::EncodeTlsData(EncodeTlsData {
                conn: self,
                encoded: false,
            }),
            Next::ReadEarlyData => ConnectionState::ReadEarlyData(ReadEarlyData {
                conn: self,
                input: PhantomData,
            }),
            Next::TransmitTlsData => {
                ConnectionState::TransmitTlsData(TransmitTlsData { conn: self })
            }
            Next::BlockedHandshake => ConnectionState::BlockedHandshake,
            Next::InputMissing => return Err(input_missing()),
            Next::TakenAlready => return Err(taken_already()),
            Next::Failed => return Err(self.error()),
        })
    }

    /// The two cases that come with every record, where nothing else is to be dealt with: the record of data at the front
    /// of `incoming`, or `None` if that is empty and it is the caller's turn to write. For all others the next state, and
    /// how many bytes are done with.
    #[inline(always)]
    fn next(&mut self, incoming: &mut [u8]) -> Result<Option<InboundRecord>, (usize, Next)> {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return Err(self.next_of_many(incoming, 0));
        };
        // Not with `||`: three of these are a byte each, and take less when they are looked at together.
        if self.outgoing.is_some()
            | self.owes_first
            | self.wants_transmit
            | traffic.sender.is_restless()
            | traffic.receiver.received_close_notify()
        {
            return Err(self.next_of_many(incoming, 0));
        }
        if incoming.is_empty() {
            return Ok(None);
        }
        if self.untaken.is_some() {
            return Err(self.next_of_many(incoming, 0));
        }
        match traffic.receiver.open(incoming) {
            Ok(Some(record)) if traffic.receiver.takes(&record) => {
                traffic.receiver.mark(incoming);
                self.untaken = Some(Untaken::new(&record));
                Ok(Some(record))
            }
            // In three arms: one for all would be made in memory, and data with it.
            Ok(Some(record)) => {
                Err(self.next_behind(Ok(Some(OpenedInto::Incoming(record))), incoming))
            }
            Ok(None) => Err(self.next_behind(Ok(None), incoming)),
            Err(err) => Err(self.next_behind(Err(err), incoming)),
        }
    }

    /// The next state after what is not data.
    #[cold]
    fn next_behind(&mut self, opened: OpenedWithin, incoming: &mut [u8]) -> (usize, Next) {
        match self.deal_with(opened, incoming) {
            (discard, None) => self.next_of_many(incoming, discard),
            (discard, Some(next)) => (discard, next),
        }
    }

    /// The next state of all that there are, and how many bytes at the front of `incoming` are done with: `discard`, and
    /// more.
    #[cold]
    fn next_of_many(&mut self, incoming: &mut [u8], mut discard: usize) -> (usize, Next) {
        loop {
            let (done, next) = self.step(&mut incoming[discard..]);
            discard += done;
            if let Some(next) = next {
                return (discard, next);
            }
        }
    }

    /// Deals with one thing, and says how many bytes at the front of `incoming` are done with. `None` if there is nothing
    /// to be said about it.
    fn step(&mut self, incoming: &mut [u8]) -> (usize, Option<Next>) {
        if self.has_outgoing() {
            return (0, Some(Next::EncodeTlsData));
        }
        if mem::take(&mut self.owes_first) {
            return (0, self.encode_owed());
        }
        match &mut self.phase {
            Phase::Handshake(handshake) if handshake.unread.is_some() => {
                (0, Some(Next::ReadEarlyData))
            }
            Phase::Handshake(_) => self.next_in_handshake(incoming),
            Phase::Traffic(_) => self.next_in_traffic(incoming),
            Phase::Failed(_) if self.wants_transmit => (0, Some(Next::TransmitTlsData)),
            Phase::Failed(_) => (0, Some(Next::Failed)),
        }
    }

    #[inline(always)]
    fn next_in_handshake(&mut self, incoming: &mut [u8]) -> (usize, Option<Next>) {
        let Phase::Handshake(handshake) = &mut self.phase else {
            return (0, Some(Next::Failed));
        };
        handshake.read = Vec::new();
        let outgoing = self.outgoing.get_or_insert_default();
        let (done, step) = handshake.advance(incoming, outgoing.records());
        let next = match step {
            Ok(Step::Deliver) => None,
            Ok(Step::ReceiveOrWrite | Step::Receive) if self.wants_transmit => {
                Some(Next::TransmitTlsData)
            }
            Ok(Step::ReceiveOrWrite) => Some(Next::WriteTraffic),
            Ok(Step::Receive) => Some(Next::BlockedHandshake),
            Ok(Step::WhatWasShown) => Some(Next::InputMissing),
            Ok(Step::Complete) => self.take_over(),
            Err(error) => {
                self.negotiated = handshake.negotiated();
                Some(self.fail(error))
            }
        };
        (done, next)
    }

    fn take_over(&mut self) -> Option<Next> {
        let unfinished = Phase::Failed(Error::HandshakeNotComplete);
        let Phase::Handshake(mut handshake) = mem::replace(&mut self.phase, unfinished) else {
            return Some(Next::Failed);
        };
        self.negotiated = handshake.negotiated();
        match handshake.take_over(&mut self.negotiated) {
            Ok(traffic) => {
                self.phase = Phase::Traffic(traffic);
                // An idle connection has no use for its room.
                self.outgoing = None;
                None
            }
            Err(error) => Some(self.fail(error)),
        }
    }

    fn next_in_traffic(&mut self, incoming: &mut [u8]) -> (usize, Option<Next>) {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return (0, Some(Next::Failed));
        };
        if let Some(untaken) = self.untaken {
            // Without any input there is nothing to be read, so that a caller without room for the record can write.
            let next = match untaken.is_presented(&traffic.receiver, incoming) {
                Ok(true) => Some(Next::ReadTraffic(untaken)),
                Ok(false) => self.idle(),
                Err(_) => Some(Next::InputMissing),
            };
            return (0, next);
        }
        if traffic.receiver.received_close_notify() {
            return (0, self.next_after_close());
        }
        match traffic.receiver.open(incoming) {
            Ok(Some(record)) if traffic.receiver.takes(&record) => {
                traffic.receiver.mark(incoming);
                let untaken = Untaken::new(&record);
                self.untaken = Some(untaken);
                (0, Some(Next::ReadTraffic(untaken)))
            }
            opened => {
                let opened = opened.map(|record| record.map(OpenedInto::Incoming));
                self.deal_with(opened, incoming)
            }
        }
    }

    /// The next state after what is not data, and how many bytes are done with.
    fn deal_with(&mut self, opened: OpenedWithin, incoming: &mut [u8]) -> (usize, Option<Next>) {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return (0, Some(Next::Failed));
        };
        let progress = traffic.sender.progress();
        match traffic.receiver.deal_with(
            &mut traffic.remainder,
            progress,
            opened,
            incoming,
            &mut [],
        ) {
            Ok(Received::Nothing) => (0, self.idle()),
            Ok(Received::Again) => (0, Some(Next::TakenAlready)),
            Ok(Received::Control(len, request)) => {
                if let Some(request) = request {
                    traffic.sender.on_request(request);
                }
                (len, None)
            }
            Err(failure) => {
                let error = failure.error.clone();
                traffic.sender.fail(*failure);
                // Without words if they can not be sealed.
                let _ = self.flush();
                (0, Some(self.fail(error)))
            }
        }
    }

    /// What comes after the peer's close_notify is not looked at. RFC 8446 s6.1.
    #[cold]
    fn next_after_close(&mut self) -> Option<Next> {
        let closed = match &self.phase {
            Phase::Traffic(traffic) => traffic.sender.has_closed(),
            _ => false,
        };
        match self.idle() {
            Some(Next::WriteTraffic) if !self.emitted_peer_closed => {
                self.emitted_peer_closed = true;
                Some(Next::PeerClosed)
            }
            Some(Next::WriteTraffic) if closed => Some(Next::Closed),
            next => next,
        }
    }

    /// With no more input: the caller's turn to write, once all that is owed was sent.
    #[inline]
    fn idle(&mut self) -> Option<Next> {
        match &self.phase {
            Phase::Traffic(traffic) if !traffic.sender.is_restless() && !self.wants_transmit => {
                Some(Next::WriteTraffic)
            }
            _ => self.before_idle(),
        }
    }

    #[cold]
    fn before_idle(&mut self) -> Option<Next> {
        let Phase::Traffic(traffic) = &self.phase else {
            return Some(Next::Failed);
        };
        if traffic.sender.owes() {
            return self.encode_owed();
        }
        if self.wants_transmit {
            return Some(Next::TransmitTlsData);
        }
        // A record could not be sealed.
        match traffic.sender.error().cloned() {
            Some(error) => Some(self.fail(error)),
            None => Some(Next::WriteTraffic),
        }
    }

    /// Makes a chunk of what is owed, if that is still anything.
    #[cold]
    fn encode_owed(&mut self) -> Option<Next> {
        match self.flush() {
            Ok(()) => None,
            Err(err) => Some(self.fail(write_failure(err))),
        }
    }

    /// Seals what is owed, to be encoded.
    #[cold]
    fn flush(&mut self) -> Result<(), WriteError> {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return Ok(());
        };
        let outgoing = self.outgoing.get_or_insert_default();
        let flushed = traffic
            .sender
            .flush_to_vec(&mut traffic.remainder, outgoing.records());
        if outgoing.is_empty() {
            self.outgoing = None;
        }
        flushed
    }

    /// Whether there are records to be encoded.
    #[inline]
    fn has_outgoing(&self) -> bool {
        self.outgoing
            .as_ref()
            .is_some_and(|outgoing| !outgoing.is_empty())
    }

    /// Notes that records were encoded.
    fn note_encoded(&mut self) {
        // A handshake uses its buffer again, an idle connection has no use for it.
        if !self.has_outgoing() && !matches!(self.phase, Phase::Handshake(_)) {
            self.outgoing = None;
        }
        self.wants_transmit = true;
    }

    /// Ends the connection. What is to be encoded still is.
    #[cold]
    fn fail(&mut self, error: Error) -> Next {
        self.negotiated.tickets_received = self.tickets_received();
        #[cfg(feature = "std")]
        {
            self.negotiated.exporter = None;
        }
        self.phase = Phase::Failed(error);
        Next::Failed
    }

    #[cold]
    fn error(&self) -> Error {
        match &self.phase {
            Phase::Failed(error) => error.clone(),
            _ => Error::HandshakeNotComplete,
        }
    }
}

/// rustls's error for one of ours.
#[cold]
fn write_failure(error: WriteError) -> Error {
    match error {
        WriteError::Failed(error) => *error,
        WriteError::KeyUpdateUnsupported => Error::HandshakeNotComplete,
        error => explained(format!("{error}")),
    }
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

    /// Early data has come. RFC 8446 s2.3.
    ReadEarlyData(ReadEarlyData<'c, 'i, Data>),

    /// There are bytes to be put into the caller's buffer.
    EncodeTlsData(EncodeTlsData<'c, Data>),

    /// The encoded bytes are to be sent.
    TransmitTlsData(TransmitTlsData<'c, Data>),

    /// The handshake needs more input.
    BlockedHandshake,

    /// The handshake is complete: application data can be sent, and more input may come.
    WriteTraffic(WriteTraffic<'c, Data>),
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

/// Application data has come.
pub struct ReadTraffic<'c, 'i, Data> {
    conn: &'c mut UnbufferedConnectionCommon<Data>,
    /// `None` once it was taken.
    record: Option<AppDataRecord<'i>>,
}

impl<Data> ReadTraffic<'_, '_, Data> {
    /// Takes the record that was opened. `None` once it was taken.
    ///
    /// There is no error in it: that there could be one is for the sake of rustls's signature.
    #[inline]
    pub fn next_record(&mut self) -> Option<Result<AppDataRecord<'_>, Error>> {
        let record = self.record.take()?;
        self.conn.untaken = None;
        Some(Ok(record))
    }

    /// The length of the record's content. `None` once it was taken.
    #[inline]
    pub fn peek_len(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(self.record.as_ref()?.payload.len())
    }
}

/// Early data has come: what a client sends along with its first message. RFC 8446 s2.3.
///
/// rustls opens it, as a part of the handshake. It comes again until it is taken.
pub struct ReadEarlyData<'c, 'i, Data> {
    conn: &'c mut UnbufferedConnectionCommon<Data>,
    input: PhantomData<&'i mut [u8]>,
}

impl<Data> ReadEarlyData<'_, '_, Data> {
    /// Takes the next record.
    ///
    /// There is no error in it: that there could be one is for the sake of rustls's signature.
    pub fn next_record(&mut self) -> Option<Result<AppDataRecord<'_>, Error>> {
        let handshake = self.conn.handshake()?;
        handshake.read = handshake.unread.take()?;
        let payload = &handshake.read;
        Some(Ok(AppDataRecord {
            discard: 0,
            payload,
        }))
    }

    /// The length of the record's content. `None` once it was taken.
    pub fn peek_len(&self) -> Option<NonZeroUsize> {
        match &self.conn.phase {
            Phase::Handshake(handshake) => NonZeroUsize::new(handshake.unread.as_ref()?.len()),
            _ => None,
        }
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
    ///   sealed any more, and nothing of this call may be sent. rustls's type does not say which it is:
    ///   [`write`](Self::write) does, by [`KeyExhausted`](WriteError::KeyExhausted), [`Closed`](WriteError::Closed) or
    ///   [`Failed`](WriteError::Failed).
    #[inline]
    pub fn encrypt(
        &mut self,
        application_data: &[u8],
        outgoing_tls: &mut [u8],
    ) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic
                .sender
                .encrypt_one(application_data, outgoing_tls),
            _ => None,
        }
        .map_or_else(|| self.encrypt_all(application_data, outgoing_tls), Ok)
    }

    /// As [`encrypt`](Self::encrypt), for all that is not one record with a free way. Before the handshake is complete
    /// rustls seals.
    #[inline(never)]
    fn encrypt_all(
        &mut self,
        application_data: &[u8],
        outgoing_tls: &mut [u8],
    ) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(_) if application_data.is_empty() => Ok(0),
            Phase::Traffic(_) => self
                .encrypt_padded(application_data, 0, outgoing_tls)
                .map_err(EncryptError::from),
            Phase::Handshake(handshake) => handshake.encrypt(application_data, outgoing_tls),
            Phase::Failed(_) => Err(EncryptError::EncryptExhausted),
        }
    }

    /// As [`encrypt`](Self::encrypt), with `padding` zero bytes in each record to hide how much data there is. RFC 8446
    /// s5.4.
    ///
    /// A record gets less of it if content and padding would be more than 2^14 bytes.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `PaddingUnsupported` in TLS 1.2, and `HandshakeNotComplete` while the handshake goes on.
    pub fn encrypt_padded(
        &mut self,
        application_data: &[u8],
        padding: usize,
        outgoing_tls: &mut [u8],
    ) -> Result<usize, WriteError> {
        let traffic = self.traffic()?;
        traffic.sender.encrypt_padded(
            &mut traffic.remainder,
            application_data,
            padding,
            outgoing_tls,
        )
    }

    /// Seals as many whole records of `data` as have room in `outgoing_tls`, and says how far that went.
    ///
    /// `data` may be gathered from several slices. Otherwise as [`encrypt`](Self::encrypt).
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. It is `InsufficientSize` only if there is not room for one record, and `HandshakeNotComplete`
    /// while the handshake goes on.
    #[inline]
    pub fn write<'a>(
        &mut self,
        data: impl Into<Gathered<'a>>,
        outgoing_tls: &mut [u8],
    ) -> Result<Written, WriteError> {
        let traffic = self.traffic()?;
        traffic
            .sender
            .write(&mut traffic.remainder, data.into(), 0, outgoing_tls)
    }

    /// Finds the place in `outgoing_tls` where the content of the next record will be sealed, for the caller to write up
    /// to `len` bytes there.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `ContentTooLong` if `len` is more than one record holds, and `HandshakeNotComplete` while the
    /// handshake goes on.
    #[inline]
    pub fn reserve<'a>(
        &'a mut self,
        len: usize,
        outgoing_tls: &'a mut [u8],
    ) -> Result<Reservation<'a>, WriteError> {
        let traffic = self.traffic()?;
        Reservation::new(
            &mut traffic.sender,
            &mut traffic.remainder,
            len,
            outgoing_tls,
        )
    }

    #[inline]
    fn traffic(&mut self) -> Result<&mut Traffic, WriteError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => Ok(traffic),
            phase => Err(Self::no_traffic(phase)),
        }
    }

    #[cold]
    fn no_traffic(phase: &Phase) -> WriteError {
        match phase {
            Phase::Failed(error) => WriteError::Failed(Box::new(error.clone())),
            _ => WriteError::HandshakeNotComplete,
        }
    }

    /// Seals a close_notify at the front of `outgoing_tls`, and returns how many bytes that made: none the second
    /// time. RFC 8446 s6.1.
    ///
    /// # Errors
    ///
    /// As [`encrypt`](Self::encrypt). If there is too little room the connection is closed for writing all the same, and
    /// the close_notify comes as [`ConnectionState::EncodeTlsData`]. So it does, without an error, where the handshake is
    /// not complete: its own messages have to go before it.
    pub fn queue_close_notify(&mut self, outgoing_tls: &mut [u8]) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic
                .sender
                .close_notify(&mut traffic.remainder, outgoing_tls)
                .map_err(EncryptError::from),
            Phase::Handshake(handshake) => {
                handshake.begin_to_close();
                Ok(0)
            }
            Phase::Failed(_) => Err(EncryptError::EncryptExhausted),
        }
    }

    /// Goes on with the next key of TLS 1.3, and asks the peer to do the same. RFC 8446 s4.6.3.
    ///
    /// The KeyUpdate that says so comes as [`ConnectionState::EncodeTlsData`]. The peer is not asked while it has not
    /// answered an earlier one. Keys are also replaced by themselves, when they have sealed as many records as they may.
    ///
    /// # Errors
    ///
    /// - `HandshakeNotComplete` before the handshake is complete, and in TLS 1.2, which has no key update: so it is in
    ///   rustls. The split writer's `refresh_traffic_keys` says [`WriteError::KeyUpdateUnsupported`].
    /// - `Other` after close_notify.
    /// - The error that the connection has failed with.
    pub fn refresh_traffic_keys(self) -> Result<(), Error> {
        let traffic = match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic,
            Phase::Handshake(_) => return Err(Error::HandshakeNotComplete),
            Phase::Failed(error) => return Err(error.clone()),
        };
        traffic
            .sender
            .owe_refresh()
            .map_err(write_failure)?;
        self.conn.owes_first = true;
        Ok(())
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
    /// They are whole records, as many as have room. What is left comes again.
    ///
    /// # Errors
    ///
    /// - `InsufficientSize`: `outgoing_tls` is too short for one record. It says how long that is. Nothing was written.
    /// - `AlreadyEncoded`: by an earlier call.
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

/// The encoded bytes are to be sent.
pub struct TransmitTlsData<'c, Data> {
    pub(crate) conn: &'c mut UnbufferedConnectionCommon<Data>,
}

impl<Data> TransmitTlsData<'_, Data> {
    /// Says that they were.
    pub fn done(self) {
        self.conn.wants_transmit = false;
    }

    /// Seals application data to be sent behind them, if the handshake has come that far.
    pub fn may_encrypt_app_data(&mut self) -> Option<WriteTraffic<'_, Data>> {
        let may_write = match &mut self.conn.phase {
            Phase::Handshake(handshake) => handshake.may_write(),
            Phase::Traffic(_) => true,
            Phase::Failed(_) => false,
        };
        may_write.then_some(WriteTraffic { conn: self.conn })
    }
}
