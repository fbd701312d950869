//! Differences in what is read.

use std::mem;

use super::Pair;
use crate::trace::{Event, Refusal};

impl Pair {
    /// (a) Moves the length of our record from where it was taken to where it was shown first.
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

    /// (a), (c) Moves what we have discarded to where rustls does.
    pub(super) fn discarded_earlier(&mut self, at: usize) -> Option<()> {
        if self.rustls.state_at(at)? != self.ours.state_at(at)? {
            return None;
        }
        let theirs = *self.rustls.discard_at(at)?;
        let ours = self.ours.discard_at(at)?;
        let debt = (self.debts.discarded + *ours).checked_sub(theirs)?;
        self.debts.discarded = debt;
        *ours = theirs;
        Some(())
    }

    /// (a) Has rustls not show the record either.
    pub(super) fn writable_while_left(&mut self, at: usize) -> Option<()> {
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

    /// (c) Moves what we have discarded to where rustls does. If rustls fails, the rest is ours alone, and has to go well.
    pub(super) fn rejected_early_data_is_skipped(&mut self, at: usize) -> Option<()> {
        if let Event::Failed(_) = self.rustls.0.get(at)? {
            let completed =
                (at..self.ours.0.len()).any(|at| self.ours.state_at(at) == Some("WriteTraffic"));
            if self.ours.failed_at().is_some() || !completed {
                return None;
            }
            self.rustls.0.truncate(at);
            self.ours.0.truncate(at);
            self.debts.discarded = 0;
            return Some(());
        }
        self.discarded_earlier(at)
    }

    /// (c) Takes out what a client has sealed as early data when it asked for room before, and what the peer got of it.
    pub(super) fn early_data_is_charged_once(&mut self, at: usize) -> Option<()> {
        let asked = self.ours.0.get(at.checked_sub(1)?)?;
        match (self.rustls.0.get(at)?, self.ours.0.get(at)?) {
            (Event::WroteEarly(Ok(theirs)), Event::WroteEarly(Ok(ours))) => {
                if theirs >= ours || asked != &Event::WroteEarly(Err(Refusal::Room(*ours))) {
                    return None;
                }
                self.debts.early_data = true;
            }
            (Event::PeerReadEarly(theirs), Event::PeerReadEarly(ours)) => {
                let cut = theirs.0.len();
                if ours.0.get(..cut)? != theirs.0 || !mem::take(&mut self.debts.early_data) {
                    return None;
                }
            }
            _ => return None,
        }
        self.rustls.0.remove(at);
        self.ours.0.remove(at);
        Some(())
    }

    /// (h) Has rustls not be able to write either.
    pub(super) fn blocked_by_a_part(&mut self, at: usize) -> Option<()> {
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
