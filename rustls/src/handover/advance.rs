//! Advances a handshake: passes the input to rustls, record by record.

use alloc::vec::Vec;

use rustls::{AlertDescription, Error, ProtocolVersion};

use super::alert::append_plaintext_alert;
use super::connection::Idle;
use super::handshake::Handshake;
use super::record_group::next_record_group;
use super::refusal::Refusal;
use crate::error::explained;
use crate::record::MAX_RETAINED_LEN;

/// What a handshake needs next.
pub(crate) enum Step {
    /// The retained input again: the caller passed fewer bytes than that.
    RetainedInputMissing,
    /// The caller has to send the new output, or to read the [`unread_early_data`](Handshake::unread_early_data).
    SendOrReadEarlyData,
    /// More input. The caller may already write application data.
    ReceiveOrWrite,
    /// More input.
    Receive,
    /// Nothing: the handshake is complete.
    Complete,
}

impl Handshake {
    /// Processes the records in `incoming`, and returns how many bytes at its front the caller can discard.
    ///
    /// `outgoing` has to be empty. The call adds the records that have to be sent. After an error these are usually an
    /// alert.
    pub(crate) fn advance(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Step, Error>) {
        if incoming.is_empty() && !self.retained.is_empty() {
            // The caller knows that it has no new input.
            return (0, Ok(Step::Receive));
        }
        if incoming.len() < self.retained.len() {
            return (0, Ok(Step::RetainedInputMissing));
        }
        let mut discard = 0;
        loop {
            let idle = match self.idle.take() {
                Some(idle) => idle,
                None => {
                    let rest = &mut incoming[discard..];
                    let (done, idle) = self.process_retained(rest, outgoing);
                    discard += done;
                    match idle {
                        Ok(Some(idle)) => idle,
                        Ok(None) => return (discard, Ok(Step::SendOrReadEarlyData)),
                        Err(error) => return (discard, Err(error)),
                    }
                }
            };

            // While rustls retains a part of a message, the conversion would drop that part.
            if self.retained.is_empty() && !self.common_state().is_handshaking() {
                return (discard, Ok(Step::Complete));
            }
            let (retained, rest) = incoming[discard..].split_at(self.retained.len());
            let Some(group) = next_record_group(rest, MAX_RETAINED_LEN - retained.len()) else {
                let step = match idle.may_write && self.retained.is_empty() {
                    true => Step::ReceiveOrWrite,
                    false => Step::Receive,
                };
                self.idle = Some(idle);
                return (discard, Ok(step));
            };
            let may_hold_skipped = self.may_skip() && !self.can_detect_failed_opening();
            if let Err(refusal) = self
                .retained
                .add(&group, may_hold_skipped)
            {
                return (discard, Err(self.refuse(refusal, retained, outgoing)));
            }
            self.observe_incoming(&rest[..group.len]);
        }
    }

    /// Passes the retained input at the front of `incoming` to rustls, and returns how many of its bytes can be
    /// discarded.
    ///
    /// `None` if the caller has to send the new output or to read early data. After an error, `outgoing` has the
    /// records that rustls still wants to send.
    fn process_retained(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Option<Idle>, Error>) {
        let input = &mut incoming[..self.retained.len()];
        let (mut done, progress) = self.process(input, outgoing);
        if let Ok(Some(_)) = progress {
            let retained = input.get(done..).unwrap_or_default();
            match self.detect_skipped(retained) {
                Ok(true) => done = input.len(),
                Ok(false) => {}
                Err(refusal) => return (done, Err(self.refuse(refusal, retained, outgoing))),
            }
        }
        self.retained.remove(done);

        if let Err(error) = self.check_supported() {
            outgoing.clear();
            append_plaintext_alert(AlertDescription::ProtocolVersion, outgoing);
            return (done, Err(error));
        }
        self.observe_outgoing(outgoing);
        let idle = match progress {
            Ok(idle) if !outgoing.is_empty() => {
                self.idle = idle;
                Ok(None)
            }
            Ok(idle) => Ok(idle),
            Err(error) => {
                let input = incoming
                    .get_mut(done..done + self.retained.len())
                    .unwrap_or_default();
                self.rustls
                    .append_alert(input, outgoing);
                Err(error)
            }
        };
        (done, idle)
    }

    /// Ends the handshake because of input that we refuse but rustls accepts.
    ///
    /// Only rustls has the keys to seal the alert. So it gets invalid input that it answers with the right alert.
    #[cold]
    fn refuse(&mut self, refusal: Refusal, retained: &[u8], outgoing: &mut Vec<u8>) -> Error {
        let mut input = [retained, refusal.alert_trigger].concat();
        let _ = self.process(&mut input, outgoing);
        self.rustls
            .append_alert(&mut input, outgoing);
        refusal.error
    }

    /// Refuses TLS 1.2 without the feature `tls12`, as soon as the version is known.
    fn check_supported(&self) -> Result<(), Error> {
        let version = || self.common_state().protocol_version();
        match cfg!(feature = "tls12") || version() != Some(ProtocolVersion::TLSv1_2) {
            true => Ok(()),
            false => Err(explained(
                "the peer negotiated TLS 1.2, for which rustls-direct needs its feature `tls12`",
            )),
        }
    }
}
