//! The half that opens.

use alloc::boxed::Box;
use alloc::vec;

use rustls::{AlertDescription, ContentType, Error, InvalidMessage, PeerMisbehaved, Side};

use super::fruitless::{Fruitless, Kind};
use super::key_schedule::KeySchedule;
use super::messages::Messages;
use super::sender::{Progress, Request};
use super::{FATAL, Failure, WARNING};
#[cfg(feature = "std")]
use crate::cipher::RecordSource;
use crate::record::{HEADER_LEN, Version};
use crate::record_layer::{DecryptionError, DecryptionState, InboundRecord, OpenedInto};

/// Opens records, and deals with those that are not data.
pub(crate) struct Receiver {
    decryption: DecryptionState,
    messages: Messages,
    fruitless: Fruitless,
    received_close_notify: bool,
}

/// What came in instead of application data.
pub(crate) enum Received {
    /// Less than a whole record.
    Nothing,
    /// Something of this many bytes, which was dealt with, and what it asks of the half that seals.
    Control(usize, Option<Request>),
    /// What came in before, and was not discarded: the caller's mistake.
    Again,
}

/// What came of opening, in the input or in the application's slice.
pub(crate) type OpenedWithin = Result<Option<OpenedInto>, DecryptionError>;

impl Receiver {
    pub(crate) fn new(decryption: DecryptionState, side: Side) -> Self {
        Self {
            messages: Messages::new(decryption.version(), side),
            decryption,
            fruitless: Fruitless::default(),
            received_close_notify: false,
        }
    }

    /// See [`DecryptionState::decrypt_incoming`]. What is not [taken](Self::takes) is to be [dealt with](Self::deal_with).
    #[inline(always)]
    pub(crate) fn open(
        &mut self,
        incoming: &mut [u8],
    ) -> Result<Option<InboundRecord>, DecryptionError> {
        self.decryption
            .decrypt_incoming(incoming)
    }

    /// As [`open`](Self::open), but the record is opened into `out` if that has room for it.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn open_into(&mut self, incoming: &mut [u8], out: &mut [u8]) -> OpenedWithin {
        self.decryption
            .decrypt_incoming_into(incoming, out)
    }

    /// Whether the record is data for the application: not empty, and not within a handshake message. Then what was
    /// fruitless is forgotten.
    #[inline(always)]
    pub(crate) fn takes(&mut self, record: &InboundRecord) -> bool {
        let is_data = record.is_data() && self.messages.are_whole();
        if is_data {
            self.fruitless.end_row();
        }
        is_data
    }

    /// See [`DecryptionState::mark`]. All that was opened is to be marked, once the caller has it.
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

    /// Deals with what is not application data. The slices are those that it was received from and into. `progress` is that
    /// of the half that seals.
    #[cold]
    pub(crate) fn deal_with<K: KeySchedule + ?Sized>(
        &mut self,
        schedule: &mut K,
        progress: Progress,
        opened: OpenedWithin,
        incoming: &mut [u8],
        out: &mut [u8],
    ) -> Result<Received, Box<Failure>> {
        let opened = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(Received::Nothing),
            Err(DecryptionError::OpenedBefore) => return Ok(Received::Again),
            Err(err) => return Err(Box::new(err.into())),
        };
        self.fruitless.learn(progress);
        let record = opened.record();
        let content = match &opened {
            OpenedInto::Out(_) => &mut out[record.content()],
            OpenedInto::Incoming(_) => &mut incoming[record.content()],
        };
        match self.control(schedule, record.typ(), content) {
            Ok(request) => {
                self.decryption.mark(incoming);
                Ok(Received::Control(record.record_len(), request))
            }
            Err(failure) => {
                content.fill(0);
                // A library may have opened it here, and its content was moved then.
                incoming[HEADER_LEN..record.record_len()].fill(0);
                Err(Box::new(failure))
            }
        }
    }

    fn control<K: KeySchedule + ?Sized>(
        &mut self,
        schedule: &mut K,
        typ: ContentType,
        content: &[u8],
    ) -> Result<Option<Request>, Failure> {
        if !self.messages.are_whole() && typ != ContentType::Handshake {
            return Err(Failure::because(
                PeerMisbehaved::MessageInterleavedWithHandshakeMessage,
                AlertDescription::UnexpectedMessage,
            ));
        }
        match typ {
            // Only if it is empty.
            ContentType::ApplicationData => self
                .fruitless
                .count(Kind::EmptyRecord)
                .map(|()| None),
            ContentType::Alert => self
                .receive_alert(content)
                .map(|()| None),
            ContentType::Handshake => {
                self.fruitless.forget(Kind::EmptyRecord);
                self.messages
                    .receive(schedule, &mut self.decryption, &mut self.fruitless, content)
            }
            typ => Err(unexpected_type(typ)),
        }
    }

    /// RFC 8446 s6, RFC 5246 s7.2.
    fn receive_alert(&mut self, content: &[u8]) -> Result<(), Failure> {
        let &[level, description] = content else {
            return Err(not_an_alert(content));
        };
        let description = AlertDescription::from(description);
        let error = Error::AlertReceived(description);
        if !matches!(level, WARNING | FATAL) {
            return Err(Failure::because(error, AlertDescription::IllegalParameter));
        }
        match (self.decryption.version(), description) {
            (_, AlertDescription::CloseNotify) => {
                self.received_close_notify = true;
                Ok(())
            }
            // The level says nothing in TLS 1.3. RFC 8446 s6.
            (Version::Tls13, AlertDescription::UserCanceled) => self.fruitless.count(Kind::Warning),
            (Version::Tls12, _) if level == WARNING => self.fruitless.count(Kind::Warning),
            // An alert is not answered, but some peers want to hear that this one has no such level.
            (Version::Tls13, _) if level == WARNING => {
                Err(Failure::because(error, AlertDescription::DecodeError))
            }
            _ => Err(Failure { error, alert: None }),
        }
    }

    /// Whether the peer has said that nothing more will come.
    #[inline]
    pub(crate) fn received_close_notify(&self) -> bool {
        self.received_close_notify
    }

    /// Whether more of a handshake message has to come.
    pub(crate) fn has_begun_message(&self) -> bool {
        !self.messages.are_whole()
    }

    /// How many NewSessionTickets have come.
    pub(crate) fn tickets_received(&self) -> u32 {
        self.messages.tickets_received()
    }

    /// See [`DecryptionState::release_cipher`].
    pub(crate) fn release_cipher(&mut self) {
        self.decryption.release_cipher();
    }

    /// Lets the key go.
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

fn not_an_alert(content: &[u8]) -> Failure {
    match content {
        // RFC 8446 s5.1 forbids it for itself.
        [] => Failure::because(
            InvalidMessage::InvalidEmptyPayload,
            AlertDescription::UnexpectedMessage,
        ),
        [_] => Failure::because(
            InvalidMessage::MissingData("AlertDescription"),
            AlertDescription::DecodeError,
        ),
        _ => Failure::because(
            InvalidMessage::TrailingData("AlertMessagePayload"),
            AlertDescription::DecodeError,
        ),
    }
}

fn unexpected_type(got_type: ContentType) -> Failure {
    Failure::because(
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
