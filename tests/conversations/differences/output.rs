//! Which differences are allowed in what a program sends?

use std::mem;

use rustls::AlertDescription;

use super::Pair;
use crate::trace::{Event, Outcome, Refusal};

impl Pair {
    /// (b) Removes the chunk that is offered again, and its transmission.
    pub(super) fn encoded_again(&mut self, at: usize) -> Option<()> {
        let left = at.checked_sub(1)?;
        if self.ours.state_at(left)? != "EncodeTlsData"
            || self.ours.state_at(at)? != "EncodeTlsData"
        {
            return None;
        }
        let transmit = at + self.ours.state_len(at);
        self.ours.encoded_before(transmit)?;
        if self.ours.state_at(transmit)? != "TransmitTlsData" {
            return None;
        }
        let end = transmit + self.ours.state_len(transmit);
        self.ours.0.drain(at..end);
        Some(())
    }

    /// (b) Adds the next chunk that rustls has encoded to the one before.
    pub(super) fn encoded_together(&mut self, at: usize) -> Option<()> {
        let (Event::Encoded(Ok(theirs)), Event::Encoded(Ok(ours))) =
            (self.rustls.0.get(at)?, self.ours.0.get(at)?)
        else {
            return None;
        };
        let next = at + 1;
        if theirs >= ours || self.rustls.state_at(next)? != "EncodeTlsData" {
            return None;
        }
        let theirs = *theirs;
        let end = next + self.rustls.state_len(next);
        let more = self.rustls.encoded_before(end)?;
        let discarded = *self.rustls.discard_at(next)?;
        if discarded != 0 {
            return None;
        }
        self.rustls.0.drain(next..end);
        self.rustls.0[at] = Event::Encoded(Ok(theirs + more));
        Some(())
    }

    /// (d) Removes the alert that we have sent.
    pub(super) fn alerted(&mut self, at: usize, description: AlertDescription) -> Option<()> {
        let (error, told) = self.ours.end()?;
        if at != self.ours.failed_at()? + 1
            || told != Some(description)
            || self.rustls.end()? != (error, None)
        {
            return None;
        }
        self.ours.remove_alert();
        Some(())
    }

    /// (e) Removes the answer that we have encoded, and adds its length to what is sealed next.
    pub(super) fn answered_when_drained(&mut self, at: usize) -> Option<()> {
        match (self.rustls.0.get_mut(at)?, self.ours.0.get_mut(at)?) {
            // rustls puts its answer before the written data.
            (Event::Wrote(theirs), Event::Wrote(ours))
            | (Event::Closed(theirs), Event::Closed(ours)) => {
                let answered = ours.is_ok();
                let (theirs, ours) = (*size(theirs)?, size(ours)?);
                if self.outstanding.answer == 0 || theirs != *ours + self.outstanding.answer {
                    return None;
                }
                *ours = theirs;
                if answered {
                    self.outstanding.answer = 0;
                }
            }
            (Event::State { .. }, Event::State { .. }) => {
                match (self.rustls.state_at(at)?, self.ours.state_at(at)?) {
                    // rustls encodes its answer before its own KeyUpdate.
                    ("EncodeTlsData", "TransmitTlsData") => {
                        let end = at + self.rustls.state_len(at);
                        if self.rustls.encoded_before(end)? != self.outstanding.answer {
                            return None;
                        }
                        self.rustls.0.drain(at..end);
                        self.outstanding.answer = 0;
                    }
                    (theirs, "EncodeTlsData") if theirs != "EncodeTlsData" => {
                        let transmit = at + self.ours.state_len(at);
                        if self.ours.encoded_before(transmit)? != KEY_UPDATE_LEN
                            || self.ours.state_at(transmit)? != "TransmitTlsData"
                        {
                            return None;
                        }
                        let next = transmit + self.ours.state_len(transmit);
                        let discarded = *self.ours.discard_at(at)?;
                        *self.ours.discard_at(next)? += discarded;
                        self.ours.0.drain(at..next);
                        self.outstanding.answer = KEY_UPDATE_LEN;
                    }
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// (e) Removes the refusal from either trace.
    pub(super) fn refused_when_drained(&mut self, at: usize) -> Option<()> {
        let (trace, other) = match self.outstanding.refusal {
            0 => (&mut self.rustls, &self.ours),
            _ => (&mut self.ours, &self.rustls),
        };
        if trace.state_at(at)? != "EncodeTlsData" || other.state_at(at)? == "EncodeTlsData" {
            return None;
        }
        let end = at + trace.state_len(at);
        let len = trace.encoded_before(end)?;
        self.outstanding.refusal = match self.outstanding.refusal {
            0 => len,
            rest if rest == len => 0,
            _ => return None,
        };
        let discarded = *trace.discard_at(at)?;
        *trace.discard_at(end)? += discarded;
        trace.0.drain(at..end);
        Some(())
    }

    /// (f) Removes the outcome of a write or a key refresh, if we have closed before.
    pub(super) fn closed_for_writing(&mut self, at: usize) -> Option<()> {
        let closed = self.ours.0[..at]
            .iter()
            .any(|event| matches!(event, Event::Closed(Ok(_))));
        if !closed {
            return None;
        }
        match (self.rustls.0.get(at)?, self.ours.0.get(at)?) {
            (Event::Wrote(_), Event::Wrote(Err(Refusal::Other(why)))) => {
                if why != "EncryptExhausted" {
                    return None;
                }
                self.ours.0.remove(at);
                while let Some(Event::Wrote(_)) = self.rustls.0.get(at) {
                    self.rustls.0.remove(at);
                }
            }
            (Event::Refreshed(Ok(())), Event::Refreshed(Err(_))) => {
                let encode = at + 1;
                let transmit = encode + self.rustls.state_len(encode);
                if self.rustls.encoded_before(transmit)? != KEY_UPDATE_LEN {
                    return None;
                }
                let end = transmit + self.rustls.state_len(transmit);
                self.ours.0.remove(at);
                self.rustls.0.drain(at..end);
            }
            _ => return None,
        }
        Some(())
    }

    /// (f) Removes the close_notify of a server that closes during the handshake, from either trace.
    pub(super) fn closed_after_tickets(&mut self, at: usize) -> Option<()> {
        match (self.rustls.0.get(at)?, self.ours.0.get(at)?) {
            (Event::Closed(_), Event::Closed(Ok(0))) if self.outstanding.close_notify == 0 => {
                self.ours.0.remove(at);
                while let Some(Event::Closed(outcome)) = self.rustls.0.get(at) {
                    self.outstanding.close_notify = *outcome.as_ref().unwrap_or(&0);
                    self.rustls.0.remove(at);
                }
            }
            _ if self.outstanding.close_notify == 0 => return None,
            (Event::PeerClosed, _) => {
                self.rustls.0.remove(at);
            }
            (_, Event::PeerClosed) => {
                self.ours.0.remove(at);
                self.outstanding.close_notify = 0;
            }
            (_, Event::State { .. }) => {
                let end = at + self.ours.state_len(at);
                if self.ours.state_at(at)? != "EncodeTlsData"
                    || self.ours.encoded_before(end)? != self.outstanding.close_notify
                {
                    return None;
                }
                self.ours.0.drain(at..end);
            }
            _ => return None,
        }
        Some(())
    }

    /// (g) Removes the second answer of rustls's peer.
    pub(super) fn asked_for_one_answer(&mut self, at: usize) -> Option<()> {
        if let (Event::PeerSent(theirs), Event::PeerSent(ours)) =
            (self.rustls.0.get_mut(at)?, self.ours.0.get(at)?)
        {
            if *theirs != ours + KEY_UPDATE_LEN {
                return None;
            }
            *theirs = *ours;
            self.outstanding.second_answer = KEY_UPDATE_LEN;
        } else {
            if self.rustls.state_at(at)? != self.ours.state_at(at)? {
                return None;
            }
            let theirs = self.rustls.discard_at(at)?;
            *theirs = theirs.checked_sub(self.outstanding.second_answer)?;
            if mem::take(&mut self.outstanding.second_answer) == 0 {
                return None;
            }
        }
        Some(())
    }
}

/// How many bytes were written, or would have to be.
fn size(outcome: &mut Outcome) -> Option<&mut usize> {
    match outcome {
        Ok(size) | Err(Refusal::Room(size)) => Some(size),
        Err(Refusal::Other(_)) => None,
    }
}

/// Length of a KeyUpdate record: its header, the message, the content type and a tag.
const KEY_UPDATE_LEN: usize = 5 + 5 + 1 + 16;
