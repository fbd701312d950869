//! The loop that shows rustls its input.

use alloc::vec::Vec;

use rustls::{AlertDescription, Error, ProtocolVersion};

use super::alert::add_plaintext_alert;
use super::connection::Idle;
use super::handshake::Handshake;
use super::portion::next_portion;
use super::window::Refusal;
use crate::error::explained;
use crate::record::MAX_WINDOW;

/// What a handshake needs next.
pub(crate) enum Step {
    /// The input that it was shown before. The caller passed less than that.
    WhatWasShown,
    /// What was added to the output has to be sent, or what is [`unread`](Handshake::unread) to be read.
    Deliver,
    /// More input. Application data may be sent already.
    ReceiveOrWrite,
    /// More input.
    Receive,
    /// Nothing: it is complete.
    Complete,
}

impl Handshake {
    /// Goes on with what is at the front of `incoming`, and says how many bytes of it are done with.
    ///
    /// Records that have to be sent are put into `outgoing`, which is empty, also those that remain where it fails: an
    /// alert, as a rule.
    pub(crate) fn advance(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Step, Error>) {
        if incoming.is_empty() && !self.shown.is_empty() {
            // The caller knows that there is nothing new.
            return (0, Ok(Step::Receive));
        }
        if incoming.len() < self.shown.len() {
            return (0, Ok(Step::WhatWasShown));
        }
        let mut discard = 0;
        loop {
            let idle = match self.at_rest.take() {
                Some(idle) => idle,
                None => {
                    let rest = &mut incoming[discard..];
                    let (done, idle) = self.show(rest, outgoing);
                    discard += done;
                    match idle {
                        Ok(Some(idle)) => idle,
                        Ok(None) => return (discard, Ok(Step::Deliver)),
                        Err(error) => return (discard, Err(error)),
                    }
                }
            };

            // While rustls holds on to a part of a message, the conversion would drop that part.
            if self.shown.is_empty() && !self.common_state().is_handshaking() {
                return (discard, Ok(Step::Complete));
            }
            let (shown, rest) = incoming[discard..].split_at(self.shown.len());
            let Some(portion) = next_portion(rest, MAX_WINDOW - shown.len()) else {
                let step = match idle.may_write && self.shown.is_empty() {
                    true => Step::ReceiveOrWrite,
                    false => Step::Receive,
                };
                self.at_rest = Some(idle);
                return (discard, Ok(step));
            };
            let may_hold_skipped = self.may_skip() && !self.tells_whether_opened();
            if let Err(refusal) = self
                .shown
                .add(&portion, may_hold_skipped)
            {
                return (discard, Err(self.refuse(refusal, shown, outgoing)));
            }
            self.see_records(&rest[..portion.len]);
        }
    }

    /// Shows rustls the front of `incoming`, and says how many bytes of it are done with.
    ///
    /// `None` if there is something to be delivered. Records that remain where it fails are put into `outgoing` as well.
    fn show(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Option<Idle>, Error>) {
        let window = &mut incoming[..self.shown.len()];
        let (mut done, progress) = self.process(window, outgoing);
        if let Ok(Some(_)) = progress {
            let kept = window.get(done..).unwrap_or_default();
            match self.remove_kept(kept) {
                Ok(true) => done = window.len(),
                Ok(false) => {}
                Err(refusal) => return (done, Err(self.refuse(refusal, kept, outgoing))),
            }
        }
        self.shown.remove(done);

        if let Err(error) = self.check_supported() {
            outgoing.clear();
            add_plaintext_alert(AlertDescription::ProtocolVersion, outgoing);
            return (done, Err(error));
        }
        self.see_chunks(outgoing);
        let idle = match progress {
            Ok(idle) if !outgoing.is_empty() => {
                self.at_rest = idle;
                Ok(None)
            }
            Ok(idle) => Ok(idle),
            Err(error) => {
                let window = incoming
                    .get_mut(done..done + self.shown.len())
                    .unwrap_or_default();
                self.rustls
                    .add_last_words(window, outgoing);
                Err(error)
            }
        };
        (done, idle)
    }

    /// Ends the handshake because of what the peer has sent. rustls knows of no error yet, so it is shown one that makes
    /// it seal the alert: its keys are its own.
    #[cold]
    fn refuse(&mut self, refusal: Refusal, shown: &[u8], outgoing: &mut Vec<u8>) -> Error {
        let mut input = [shown, refusal.provocation].concat();
        let _ = self.process(&mut input, outgoing);
        self.rustls
            .add_last_words(&mut input, outgoing);
        refusal.error
    }

    /// Refuses a handshake whose records we could not protect as soon as that is known.
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
