//! Handshake messages after the handshake.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use rustls::{AlertDescription, Error, HandshakeType, InvalidMessage, PeerMisbehaved, Side};
use zeroize::Zeroizing;

use super::Failure;
use super::fruitless::{Fruitless, Kind};
use super::key_schedule::KeySchedule;
use super::sender::{Request, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED};
use crate::error::explained;
use crate::record::Version;
use crate::record_layer::DecryptionState;

/// Puts handshake messages together, and deals with them.
pub(super) struct Messages {
    version: Version,
    side: Side,
    /// A message of which more has to come. No other record may come before that. RFC 8446 s5.1.
    ///
    /// In a box, which a connection without one has no use for.
    begun: Option<Box<Zeroizing<Vec<u8>>>>,
    renegotiations: u8,
    tickets_received: u32,
}

/// How often a peer may want to renegotiate. It is answered the first time.
const MAX_RENEGOTIATIONS: u8 = 4;

/// The longest message that is taken, as by rustls. It has to be held until it is whole.
const MAX_MESSAGE_LEN: usize = 0xffff;

/// Bytes of a message's header: type (1) and length (3). RFC 8446 s4.
const HEADER_LEN: usize = 4;

impl Messages {
    pub(super) fn new(version: Version, side: Side) -> Self {
        Self {
            version,
            side,
            begun: None,
            renegotiations: 0,
            tickets_received: 0,
        }
    }

    /// Whether no more of a message has to come.
    #[inline]
    pub(super) fn are_whole(&self) -> bool {
        self.begun.is_none()
    }

    pub(super) fn tickets_received(&self) -> u32 {
        self.tickets_received
    }

    /// Takes the content of a record: messages, which may be several, or only a part of one. RFC 8446 s5.1.
    pub(super) fn receive<K: KeySchedule + ?Sized>(
        &mut self,
        schedule: &mut K,
        decryption: &mut DecryptionState,
        fruitless: &mut Fruitless,
        content: &[u8],
    ) -> Result<Option<Request>, Failure> {
        if content.is_empty() {
            return Err(Failure::because(
                InvalidMessage::InvalidEmptyPayload,
                AlertDescription::UnexpectedMessage,
            ));
        }
        let mut begun = self.begun.take();
        if let Some(begun) = &mut begun {
            append(begun, content);
        }
        let content = begun
            .as_deref()
            .map_or(content, |begun| &begun[..]);
        let (done, request) = self.receive_messages(schedule, decryption, fruitless, content)?;
        self.begun = match &content[done..] {
            [] => None,
            // What is copied has come in this record alone, so that the work is linear in what comes.
            rest if done > 0 || begun.is_none() => Some(Box::new(Zeroizing::new(rest.to_vec()))),
            _ => begun,
        };
        Ok(request)
    }

    /// Deals with the whole messages at the front of `content`, and returns how many bytes they are.
    fn receive_messages<K: KeySchedule + ?Sized>(
        &mut self,
        schedule: &mut K,
        decryption: &mut DecryptionState,
        fruitless: &mut Fruitless,
        content: &[u8],
    ) -> Result<(usize, Option<Request>), Failure> {
        let mut rest = content;
        let mut request = None;
        while let Some((message, after)) = self.first_message(rest)? {
            if message.typ == HandshakeType::KeyUpdate && !after.is_empty() {
                // What follows would have to be sealed with the next key. RFC 8446 s5.1.
                return Err(Failure::because(
                    PeerMisbehaved::KeyEpochWithPendingFragment,
                    AlertDescription::UnexpectedMessage,
                ));
            }
            let asked = self.receive_message(schedule, decryption, fruitless, message)?;
            request = request.or(asked);
            rest = after;
        }
        Ok((content.len() - rest.len(), request))
    }

    /// The message at the front of `content`, and what follows it. `None` if it is not whole.
    ///
    /// Its type alone, and then its header, are enough to refuse it.
    fn first_message<'a>(
        &self,
        content: &'a [u8],
    ) -> Result<Option<(Message<'a>, &'a [u8])>, Failure> {
        let Some(typ) = content.first() else {
            return Ok(None);
        };
        let typ = HandshakeType::from(*typ);
        self.check_expected(typ)?;
        let Some(([_, a, b, c], behind)) = content.split_first_chunk::<HEADER_LEN>() else {
            return Ok(None);
        };
        let len = u32::from_be_bytes([0, *a, *b, *c]);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        check_len(typ, len)?;
        Ok(behind
            .split_at_checked(len)
            .map(|(body, after)| (Message { typ, body }, after)))
    }

    fn check_expected(&self, typ: HandshakeType) -> Result<(), Failure> {
        let expected: &[HandshakeType] = match (self.version, self.side) {
            (Version::Tls13, Side::Client) => {
                &[HandshakeType::NewSessionTicket, HandshakeType::KeyUpdate]
            }
            (Version::Tls13, Side::Server) => &[HandshakeType::KeyUpdate],
            // Only to be turned down.
            (Version::Tls12, Side::Client) => &[HandshakeType::HelloRequest],
            (Version::Tls12, Side::Server) => &[HandshakeType::ClientHello],
        };
        match expected.contains(&typ) {
            true => Ok(()),
            false => Err(Failure::because(
                Error::InappropriateHandshakeMessage {
                    expect_types: expected.to_vec(),
                    got_type: typ,
                },
                AlertDescription::UnexpectedMessage,
            )),
        }
    }

    fn receive_message<K: KeySchedule + ?Sized>(
        &mut self,
        schedule: &mut K,
        decryption: &mut DecryptionState,
        fruitless: &mut Fruitless,
        message: Message<'_>,
    ) -> Result<Option<Request>, Failure> {
        match message.typ {
            HandshakeType::NewSessionTicket => {
                fruitless.count(Kind::Ticket)?;
                if !is_of_no_use(message.body) {
                    schedule
                        .store_ticket(message.body)
                        .map_err(bad_ticket)?;
                }
                self.tickets_received = self.tickets_received.saturating_add(1);
                Ok(None)
            }
            HandshakeType::KeyUpdate => {
                fruitless.count(Kind::KeyUpdate)?;
                let answer = match message.body {
                    [UPDATE_NOT_REQUESTED] => false,
                    [UPDATE_REQUESTED] => true,
                    _ => {
                        return Err(Failure::because(
                            InvalidMessage::InvalidKeyUpdate,
                            AlertDescription::IllegalParameter,
                        ));
                    }
                };
                self.next_key(schedule, decryption)
                    .map_err(internal_error)?;
                Ok(Some(Request::KeyUpdate { answer }))
            }
            // A HelloRequest or ClientHello: no other type gets here.
            _ => {
                if self.renegotiations == MAX_RENEGOTIATIONS {
                    return Err(Failure::because(
                        PeerMisbehaved::TooManyRenegotiationRequests,
                        AlertDescription::UnexpectedMessage,
                    ));
                }
                self.renegotiations += 1;
                Ok((self.renegotiations == 1).then_some(Request::Renegotiation))
            }
        }
    }

    fn next_key<K: KeySchedule + ?Sized>(
        &mut self,
        schedule: &mut K,
        decryption: &mut DecryptionState,
    ) -> Result<(), Error> {
        let keys = schedule.next_receiving_keys()?;
        decryption
            .change_key(&keys)
            .map_err(|err| explained(format!("{err}")))
    }
}

/// Appends `content` to `begun`, and wipes the memory that it grows out of: `Vec` would give that back as it is.
fn append(begun: &mut Zeroizing<Vec<u8>>, content: &[u8]) {
    let len = begun.len() + content.len();
    if len > begun.capacity() {
        // Twice as much, so that the work is linear in what comes.
        let mut larger = Zeroizing::new(Vec::with_capacity(len.max(2 * begun.capacity())));
        larger.extend_from_slice(begun);
        *begun = larger;
    }
    begun.extend_from_slice(content);
}

/// A whole handshake message.
struct Message<'a> {
    typ: HandshakeType,
    body: &'a [u8],
}

/// What a header may announce.
fn check_len(typ: HandshakeType, len: usize) -> Result<(), Failure> {
    let wrong = match typ {
        HandshakeType::KeyUpdate if len == 0 => InvalidMessage::MissingData("KeyUpdate"),
        HandshakeType::KeyUpdate if len > 1 => InvalidMessage::TrailingData("KeyUpdate"),
        HandshakeType::HelloRequest if len > 0 => InvalidMessage::TrailingData("HelloRequest"),
        _ if len > MAX_MESSAGE_LEN => InvalidMessage::HandshakePayloadTooLarge,
        _ => return Ok(()),
    };
    Err(Failure::because(wrong, AlertDescription::DecodeError))
}

/// Whether it is a ticket with a lifetime of 0, which says that it is to be discarded. RFC 8446 s4.6.1.
///
/// rustls would store it, and never find it too old. One that does not parse is left to rustls to refuse.
fn is_of_no_use(ticket: &[u8]) -> bool {
    /// What is behind a vector whose length takes `N` bytes.
    fn behind<const N: usize>(bytes: &[u8]) -> Option<(usize, &[u8])> {
        let (len, rest) = bytes.split_first_chunk::<N>()?;
        let len = len
            .iter()
            .fold(0, |len, byte| len << 8 | usize::from(*byte));
        Some((len, rest.get(len..)?))
    }
    let parse = || {
        let ([0, 0, 0, 0, _, _, _, _], rest) = ticket.split_first_chunk::<8>()? else {
            return None;
        };
        let (_, rest) = behind::<1>(rest)?;
        let (ticket_len, rest) = behind::<2>(rest)?;
        let (_, rest) = behind::<2>(rest)?;
        (ticket_len > 0 && rest.is_empty()).then_some(())
    };
    parse().is_some()
}

fn bad_ticket(error: Error) -> Failure {
    let alert = match &error {
        Error::InvalidMessage(err) => AlertDescription::from(*err),
        Error::PeerMisbehaved(_) => AlertDescription::IllegalParameter,
        _ => AlertDescription::InternalError,
    };
    Failure::because(error, alert)
}

fn internal_error(error: Error) -> Failure {
    Failure::because(error, AlertDescription::InternalError)
}
