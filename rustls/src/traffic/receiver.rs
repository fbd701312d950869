//! The half of a connection that opens records.

use alloc::vec;

use rustls::{AlertDescription, ContentType, Error, InvalidMessage, PeerMisbehaved, Side};

use super::expected::ExpectedMessages;
use super::failure::Failure;
use super::keys::{ReceivingKeys, TicketStore};
use super::limits::{Counted, TemperCounters};
use super::post_handshake::PostHandshake;
use super::reassembly::Reassembly;
use super::request::{Progress, Requests};
use super::wire::{FATAL, WARNING};
#[cfg(feature = "std")]
use crate::cipher::RecordSource;
use crate::record::{HEADER_LEN, Version};
use crate::record_layer::{DecryptionError, DecryptionState, InboundRecord, OpenedInto};

/// Opens records, and handles those that are not data.
pub(crate) struct Receiver {
    decryption: DecryptionState,
    expected: ExpectedMessages,
    reassembly: Reassembly,
    post_handshake: PostHandshake,
    counters: TemperCounters,
    received_close_notify: bool,
}

/// What was at the front of the input instead of data.
pub(crate) enum Control {
    /// Less than a whole record.
    Incomplete,
    /// A record of `len` bytes that was handled. `requests` are for the sender.
    Handled { len: usize, requests: Requests },
    /// A record that an earlier call has opened. The caller should have discarded it.
    AlreadyOpened,
}

/// The result of opening the record at the front of the input, where it lies or into the application's slice.
pub(crate) type Opening = Result<Option<OpenedInto>, DecryptionError>;

impl Receiver {
    pub(crate) fn new(decryption: DecryptionState, side: Side) -> Self {
        Self {
            expected: ExpectedMessages::new(decryption.version(), side),
            decryption,
            reassembly: Reassembly::default(),
            post_handshake: PostHandshake::default(),
            counters: TemperCounters::default(),
            received_close_notify: false,
        }
    }

    /// Opens the record at the front of `incoming` where it lies: see [`DecryptionState::decrypt_incoming`].
    ///
    /// Pass the record to [`accept_data`](Self::accept_data). If that returns false, pass the record to
    /// [`handle_control`](Self::handle_control), and likewise `None` and an error.
    #[inline(always)]
    pub(crate) fn open(
        &mut self,
        incoming: &mut [u8],
    ) -> Result<Option<InboundRecord>, DecryptionError> {
        self.decryption
            .decrypt_incoming(incoming)
    }

    /// As [`open`](Self::open), but opens the record into `out` if that has room for it.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn open_into(&mut self, incoming: &mut [u8], out: &mut [u8]) -> Opening {
        self.decryption
            .decrypt_incoming_into(incoming, out)
    }

    /// Accepts a record of data, which resets the counters. Returns false for a record that is empty, is not data, or
    /// comes before the rest of a handshake message.
    #[inline(always)]
    pub(crate) fn accept_data(&mut self, record: &InboundRecord) -> bool {
        let is_data = record.is_data() && !self.reassembly.is_pending();
        if is_data {
            self.counters.reset();
        }
        is_data
    }

    /// Marks the record at the front of `incoming` as opened. See [`DecryptionState::mark`].
    #[inline(always)]
    pub(crate) fn mark(&self, incoming: &mut [u8]) {
        self.decryption.mark(incoming);
    }

    /// See [`DecryptionState::mark_taken`].
    #[cfg(feature = "std")]
    #[inline(always)]
    pub(crate) fn mark_taken(&self, incoming: &mut [u8]) {
        self.decryption.mark_taken(incoming);
    }

    /// See [`DecryptionState::is_marked`].
    pub(crate) fn is_marked(&self, incoming: &[u8]) -> bool {
        self.decryption.is_marked(incoming)
    }

    /// Handles a record that is not data. It was opened from `incoming`, into `out` if `opening` says so. `progress` is
    /// the sender's.
    #[cold]
    pub(crate) fn handle_control<K: ReceivingKeys + TicketStore + ?Sized>(
        &mut self,
        keys: &mut K,
        progress: Progress,
        opening: Opening,
        incoming: &mut [u8],
        out: &mut [u8],
    ) -> Result<Control, Failure> {
        let opened = match opening {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(Control::Incomplete),
            Err(DecryptionError::OpenedBefore) => return Ok(Control::AlreadyOpened),
            Err(err) => return Err(err.into()),
        };
        self.counters.set_progress(progress);
        let record = opened.record();
        let content = match &opened {
            OpenedInto::Out(_) => &mut out[record.content()],
            OpenedInto::Incoming(_) => &mut incoming[record.content()],
        };
        match self.handle_content(keys, record.typ(), content) {
            Ok(requests) => {
                self.decryption.mark(incoming);
                Ok(Control::Handled {
                    len: record.record_len(),
                    requests,
                })
            }
            Err(failure) => {
                content.fill(0);
                // A library may have opened the record here before its content was moved to `out`.
                incoming[HEADER_LEN..record.record_len()].fill(0);
                Err(failure)
            }
        }
    }

    fn handle_content<K: ReceivingKeys + TicketStore + ?Sized>(
        &mut self,
        keys: &mut K,
        typ: ContentType,
        content: &[u8],
    ) -> Result<Requests, Failure> {
        if self.reassembly.is_pending() && typ != ContentType::Handshake {
            return Err(Failure::with_alert(
                PeerMisbehaved::MessageInterleavedWithHandshakeMessage,
                AlertDescription::UnexpectedMessage,
            ));
        }
        match typ {
            // It is empty: other data was accepted.
            ContentType::ApplicationData => {
                self.counters
                    .count(Counted::EmptyRecord)?;
                Ok(Requests::NONE)
            }
            ContentType::Alert => {
                self.handle_alert(content)?;
                Ok(Requests::NONE)
            }
            ContentType::Handshake => self.handle_messages(keys, content),
            typ => Err(unexpected_type(typ)),
        }
    }

    fn handle_messages<K: ReceivingKeys + TicketStore + ?Sized>(
        &mut self,
        keys: &mut K,
        content: &[u8],
    ) -> Result<Requests, Failure> {
        self.counters
            .reset_kind(Counted::EmptyRecord);
        let mut requests = Requests::NONE;
        self.reassembly
            .receive(content, self.expected, |message| {
                requests |= self.post_handshake.handle(
                    keys,
                    &mut self.decryption,
                    &mut self.counters,
                    message,
                )?;
                Ok(())
            })?;
        Ok(requests)
    }

    /// RFC 8446 s6, RFC 5246 s7.2.
    fn handle_alert(&mut self, content: &[u8]) -> Result<(), Failure> {
        let &[level, description] = content else {
            return Err(malformed_alert(content));
        };
        let description = AlertDescription::from(description);
        let error = Error::AlertReceived(description);
        if !matches!(level, WARNING | FATAL) {
            return Err(Failure::with_alert(
                error,
                AlertDescription::IllegalParameter,
            ));
        }
        match (self.decryption.version(), description) {
            (_, AlertDescription::CloseNotify) => {
                self.received_close_notify = true;
                Ok(())
            }
            // TLS 1.3 ignores the level. RFC 8446 s6.
            (Version::Tls13, AlertDescription::UserCanceled) => {
                self.counters.count(Counted::Warning)
            }
            (Version::Tls12, _) if level == WARNING => self.counters.count(Counted::Warning),
            // An alert is not answered with an alert, unless its level is wrong for its description.
            (Version::Tls13, _) if level == WARNING => {
                Err(Failure::with_alert(error, AlertDescription::DecodeError))
            }
            _ => Err(Failure { error, alert: None }),
        }
    }

    /// Whether the peer has closed its side.
    #[inline]
    pub(crate) fn received_close_notify(&self) -> bool {
        self.received_close_notify
    }

    /// Whether the rest of a handshake message has yet to come.
    pub(crate) fn has_partial_message(&self) -> bool {
        self.reassembly.is_pending()
    }

    /// Number of NewSessionTickets that have come.
    pub(crate) fn tickets_received(&self) -> u32 {
        self.post_handshake.tickets_received()
    }

    /// See [`DecryptionState::release_cipher`].
    pub(crate) fn release_cipher(&mut self) {
        self.decryption.release_cipher();
    }

    /// See [`DecryptionState::discard_key`].
    #[cfg(feature = "std")]
    pub(crate) fn discard_key(&mut self) {
        self.decryption.discard_key();
    }

    /// See [`DecryptionState::room_for`].
    #[cfg(feature = "std")]
    pub(crate) fn room_for(&self, incoming: &[u8]) -> Option<usize> {
        self.decryption.room_for(incoming)
    }

    /// See [`DecryptionState::source`].
    #[cfg(feature = "std")]
    pub(crate) fn source(&self) -> RecordSource {
        self.decryption.source()
    }

    /// The sequence number of the next record.
    pub(crate) fn seq(&self) -> u64 {
        self.decryption.seq()
    }
}

fn malformed_alert(content: &[u8]) -> Failure {
    match content {
        // RFC 8446 s5.1 forbids an empty alert explicitly.
        [] => Failure::with_alert(
            InvalidMessage::InvalidEmptyPayload,
            AlertDescription::UnexpectedMessage,
        ),
        [_] => Failure::with_alert(
            InvalidMessage::MissingData("AlertDescription"),
            AlertDescription::DecodeError,
        ),
        _ => Failure::with_alert(
            InvalidMessage::TrailingData("AlertMessagePayload"),
            AlertDescription::DecodeError,
        ),
    }
}

fn unexpected_type(got_type: ContentType) -> Failure {
    Failure::with_alert(
        Error::InappropriateMessage {
            expect_types: vec![
                ContentType::ApplicationData,
                ContentType::Alert,
                ContentType::Handshake,
            ],
            got_type,
        },
        AlertDescription::UnexpectedMessage,
    )
}
