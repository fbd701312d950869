//! Handles the handshake messages that come after the handshake. RFC 8446 s4.6.

use alloc::format;

use rustls::{AlertDescription, Error, HandshakeType, InvalidMessage, PeerMisbehaved};

use super::failure::Failure;
use super::keys::{ReceivingKeys, TicketStore};
use super::limits::{Counted, TemperCounters};
use super::reassembly::Message;
use super::request::Requests;
use super::wire::KeyUpdateRequest;
use crate::error::explained;
use crate::record_layer::DecryptionState;

/// Counts the messages that a connection keeps count of for its whole life.
#[derive(Default)]
pub(super) struct PostHandshake {
    renegotiations: u8,
    tickets_received: u32,
}

/// Most requests to renegotiate. The first is answered, the others are ignored.
const MAX_RENEGOTIATIONS: u8 = 4;

impl PostHandshake {
    pub(super) fn tickets_received(&self) -> u32 {
        self.tickets_received
    }

    /// Handles an expected message, and returns what it asks of the sender.
    pub(super) fn handle<K: ReceivingKeys + TicketStore + ?Sized>(
        &mut self,
        keys: &mut K,
        decryption: &mut DecryptionState,
        counters: &mut TemperCounters,
        message: Message<'_>,
    ) -> Result<Requests, Failure> {
        match message.typ {
            HandshakeType::NewSessionTicket => {
                counters.count(Counted::Ticket)?;
                if !has_lifetime_0(message.body) {
                    keys.store_ticket(message.body)
                        .map_err(bad_ticket)?;
                }
                self.tickets_received = self.tickets_received.saturating_add(1);
                Ok(Requests::NONE)
            }
            HandshakeType::KeyUpdate => update_key(keys, decryption, counters, message),
            // A HelloRequest or a ClientHello: no other type is expected.
            _ => self.decline_renegotiation(),
        }
    }

    fn decline_renegotiation(&mut self) -> Result<Requests, Failure> {
        if self.renegotiations == MAX_RENEGOTIATIONS {
            return Err(Failure::with_alert(
                PeerMisbehaved::TooManyRenegotiationRequests,
                AlertDescription::UnexpectedMessage,
            ));
        }
        self.renegotiations += 1;
        Ok(Requests {
            renegotiation: self.renegotiations == 1,
            ..Requests::NONE
        })
    }
}

/// Replaces the key that records are opened with. RFC 8446 s4.6.3.
fn update_key<K: ReceivingKeys + ?Sized>(
    keys: &mut K,
    decryption: &mut DecryptionState,
    counters: &mut TemperCounters,
    message: Message<'_>,
) -> Result<Requests, Failure> {
    if !message.ends_record {
        // The next message would have to be sealed with the next key. RFC 8446 s5.1.
        return Err(Failure::with_alert(
            PeerMisbehaved::KeyEpochWithPendingFragment,
            AlertDescription::UnexpectedMessage,
        ));
    }
    counters.count(Counted::KeyUpdate)?;
    let request = KeyUpdateRequest::read(message.body).ok_or_else(|| {
        Failure::with_alert(
            InvalidMessage::InvalidKeyUpdate,
            AlertDescription::IllegalParameter,
        )
    })?;
    keys.next_receiving_keys()
        .and_then(|keys| {
            decryption
                .change_key(&keys)
                .map_err(|err| explained(format!("{err}")))
        })
        .map_err(|error| Failure::with_alert(error, AlertDescription::InternalError))?;
    let is_requested = request == KeyUpdateRequest::Requested;
    Ok(Requests {
        key_update: is_requested,
        key_update_answered: !is_requested,
        ..Requests::NONE
    })
}

/// Whether a NewSessionTicket has a lifetime of 0. The client has to discard such a ticket. RFC 8446 s4.6.1.
///
/// rustls would store it and never find it too old. A message that does not parse is left to rustls, which refuses it.
fn has_lifetime_0(body: &[u8]) -> bool {
    /// The length of a vector whose length field takes `N` bytes, and the bytes after the vector.
    fn skip_vector<const N: usize>(bytes: &[u8]) -> Option<(usize, &[u8])> {
        let (len, rest) = bytes.split_first_chunk::<N>()?;
        let len = len
            .iter()
            .fold(0, |len, byte| len << 8 | usize::from(*byte));
        Some((len, rest.get(len..)?))
    }
    let parse = || {
        let ([0, 0, 0, 0, _, _, _, _], rest) = body.split_first_chunk::<8>()? else {
            return None;
        };
        let (_, rest) = skip_vector::<1>(rest)?;
        let (ticket_len, rest) = skip_vector::<2>(rest)?;
        let (_, rest) = skip_vector::<2>(rest)?;
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
    Failure::with_alert(error, alert)
}
