//! How much a peer may send that is of no use to us.

use rustls::{AlertDescription, Error, PeerMisbehaved};

use super::Failure;
use super::sender::Progress;
use crate::error::explained;

/// Counts what is of no use to us, in a row.
///
/// Data from the peer ends a row. A full row also ends if we have sent a record of our own accord, and each such record
/// ends one row only: a peer that reacts to our records is not a flood, even if it never sends data.
#[derive(Default)]
pub(super) struct Fruitless {
    /// By [`Kind`].
    in_a_row: [u8; Kind::COUNT],
    /// Full rows so far.
    full_rows: u32,
    /// [`Progress`] of the half that seals, as far as this half knows.
    sent: u32,
    owes: bool,
}

/// What can be of no use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    EmptyRecord,
    /// An alert that says nothing.
    Warning,
    KeyUpdate,
    Ticket,
}

/// How many more rows KeyUpdates may fill while an answer is owed.
///
/// RFC 8446 sets no limit. Java asks with every record that it opens until the answer arrives. The reader does not know how
/// many records are under way until the writer takes its notes.
const MAX_ROWS_UNANSWERED: u32 = 1 << 9;

impl Kind {
    const COUNT: usize = 4;

    /// How many may come in a row.
    fn max(self) -> u8 {
        match self {
            // As many as rustls and BoringSSL (`kMaxEmptyRecords`) take.
            Self::EmptyRecord => 32,
            // As many as BoringSSL (`kMaxWarningAlerts`) takes.
            Self::Warning => 4,
            // As many as rustls and BoringSSL (`kMaxKeyUpdates`) take.
            Self::KeyUpdate => 32,
            Self::Ticket => 32,
        }
    }

    /// The error for one more.
    fn excess(self) -> Error {
        match self {
            Self::EmptyRecord => PeerMisbehaved::TooManyEmptyFragments.into(),
            Self::Warning => PeerMisbehaved::TooManyWarningAlertsReceived.into(),
            Self::KeyUpdate => PeerMisbehaved::TooManyKeyUpdateRequests.into(),
            Self::Ticket => explained("the peer sent too many session tickets in a row"),
        }
    }
}

impl Fruitless {
    /// Begins a new row.
    #[inline(always)]
    pub(super) fn end_row(&mut self) {
        self.in_a_row = [0; Kind::COUNT];
    }

    /// Takes those of this kind out of the row.
    pub(super) fn forget(&mut self, kind: Kind) {
        self.in_a_row[kind as usize] = 0;
    }

    /// Notes how far the half that seals has come.
    pub(super) fn learn(&mut self, progress: Progress) {
        self.sent = u32::try_from(progress.sent).unwrap_or(u32::MAX);
        self.owes = progress.owes;
    }

    /// Counts one more, or fails if it is one too many.
    pub(super) fn count(&mut self, kind: Kind) -> Result<(), Failure> {
        if self.in_a_row[kind as usize] == kind.max() {
            if self.full_rows >= self.max_full_rows(kind) {
                return Err(Failure::because(
                    kind.excess(),
                    AlertDescription::UnexpectedMessage,
                ));
            }
            self.full_rows += 1;
            self.forget(kind);
        }
        self.in_a_row[kind as usize] += 1;
        Ok(())
    }

    fn max_full_rows(&self, kind: Kind) -> u32 {
        match kind {
            Kind::KeyUpdate if self.owes => self
                .sent
                .saturating_add(MAX_ROWS_UNANSWERED),
            _ => self.sent,
        }
    }
}
