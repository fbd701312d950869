//! After the handshake: what the records mean.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::mem;

use rustls::client::ClientConnectionData;
use rustls::crypto::cipher::OutboundChunks;
use rustls::kernel::KernelConnection;
use rustls::unbuffered::{EncryptError, InsufficientSizeError};
use rustls::{AlertDescription, ContentType, Error, HandshakeType, InvalidMessage, PeerMisbehaved};
use zeroize::Zeroizing;

use crate::cipher::OutboundRecord;
use crate::record::Fragmenter;
use crate::record_layer::{InboundRecord, IncomingError, OutgoingError, RecordLayer};

/// The level of an alert that does not end the connection. RFC 8446 s6.
const WARNING: u8 = 1;

/// The level of one that does.
pub(crate) const FATAL: u8 = 2;

/// What stays of rustls after a handshake: it stores the tickets that a client is sent.
pub(crate) type Tickets = KernelConnection<ClientConnectionData>;

/// A connection after its handshake.
pub(crate) struct Traffic {
    record_layer: RecordLayer,
    fragmenter: Fragmenter,
    /// Where the tickets go, for a client of TLS 1.3. Nobody else is sent any.
    tickets: Option<Box<Tickets>>,
    /// How many empty records have come in a row.
    empty_records: u8,
    /// A handshake message of which more has to come. No other record may come before that. RFC 8446 s5.1.
    begun_message: Zeroizing<Vec<u8>>,
    pub(crate) sent_close_notify: bool,
    pub(crate) received_close_notify: bool,
}

/// How many empty records a peer may send in a row: they cost us work and bring nothing. As many as rustls and
/// BoringSSL (`kMaxEmptyRecords`) take.
const MAX_EMPTY_RECORDS: u8 = 32;

/// What came in.
pub(crate) enum Received {
    /// Less than a whole record.
    Nothing,
    /// Application data.
    Data(InboundRecord),
    /// Something else of this many bytes, which was dealt with.
    Control(usize),
}

/// Why a connection has to end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// What the peer is told, unless it was the peer that ended the connection.
    pub(crate) alert: Option<AlertDescription>,
}

impl Traffic {
    pub(crate) fn new(
        record_layer: RecordLayer,
        fragmenter: Fragmenter,
        tickets: Option<Tickets>,
    ) -> Self {
        Self {
            record_layer,
            fragmenter,
            tickets: tickets.map(Box::new),
            empty_records: 0,
            begun_message: Zeroizing::default(),
            sent_close_notify: false,
            received_close_notify: false,
        }
    }

    /// Seals `content` into as many records as it takes. Either all of it, or nothing.
    #[inline]
    pub(crate) fn encrypt(
        &mut self,
        content: OutboundChunks<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncryptError> {
        match self.fragmenter.count(content.len()) {
            0 => Ok(0),
            // One record is all or nothing by itself.
            1 => self.seal_data(content, out),
            records => self.encrypt_fragments(records, content, out),
        }
    }

    fn encrypt_fragments(
        &mut self,
        records: usize,
        content: OutboundChunks<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncryptError> {
        let encryption = &self.record_layer.encryption;
        if records as u64 > encryption.remaining(ContentType::ApplicationData) {
            return Err(EncryptError::EncryptExhausted);
        }
        let required_size = content.len() + records * encryption.encrypted_len(0);
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        let mut rest = content;
        let mut written = 0;
        while !rest.is_empty() {
            let (fragment, after) = self.fragmenter.split(&rest);
            written += self.seal_data(fragment, &mut out[written..])?;
            rest = after;
        }
        Ok(written)
    }

    #[inline]
    fn seal_data(
        &mut self,
        content: OutboundChunks<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncryptError> {
        let record = OutboundRecord::new(ContentType::ApplicationData, content.into());
        self.record_layer
            .encryption
            .encrypt_outgoing(record, out)
            .map_err(encrypt_error)
    }

    /// Seals a close_notify, once. Nothing can be sealed after it.
    pub(crate) fn close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError> {
        if self.sent_close_notify {
            return Ok(0);
        }
        let written = self
            .seal_alert(WARNING, AlertDescription::CloseNotify, out)
            .map_err(encrypt_error)?;
        self.sent_close_notify = true;
        self.record_layer.encryption.let_go();
        Ok(written)
    }

    /// Opens the record at the front of `incoming`, and deals with it unless it is application data.
    #[inline]
    pub(crate) fn receive(&mut self, incoming: &mut [u8]) -> Result<Received, Box<Failure>> {
        match self
            .record_layer
            .decrypt_incoming(incoming)
        {
            Ok(Some(record))
                if record.typ() == ContentType::ApplicationData
                    && !record.content().is_empty()
                    && self.begun_message.is_empty() =>
            {
                self.empty_records = 0;
                Ok(Received::Data(record))
            }
            Ok(None) => Ok(Received::Nothing),
            Ok(Some(record)) => {
                let content = &mut incoming[record.content()];
                match self.receive_control(record.typ(), content) {
                    Ok(()) => Ok(Received::Control(record.record_len())),
                    Err(failure) => {
                        content.fill(0);
                        Err(Box::new(failure))
                    }
                }
            }
            Err(err) => Err(Box::new(err.into())),
        }
    }

    #[cold]
    fn receive_control(&mut self, typ: ContentType, content: &[u8]) -> Result<(), Failure> {
        if !self.begun_message.is_empty() && typ != ContentType::Handshake {
            return Err(Failure::because(
                PeerMisbehaved::MessageInterleavedWithHandshakeMessage,
                AlertDescription::UnexpectedMessage,
            ));
        }
        match typ {
            // Only if it is empty.
            ContentType::ApplicationData => self.receive_empty(),
            ContentType::Alert => self.receive_alert(content),
            ContentType::Handshake => self.receive_handshake(content),
            typ => Err(unexpected_message(typ)),
        }
    }

    fn receive_empty(&mut self) -> Result<(), Failure> {
        if self.empty_records == MAX_EMPTY_RECORDS {
            return Err(Failure::because(
                PeerMisbehaved::TooManyEmptyFragments,
                AlertDescription::UnexpectedMessage,
            ));
        }
        self.empty_records += 1;
        Ok(())
    }

    /// Seals the alert for `failure`, if one is to be sent and can be. The connection is to be dropped then.
    #[cold]
    pub(crate) fn last_words(&mut self, failure: &Failure) -> Option<Vec<u8>> {
        failure.alert.and_then(|description| {
            let len = self
                .record_layer
                .encryption
                .encrypted_len(ALERT_LEN);
            let mut out = vec![0; len];
            self.seal_alert(FATAL, description, &mut out)
                .ok()
                .map(|_| out)
        })
    }

    fn seal_alert(
        &mut self,
        level: u8,
        description: AlertDescription,
        out: &mut [u8],
    ) -> Result<usize, OutgoingError> {
        let alert: [u8; ALERT_LEN] = [level, u8::from(description)];
        let record = OutboundRecord::new(ContentType::Alert, alert[..].into());
        self.record_layer
            .encrypt_outgoing(record, out)
    }

    /// RFC 8446 s6, RFC 5246 s7.2.
    fn receive_alert(&mut self, content: &[u8]) -> Result<(), Failure> {
        let &[level, description] = content else {
            return Err(Failure::because(
                InvalidMessage::TrailingData("AlertMessagePayload"),
                AlertDescription::DecodeError,
            ));
        };
        let description = AlertDescription::from(description);
        let error = Error::AlertReceived(description);
        if !matches!(level, WARNING | FATAL) {
            return Err(Failure::because(error, AlertDescription::IllegalParameter));
        }
        if description == AlertDescription::CloseNotify {
            self.received_close_notify = true;
            return Ok(());
        }
        Err(Failure { error, alert: None })
    }

    /// Handshake messages, which may be several in a record or split over records. RFC 8446 s5.1.
    fn receive_handshake(&mut self, content: &[u8]) -> Result<(), Failure> {
        if content.is_empty() {
            // Zero-length fragments of handshake messages are not allowed. RFC 8446 s5.1.
            return Err(Failure::because(
                Error::InvalidMessage(InvalidMessage::InvalidEmptyPayload),
                AlertDescription::UnexpectedMessage,
            ));
        }
        self.empty_records = 0;

        let mut begun = mem::take(&mut self.begun_message);
        if begun.is_empty() {
            let done = self.receive_messages(content)?;
            begun.extend_from_slice(&content[done..]);
        } else {
            begun.extend_from_slice(content);
            let done = self.receive_messages(&begun)?;
            begun.drain(..done);
        }
        self.begun_message = begun;
        Ok(())
    }

    /// Deals with the whole messages at the front of `content`, and returns how many bytes they are.
    fn receive_messages(&mut self, content: &[u8]) -> Result<usize, Failure> {
        let mut rest = content;
        while let [typ, ..] = *rest {
            self.check_expected(HandshakeType::from(typ))?;
            let Some(len) = message_len(rest)? else {
                break;
            };
            let (message, after) = rest.split_at(len);
            self.receive_message(&message[MESSAGE_HEADER_LEN..])?;
            rest = after;
        }
        Ok(content.len() - rest.len())
    }

    /// Looks at the type alone, which is enough to refuse a message that has only just begun.
    fn check_expected(&self, typ: HandshakeType) -> Result<(), Failure> {
        match (typ, &self.tickets) {
            (HandshakeType::NewSessionTicket, Some(_)) => Ok(()),
            (HandshakeType::KeyUpdate, _) => Err(unsupported("a key update")),
            _ => Err(Failure::because(
                Error::InappropriateHandshakeMessage {
                    expect_types: Vec::new(),
                    got_type: typ,
                },
                AlertDescription::UnexpectedMessage,
            )),
        }
    }

    /// The only message that is expected: a NewSessionTicket, without its header.
    fn receive_message(&mut self, body: &[u8]) -> Result<(), Failure> {
        match &mut self.tickets {
            Some(tickets) => tickets
                .handle_new_session_ticket(body)
                .map_err(bad_ticket),
            None => Ok(()),
        }
    }
}

/// Bytes of an alert: level and description.
const ALERT_LEN: usize = 2;

/// The longest handshake message that is taken, as by rustls. It has to be held until it is whole.
const MAX_MESSAGE_LEN: usize = 0xffff;

/// Bytes of the header of a handshake message: type (1) and length (3). RFC 8446 s4.
const MESSAGE_HEADER_LEN: usize = 4;

/// How long the handshake message at the front of `content` is, header included. `None` if it is not whole.
///
/// Whether it is too long is decided by its header.
fn message_len(content: &[u8]) -> Result<Option<usize>, Failure> {
    let Some([_, a, b, c]) = content.first_chunk::<MESSAGE_HEADER_LEN>() else {
        return Ok(None);
    };
    match usize::try_from(u32::from_be_bytes([0, *a, *b, *c])) {
        Ok(len) if len <= MAX_MESSAGE_LEN => {
            Ok(Some(MESSAGE_HEADER_LEN + len).filter(|len| *len <= content.len()))
        }
        _ => Err(Failure::because(
            InvalidMessage::HandshakePayloadTooLarge,
            AlertDescription::DecodeError,
        )),
    }
}

fn encrypt_error(error: OutgoingError) -> EncryptError {
    match error {
        OutgoingError::InsufficientSize { required, .. } => InsufficientSizeError {
            required_size: required,
        }
        .into(),
        _ => EncryptError::EncryptExhausted,
    }
}

fn unexpected_message(got_type: ContentType) -> Failure {
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

fn unsupported(what: &str) -> Failure {
    let why = format!("rustls-direct does not support receiving {what} yet");
    Failure::because(Error::General(why), AlertDescription::InternalError)
}

fn bad_ticket(error: Error) -> Failure {
    let alert = match &error {
        Error::InvalidMessage(err) => AlertDescription::from(*err),
        Error::PeerMisbehaved(_) => AlertDescription::IllegalParameter,
        _ => AlertDescription::InternalError,
    };
    Failure::because(error, alert)
}

impl Failure {
    fn because(error: impl Into<Error>, alert: AlertDescription) -> Self {
        Self {
            error: error.into(),
            alert: Some(alert),
        }
    }
}

impl From<IncomingError> for Failure {
    #[cold]
    fn from(err: IncomingError) -> Self {
        let error = match err {
            IncomingError::BadRecordMac => Error::DecryptError,
            IncomingError::RecordOverflow => Error::PeerSentOversizedRecord,
            IncomingError::UnexpectedType(got_type) => Error::InappropriateMessage {
                expect_types: vec![ContentType::ApplicationData],
                got_type,
            },
            IncomingError::UnexpectedVersion(_) => InvalidMessage::UnknownProtocolVersion.into(),
            IncomingError::NoContentType => PeerMisbehaved::IllegalTlsInnerPlaintext.into(),
            IncomingError::KeyExhausted | IncomingError::NoKey => Error::General(format!("{err}")),
        };
        Self::because(error, err.alert())
    }
}
