//! Which differences are allowed in what a program reads?

use std::mem;

use super::Pair;
use crate::trace::{Event, Refusal};

impl Pair {
    /// (a) Moves the length of our record from the record to its state.
    pub(super) fn discarded_when_taken(&mut self, at: usize) -> Option<()> {
        if self.rustls.state_at(at)? != "ReadTraffic" || self.ours.state_at(at)? != "ReadTraffic" {
            return None;
        }
        let theirs = *self.rustls.discard_at(at)?;
        let len = theirs.checked_sub(*self.ours.discard_at(at)?)?;
        let taken = self.ours.0[at..]
            .iter_mut()
            .find_map(|event| match event {
                Event::Record { discard, .. } => Some(discard),
                _ => None,
            })?;
        if *taken != len {
            return None;
        }
        *taken = 0;
        *self.ours.discard_at(at)? += len;
        Some(())
    }

    /// (a), (c) Moves our discarded bytes to where rustls discards them.
    pub(super) fn discarded_earlier(&mut self, at: usize) -> Option<()> {
        if self.rustls.state_at(at)? != self.ours.state_at(at)? {
            return None;
        }
        let theirs = *self.rustls.discard_at(at)?;
        let ours = self.ours.discard_at(at)?;
        let rest = (self.outstanding.discarded + *ours).checked_sub(theirs)?;
        self.outstanding.discarded = rest;
        *ours = theirs;
        Some(())
    }

    /// (a) Removes the record that rustls shows again.
    pub(super) fn writable_while_untaken(&mut self, at: usize) -> Option<()> {
        let end = at + self.rustls.state_len(at);
        if self.rustls.state_at(at)? != "ReadTraffic"
            || self.rustls.0[..end].last()? != &Event::LeftUntaken
            || self.ours.state_at(at)? != "WriteTraffic"
        {
            return None;
        }
        if self.rustls.discard_at(at) != self.ours.discard_at(at) {
            return None;
        }
        let shown = self.ours.0[at].clone();
        self.rustls.0.splice(at..end, [shown]);
        Some(())
    }

    /// (c) Moves our discarded bytes to where rustls discards them. If rustls fails, drops the rest, in which ours
    /// succeeds.
    pub(super) fn rejected_early_data_is_skipped(&mut self, at: usize) -> Option<()> {
        if let Event::Failed(_) = self.rustls.0.get(at)? {
            let completed =
                (at..self.ours.0.len()).any(|at| self.ours.state_at(at) == Some("WriteTraffic"));
            if self.ours.failed_at().is_some() || !completed {
                return None;
            }
            self.rustls.0.truncate(at);
            self.ours.0.truncate(at);
            self.outstanding.discarded = 0;
            return Some(());
        }
        self.discarded_earlier(at)
    }

    /// (c) Removes a client's early data that was sealed after a query for its size, and the data that the peer
    /// received.
    pub(super) fn early_data_is_charged_once(&mut self, at: usize) -> Option<()> {
        let asked = self.ours.0.get(at.checked_sub(1)?)?;
        match (self.rustls.0.get(at)?, self.ours.0.get(at)?) {
            (Event::WroteEarly(Ok(theirs)), Event::WroteEarly(Ok(ours))) => {
                if theirs >= ours || asked != &Event::WroteEarly(Err(Refusal::Room(*ours))) {
                    return None;
                }
                self.outstanding.early_data = true;
            }
            (Event::PeerReadEarly(theirs), Event::PeerReadEarly(ours)) => {
                let cut = theirs.0.len();
                if ours.0.get(..cut)? != theirs.0 || !mem::take(&mut self.outstanding.early_data) {
                    return None;
                }
            }
            _ => return None,
        }
        self.rustls.0.remove(at);
        self.ours.0.remove(at);
        Some(())
    }

    /// (h) Replaces rustls's state by ours, in which nothing can be written.
    pub(super) fn blocked_by_partial_finished(&mut self, at: usize) -> Option<()> {
        if self.rustls.state_at(at)? != "WriteTraffic"
            || self.ours.state_at(at)? != "BlockedHandshake"
            || self.rustls.discard_at(at) != self.ours.discard_at(at)
        {
            return None;
        }
        self.rustls.0[at] = self.ours.0[at].clone();
        Some(())
    }
}
