//! The closed list of differences between rustls's unbuffered API and ours: see `docs/design.md`.
//!
//! Two traces are compared from their beginning. Where they part, one of the differences that the conversation names has
//! to be the reason, and is taken out of that place and of what follows from it; nothing else is touched. What is left has
//! to be equal, and each difference that was named has to have been met.

mod input;
mod output;

use rustls::AlertDescription;

use crate::choices::Choice;
use crate::trace::Trace;

/// What may differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Difference {
    /// (a) The length of a record that was opened is in `AppDataRecord::discard` instead of the status.
    DiscardedWhenTaken,
    /// (a) Likewise, a handshake message in several records is discarded record by record.
    DiscardedInFragments,
    /// (a) A record that was left is not shown again while there is no input, so that something can be written.
    WritableWhileLeft,
    /// (b) A chunk that was not encoded comes again.
    EncodedAgain,
    /// (b) Chunks that have room are encoded together.
    EncodedTogether,
    /// (c) Rejected early data is skipped, instead of being tried again at every call until that fails.
    RejectedEarlyDataIsSkipped,
    /// (c) A client's early data that finds no room is not charged.
    EarlyDataIsChargedOnce,
    /// (d) There is this alert where rustls sends none.
    Alerted(AlertDescription),
    /// (e) An owed answer to a KeyUpdate is in `EncodeTlsData` once the input is drained, instead of the next write.
    AnsweredWhenDrained,
    /// (e) Likewise, the refusal to renegotiate is in `EncodeTlsData` once the input is drained, instead of at once.
    RefusedWhenDrained,
    /// (f) Nothing can be written after our close_notify.
    ClosedForWriting,
    /// (f) A server that closes before the client's Finished sends its close_notify behind the tickets.
    ClosedBehindTickets,
    /// (g) A second key refresh asks for no answer while the first is unanswered.
    AskedOnce,
    /// (h) A server can not write while a part of the client's Finished has come.
    BlockedByAPart,
    /// A limit, an alert or an error that we choose.
    Chosen(Choice),
}

/// One conversation over both libraries.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) rustls: Trace,
    pub(crate) ours: Trace,
    /// What a difference at one place means for later ones.
    debts: Debts,
}

/// What comes later on one side than on the other.
#[derive(Debug, Eq, PartialEq)]
struct Debts {
    /// (a), (c) Bytes that we have discarded, and rustls has not.
    discarded: usize,
    /// (e) Bytes of an answer that we have encoded, and rustls has not.
    answer: usize,
    /// (c) Whether less early data comes to the peer of rustls.
    early_data: bool,
    /// (e) Bytes of a refusal that rustls has encoded, and we have not.
    refusal: usize,
    /// (f) Bytes of a close_notify that rustls has sealed, and we have not.
    close_notify: usize,
    /// (g) Bytes that the peer of rustls has sent, and ours has not.
    second_answer: usize,
}

impl Debts {
    const NONE: Self = Self {
        discarded: 0,
        early_data: false,
        answer: 0,
        refusal: 0,
        close_notify: 0,
        second_answer: 0,
    };
}

impl Pair {
    pub(crate) fn new(rustls: Trace, ours: Trace) -> Self {
        Self {
            rustls,
            ours,
            debts: Debts::NONE,
        }
    }

    /// Takes `expected` out wherever they are met, and says which were. The error says where the traces part for another
    /// reason.
    pub(crate) fn compare(&mut self, expected: &[Difference]) -> Result<Vec<Difference>, String> {
        let mut met = Vec::new();
        while let Some(at) = self.rustls.parting(&self.ours) {
            let reason = expected
                .iter()
                .find(|difference| self.take_out(**difference, at))
                .ok_or_else(|| {
                    self.rustls
                        .describe_parting(&self.ours, at)
                })?;
            met.push(*reason);
            assert!(met.len() < MANY, "{reason:?} is taken out again and again");
        }
        match self.debts {
            Debts::NONE => Ok(met),
            _ => Err(format!("something did not come: {:?}", self.debts)),
        }
    }

    /// Takes `difference` out of where the traces part, if it is the reason.
    fn take_out(&mut self, difference: Difference, at: usize) -> bool {
        let taken = match difference {
            Difference::DiscardedWhenTaken => self.discarded_when_taken(at),
            Difference::DiscardedInFragments => self.discarded_earlier(at),
            Difference::WritableWhileLeft => self.writable_while_left(at),
            Difference::EncodedAgain => self.encoded_again(at),
            Difference::EncodedTogether => self.encoded_together(at),
            Difference::RejectedEarlyDataIsSkipped => self.rejected_early_data_is_skipped(at),
            Difference::EarlyDataIsChargedOnce => self.early_data_is_charged_once(at),
            Difference::Alerted(description) => self.alerted(at, description),
            Difference::AnsweredWhenDrained => self.answered_when_drained(at),
            Difference::RefusedWhenDrained => self.refused_when_drained(at),
            Difference::ClosedForWriting => self.closed_for_writing(at),
            Difference::ClosedBehindTickets => self.closed_behind_tickets(at),
            Difference::BlockedByAPart => self.blocked_by_a_part(at),
            Difference::AskedOnce => self.asked_once(at),
            Difference::Chosen(choice) => choice.take_out(at, &mut self.rustls, &mut self.ours),
        };
        taken.is_some()
    }
}

/// More differences than any conversation shows.
const MANY: usize = 10_000;
