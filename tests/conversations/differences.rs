//! Which differences between rustls's unbuffered API and ours are allowed? See the list in `docs/migration.md`.
//!
//! Two traces are compared from their beginning. Where they differ, one of the differences that the conversation
//! expects has to be the reason. The difference is removed at that place and where it has consequences, and nothing
//! else is touched. The rest has to be equal, and each expected difference has to have occurred.

mod input;
mod output;

use rustls::AlertDescription;

use crate::end_difference::EndDifference;
use crate::trace::Trace;

/// A difference that is allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Difference {
    /// (a) The length of an opened record is in `AppDataRecord::discard` instead of in the status.
    DiscardedWhenTaken,
    /// (a) Likewise, a handshake message in several records is discarded record by record.
    DiscardedInFragments,
    /// (a) An untaken record is not shown again while there is no input, so that the program can write.
    WritableWhileUntaken,
    /// (b) A chunk that was not encoded is offered again.
    EncodedAgain,
    /// (b) Chunks are encoded together if there is room.
    EncodedTogether,
    /// (c) Rejected early data is skipped, instead of being tried again at every call until the connection fails.
    RejectedEarlyDataIsSkipped,
    /// (c) A client's early data that finds no room is not charged.
    EarlyDataIsChargedOnce,
    /// (d) This alert is sent where rustls sends none.
    Alerted(AlertDescription),
    /// (e) An owed answer to a KeyUpdate is in `EncodeTlsData` once the input is used up, instead of in the next write.
    AnsweredWhenDrained,
    /// (e) Likewise, the refusal to renegotiate is in `EncodeTlsData` once the input is used up, instead of at once.
    RefusedWhenDrained,
    /// (f) Nothing can be written after our close_notify.
    ClosedForWriting,
    /// (f) A server that closes before the client's Finished sends its close_notify after the tickets.
    ClosedAfterTickets,
    /// (g) A second key refresh requests no answer while the first is unanswered.
    AsksForOneAnswer,
    /// (h) A server cannot write while it has only a part of the client's Finished.
    BlockedByPartialFinished,
    /// The connection ends with another limit, alert or error.
    OtherEnd(EndDifference),
}

/// One conversation over both libraries.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) rustls: Trace,
    pub(crate) ours: Trace,
    /// Later consequences of a difference that was met.
    outstanding: Outstanding,
}

/// Events that come later on one side than on the other.
#[derive(Debug, Eq, PartialEq)]
struct Outstanding {
    /// (a), (c) Bytes that we have discarded and rustls has not.
    discarded: usize,
    /// (e) Bytes of an answer that we have encoded and rustls has not.
    answer: usize,
    /// (c) Whether rustls's peer receives less early data.
    early_data: bool,
    /// (e) Bytes of a refusal that rustls has encoded and we have not.
    refusal: usize,
    /// (f) Bytes of a close_notify that rustls has sealed and we have not.
    close_notify: usize,
    /// (g) Bytes that rustls's peer has sent and ours has not.
    second_answer: usize,
}

impl Outstanding {
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
            outstanding: Outstanding::NONE,
        }
    }

    /// Removes the `expected` differences wherever they occur, and returns those that did. The error shows where the
    /// traces differ for another reason.
    pub(crate) fn compare(&mut self, expected: &[Difference]) -> Result<Vec<Difference>, String> {
        let mut met = Vec::new();
        while let Some(at) = self.rustls.first_difference(&self.ours) {
            let reason = expected
                .iter()
                .find(|difference| self.reconcile(**difference, at))
                .ok_or_else(|| {
                    self.rustls
                        .describe_difference(&self.ours, at)
                })?;
            met.push(*reason);
            assert!(
                met.len() < MAX_DIFFERENCES,
                "{reason:?} is removed again and again"
            );
        }
        match self.outstanding {
            Outstanding::NONE => Ok(met),
            _ => Err(format!("missing: {:?}", self.outstanding)),
        }
    }

    /// Removes `difference` where the traces differ, if it is the reason.
    fn reconcile(&mut self, difference: Difference, at: usize) -> bool {
        let taken = match difference {
            Difference::DiscardedWhenTaken => self.discarded_when_taken(at),
            Difference::DiscardedInFragments => self.discarded_earlier(at),
            Difference::WritableWhileUntaken => self.writable_while_untaken(at),
            Difference::EncodedAgain => self.encoded_again(at),
            Difference::EncodedTogether => self.encoded_together(at),
            Difference::RejectedEarlyDataIsSkipped => self.rejected_early_data_is_skipped(at),
            Difference::EarlyDataIsChargedOnce => self.early_data_is_charged_once(at),
            Difference::Alerted(description) => self.alerted(at, description),
            Difference::AnsweredWhenDrained => self.answered_when_drained(at),
            Difference::RefusedWhenDrained => self.refused_when_drained(at),
            Difference::ClosedForWriting => self.closed_for_writing(at),
            Difference::ClosedAfterTickets => self.closed_after_tickets(at),
            Difference::BlockedByPartialFinished => self.blocked_by_partial_finished(at),
            Difference::AsksForOneAnswer => self.asked_for_one_answer(at),
            Difference::OtherEnd(end) => end.reconcile(at, &mut self.rustls, &mut self.ours),
        };
        taken.is_some()
    }
}

/// More differences than any conversation has.
const MAX_DIFFERENCES: usize = 10_000;
