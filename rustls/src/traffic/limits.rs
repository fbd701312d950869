//! Limits on what a peer may send without sending data.

use rustls::{AlertDescription, Error, PeerMisbehaved};

use super::failure::Failure;
use super::request::Progress;
use crate::error::explained;

/// Counts the records and messages in a row that are not data.
///
/// Data from the peer ends a row. A full row also ends if we have sent a record of our own accord, and each such record
/// ends one row only: a peer that reacts to our records is not a flood, even if it never sends data.
#[derive(Default)]
pub(super) struct TemperCounters {
    /// Number of each kind in the current row, indexed by [`Counted`].
    in_a_row: [u8; Counted::KINDS],
    /// Full rows so far.
    full_rows: u32,
    /// The sender's [`Progress`], as far as the receiver knows it.
    sent: u32,
    owes: bool,
}

/// The records and messages that are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Counted {
    EmptyRecord,
    /// An alert that is ignored.
    Warning,
    KeyUpdate,
    Ticket,
}

/// How many more rows KeyUpdates may fill while an answer is owed.
///
/// RFC 8446 sets no limit. Java sends a KeyUpdate that requests an answer for every record that it opens, until our
/// answer arrives. The reader does not know how many records are under way until the writer takes its notes.
const MAX_UNANSWERED_ROWS: u32 = 1 << 9;

impl Counted {
    const KINDS: usize = 4;

    /// Most of them in a row.
    fn max(self) -> u8 {
        match self {
            // As in rustls and BoringSSL (`kMaxEmptyRecords`).
            Self::EmptyRecord => 32,
            // As in BoringSSL (`kMaxWarningAlerts`).
            Self::Warning => 4,
            // As in rustls and BoringSSL (`kMaxKeyUpdates`).
            Self::KeyUpdate => 32,
            Self::Ticket => 32,
        }
    }

    /// The error for one more than the limit.
    fn error_beyond_max(self) -> Error {
        match self {
            Self::EmptyRecord => PeerMisbehaved::TooManyEmptyFragments.into(),
            Self::Warning => PeerMisbehaved::TooManyWarningAlertsReceived.into(),
            Self::KeyUpdate => PeerMisbehaved::TooManyKeyUpdateRequests.into(),
            Self::Ticket => explained("the peer sent too many session tickets in a row"),
        }
    }
}

impl TemperCounters {
    /// Starts a new row, after data.
    #[inline(always)]
    pub(super) fn reset(&mut self) {
        self.in_a_row = [0; Counted::KINDS];
    }

    /// Starts a new row for one kind only.
    pub(super) fn reset_kind(&mut self, kind: Counted) {
        self.in_a_row[kind as usize] = 0;
    }

    /// Stores how far the sender has come.
    pub(super) fn set_progress(&mut self, progress: Progress) {
        self.sent = u32::try_from(progress.sent).unwrap_or(u32::MAX);
        self.owes = progress.owes;
    }

    /// Counts one, and fails if it exceeds the limit.
    pub(super) fn count(&mut self, kind: Counted) -> Result<(), Failure> {
        if self.in_a_row[kind as usize] == kind.max() {
            if self.full_rows >= self.max_full_rows(kind) {
                return Err(Failure::with_alert(
                    kind.error_beyond_max(),
                    AlertDescription::UnexpectedMessage,
                ));
            }
            self.full_rows += 1;
            self.reset_kind(kind);
        }
        self.in_a_row[kind as usize] += 1;
        Ok(())
    }

    fn max_full_rows(&self, kind: Counted) -> u32 {
        match kind {
            Counted::KeyUpdate if self.owes => self
                .sent
                .saturating_add(MAX_UNANSWERED_ROWS),
            _ => self.sent,
        }
    }
}
