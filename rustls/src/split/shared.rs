//! What the two halves of a connection share, other than secrets: two flags, and notes from the reader to the writer.
//!
//! Built with `--cfg loom`, this runs on loom's types, so that `model.rs` can try every order in which two threads meet
//! here.

#[cfg(not(loom))]
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::PoisonError;
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(loom)]
use loom::sync::{Mutex, MutexGuard};

use crate::handover::Negotiated;
use crate::traffic::{Failure, OwedFlag, Progress, Requests, Sender};

/// The flags, the notes, and what the handshake agreed on.
pub(super) struct Shared {
    /// Whether `notes` has anything new. The writer loads it for every write, so that a write takes no lock.
    has_notes: AtomicBool,
    /// Whether the writer owes the peer a message. The reader loads it for every record.
    owes: AtomicBool,
    /// [`Progress::sent`], as it was when the writer last took the notes, was flushed or was closed. The reader loads
    /// it for records that are not data.
    sent: AtomicUsize,
    notes: Mutex<Notes>,
    /// Without the exporter, which is a secret.
    pub(super) negotiated: Negotiated,
}

/// What the reader tells the writer.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) requests: Requests,
    pub(super) failure: Option<Failure>,
    /// Set by the writer when it has sealed close_notify, and never cleared. The writer then owes nothing, whatever the
    /// reader notes.
    is_closed: bool,
}

impl Shared {
    pub(super) fn new(sender: &Sender, negotiated: Negotiated) -> Self {
        let Progress { sent, owes } = sender.progress();
        Self {
            has_notes: AtomicBool::new(false),
            owes: AtomicBool::new(owes),
            sent: AtomicUsize::new(sent),
            notes: Mutex::new(Notes {
                is_closed: sender.has_sealed_close_notify(),
                ..Notes::default()
            }),
            negotiated,
        }
    }

    /// Whether the writer owes the peer a message.
    #[inline]
    pub(super) fn owes(&self) -> bool {
        self.owes.load(Ordering::Acquire)
    }

    /// The progress that the writer last published.
    pub(super) fn progress(&self) -> Progress {
        // Loaded in this order, so that `sent` is at least as recent as `owes` if nothing is owed.
        let owes = self.owes();
        let sent = self.sent.load(Ordering::Relaxed);
        Progress { sent, owes }
    }

    /// Publishes how many records the writer has sent.
    pub(super) fn publish_sent(&self, sent: usize) {
        self.sent.store(sent, Ordering::Relaxed);
    }

    /// Whether the reader has left notes.
    #[inline]
    pub(super) fn has_notes(&self) -> bool {
        self.has_notes.load(Ordering::Acquire)
    }

    /// Notes what a record asks of the writer. The writer takes the note even if there are no requests, and publishes
    /// how many records it has sent.
    pub(super) fn note_requests(&self, requests: Requests) {
        self.note(requests.want_answer(), |notes| notes.requests |= requests);
    }

    /// Notes that the reader has failed.
    pub(super) fn note_failure(&self, failure: Failure) {
        self.note(failure.alert.is_some(), |notes| {
            notes.failure = Some(failure)
        });
    }

    /// `owes` says whether the writer owes the peer a message because of the note.
    fn note(&self, owes: bool, write: impl FnOnce(&mut Notes)) {
        let mut notes = lock(&self.notes);
        write(&mut notes);
        if owes && !notes.is_closed {
            self.owes.store(true, Ordering::Release);
        }
        self.has_notes
            .store(true, Ordering::Release);
    }

    /// Takes the reader's notes.
    pub(super) fn take_notes(&self) -> Notes {
        let mut notes = lock(&self.notes);
        self.has_notes
            .store(false, Ordering::Release);
        let rest = Notes {
            is_closed: notes.is_closed,
            ..Notes::default()
        };
        core::mem::replace(&mut *notes, rest)
    }

    /// Says that the writer has sealed close_notify, and so owes nothing any more.
    #[cold]
    pub(super) fn set_closed(&self) {
        let mut notes = lock(&self.notes);
        notes.is_closed = true;
        self.owes
            .store(false, Ordering::Release);
    }

    #[cold]
    fn change_owes(&self, owes: bool) {
        let _notes = lock(&self.notes);
        // New notes may have set the flag, which must stay set then.
        if !self.has_notes() {
            self.owes.store(owes, Ordering::Release);
        }
    }
}

impl OwedFlag for Shared {
    #[inline]
    fn set_owes(&self, owes: bool) {
        if self.owes() != owes {
            self.change_owes(owes);
        }
    }
}

/// Locks `mutex` even if a thread has panicked: no caller leaves the value half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
