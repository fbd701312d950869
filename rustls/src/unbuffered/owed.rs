//! The messages that a connection owes the peer, and the records that wait to be encoded.

use alloc::format;

use rustls::Error;

use super::machine::{CommonState, Phase, State};
use crate::error::explained;
use crate::traffic::WriteError;

impl CommonState {
    /// Seals the messages that are owed, or fails. `None` if the caller need not see the state.
    #[cold]
    pub(super) fn flush_or_fail(&mut self) -> Option<State> {
        match self.flush() {
            Ok(()) => None,
            Err(err) => Some(self.fail(rustls_error(err))),
        }
    }

    /// Seals the messages that are owed, to be encoded.
    #[cold]
    pub(super) fn flush(&mut self) -> Result<(), WriteError> {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return Ok(());
        };
        let outgoing = self.outgoing.get_or_insert_default();
        let flushed = traffic
            .sender
            .flush_to_vec(&mut traffic.key_schedule, outgoing.records());
        if outgoing.is_empty() {
            self.outgoing = None;
        }
        flushed
    }

    /// Whether there are records to be encoded.
    #[inline]
    pub(super) fn has_outgoing(&self) -> bool {
        self.outgoing
            .as_ref()
            .is_some_and(|outgoing| !outgoing.is_empty())
    }

    /// Notes that records were encoded, which the caller now has to send.
    pub(super) fn note_encoded(&mut self) {
        // A handshake uses its buffer again. An idle connection frees it.
        if !self.has_outgoing() && !matches!(self.phase, Phase::Handshake(_)) {
            self.outgoing = None;
        }
        self.wants_transmit = true;
    }
}

/// The error of rustls's type for a write that was refused.
#[cold]
pub(super) fn rustls_error(error: WriteError) -> Error {
    match error {
        WriteError::Failed(error) => *error,
        WriteError::KeyUpdateUnsupported => Error::HandshakeNotComplete,
        error => explained(format!("{error}")),
    }
}
