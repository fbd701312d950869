//! Takes a connection apart: into split halves, or into its secrets.

#[cfg(feature = "std")]
use alloc::boxed::Box;

use rustls::{Error, ExtractedSecrets};

use super::machine::{CommonState, Phase};
use crate::error::explained;
#[cfg(feature = "std")]
use crate::split::{Reader, SplitError, Writer};
use crate::traffic::Kernel;

impl CommonState {
    /// The secrets of both directions, with the sequence number of the next record in each, and rustls's kernel
    /// connection.
    pub(crate) fn into_secrets(self) -> Result<(ExtractedSecrets, Kernel), Error> {
        // The words of rustls.
        let disabled = || Err(Error::General("Secret extraction is disabled".into()));
        if !self.extractable {
            return disabled();
        }
        self.check_extraction()?;
        let Phase::Traffic(traffic) = self.phase else {
            return Err(Error::HandshakeNotComplete);
        };
        let (tx, rx) = (traffic.sender.seq(), traffic.receiver.seq());
        traffic
            .key_schedule
            .into_secrets(tx, rx)
            .map_or_else(disabled, Ok)
    }

    /// Checks that nothing would be lost if the secrets were used elsewhere.
    fn check_extraction(&self) -> Result<(), Error> {
        if self.is_handshaking() {
            return Err(Error::HandshakeNotComplete);
        }
        let lost = match &self.phase {
            Phase::Handshake(_) => return Err(Error::HandshakeNotComplete),
            Phase::Failed(error) => return Err(error.clone()),
            Phase::Traffic(traffic) if traffic.sender.owes() || self.has_outgoing() => {
                "a message is owed to the peer: encode it first"
            }
            Phase::Traffic(_) if self.unread.is_some() => "a record was opened: take it first",
            Phase::Traffic(traffic) if traffic.receiver.has_partial_message() => {
                "the rest of a handshake message has yet to come"
            }
            Phase::Traffic(_) => return Ok(()),
        };
        Err(explained(lost))
    }

    /// Splits the connection. Messages that are owed pass to the writer, but records that were sealed have to be
    /// encoded first.
    #[cfg(feature = "std")]
    pub(crate) fn split(self) -> Result<(Reader, Writer), SplitError<Self>> {
        let error = match &self.phase {
            Phase::Handshake(_) => Error::HandshakeNotComplete,
            Phase::Failed(error) => error.clone(),
            Phase::Traffic(_) if self.has_outgoing() => {
                explained("there are bytes that must be encoded first")
            }
            Phase::Traffic(_) => match self.phase {
                Phase::Traffic(traffic) => {
                    return Ok(crate::split::split(traffic, self.unread, self.negotiated));
                }
                _ => unreachable!("just matched"),
            },
        };
        Err(SplitError {
            connection: Box::new(self),
            error,
        })
    }
}
