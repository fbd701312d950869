//! What the two halves of a connection share: a note from the reader to the writer, and the secrets of both.
//!
//! Built with `--cfg loom` it runs on loom's types, for `model.rs` to try every order in which two threads can meet here.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
#[cfg(not(loom))]
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::PoisonError;
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(loom)]
use loom::sync::{Mutex, MutexGuard};
use rustls::Error;

use crate::cipher::TrafficKeys;
use crate::error::explained;
use crate::handover::Negotiated;
use crate::observer::Exporter;
use crate::traffic::{Failure, KeySchedule, Progress, Remainder, Sender};

/// What both halves hold.
#[derive(Clone)]
pub(super) struct Shared(Arc<Both>);

struct Both {
    /// Whether there is anything in `notes`. Looked at for every write, so that nothing has to be locked for it.
    noted: AtomicBool,
    /// Whether the writer has something to tell the peer. Looked at for every record that is read.
    owes: AtomicBool,
    /// [`Progress::sent`], as it was when the writer last took its notes, or was flushed or closed. The reader asks for it
    /// when there is no data.
    sent: AtomicUsize,
    notes: Mutex<Notes>,
    secrets: Mutex<Secrets>,
    /// Without the exporter, which is one of the secrets.
    negotiated: Negotiated,
}

/// What the reader has for the writer.
#[derive(Default)]
pub(super) struct Notes {
    /// The writer's own: it has sealed close_notify, and will owe nothing any more. It stays.
    done: bool,
    /// The peer has answered our KeyUpdate.
    pub(super) key_update: bool,
    /// The peer wants an answer to its own.
    pub(super) answer: bool,
    pub(super) renegotiation: bool,
    pub(super) failure: Option<Failure>,
}

/// What the next keys of both directions are derived from.
///
/// The reader takes the remainder of rustls out of the lock while the caller's session store runs, and drops it if the
/// reader has failed. The writer never waits for the store: first the reader derives keys for the writer to go on with.
#[derive(Default)]
struct Secrets {
    /// `None` while the reader has borrowed it, and once it was forgotten.
    remainder: Option<Remainder>,
    /// The next keys to seal with, the first one first. The remainder derives those that follow.
    prepared: VecDeque<TrafficKeys>,
    /// `None` if the handshake gave none, and once it was forgotten.
    exporter: Option<Exporter>,
}

/// How many keys the writer can go on to while the reader has the remainder.
///
/// One answers the peer's KeyUpdate, and there is at most one answer, because the reader reads nothing in the meantime. One
/// replaces a worn key, which with AES-GCM takes 2^24 records. The rest is for a caller that refreshes keys of its own accord.
pub(super) const PREPARED_KEYS: usize = 4;

impl Shared {
    pub(super) fn new(sender: &Sender, remainder: Remainder, mut negotiated: Negotiated) -> Self {
        let exporter = negotiated.exporter.take();
        let Progress { sent, owes } = sender.progress();
        Self(Arc::new(Both {
            noted: AtomicBool::new(false),
            owes: AtomicBool::new(owes),
            sent: AtomicUsize::new(sent),
            notes: Mutex::new(Notes {
                done: sender.is_done(),
                ..Notes::default()
            }),
            secrets: Mutex::new(Secrets {
                remainder: Some(remainder),
                prepared: VecDeque::new(),
                exporter,
            }),
            negotiated,
        }))
    }

    /// Whether the writer has something to tell the peer.
    #[inline]
    pub(super) fn owes(&self) -> bool {
        self.0.owes.load(Ordering::Acquire)
    }

    /// What the handshake agreed on.
    pub(super) fn negotiated(&self) -> &Negotiated {
        &self.0.negotiated
    }

    /// Fills `output` with keying material.
    pub(super) fn export(
        &self,
        output: &mut [u8],
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<(), Error> {
        match (&lock(&self.0.secrets).exporter, self.negotiated().suite) {
            (Some(exporter), Some(suite)) => exporter.export(suite, output, label, context),
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Whether the reader has left a note.
    #[inline]
    pub(super) fn has_notes(&self) -> bool {
        self.0.noted.load(Ordering::Acquire)
    }

    /// Leaves a note for the writer. `owes` says whether the peer has to be told something because of it.
    pub(super) fn note(&self, owes: bool, f: impl FnOnce(&mut Notes)) {
        let mut notes = lock(&self.0.notes);
        f(&mut notes);
        if owes && !notes.done {
            self.0
                .owes
                .store(true, Ordering::Release);
        }
        self.0
            .noted
            .store(true, Ordering::Release);
    }

    /// How far the writer has come, as far as it has said.
    pub(super) fn progress(&self) -> Progress {
        // In this order: once nothing is owed, what was sent before that is known.
        let owes = self.owes();
        let sent = self.0.sent.load(Ordering::Relaxed);
        Progress { sent, owes }
    }

    /// Says how much the writer has sent.
    pub(super) fn tell_sent(&self, sent: usize) {
        self.0
            .sent
            .store(sent, Ordering::Relaxed);
    }

    /// Takes what the reader has left.
    pub(super) fn take_notes(&self) -> Notes {
        let mut notes = lock(&self.0.notes);
        self.0
            .noted
            .store(false, Ordering::Release);
        let kept = Notes {
            done: notes.done,
            ..Notes::default()
        };
        core::mem::replace(&mut *notes, kept)
    }

    #[cold]
    fn settle_slowly(&self, owes: bool) {
        let _notes = lock(&self.0.notes);
        // Otherwise there is something new, which may be owed.
        if !self.has_notes() {
            self.0
                .owes
                .store(owes, Ordering::Release);
        }
    }

    /// The writer has sealed close_notify: nothing is owed any more.
    #[cold]
    pub(super) fn settle_for_good(&self) {
        let mut notes = lock(&self.0.notes);
        notes.done = true;
        self.0
            .owes
            .store(false, Ordering::Release);
    }

    /// Ends the reader's part: `failure` is noted for the writer, and the secrets are forgotten.
    ///
    /// The note comes first. A writer that is changing its key has not taken the note, and goes on with a prepared
    /// key. Its next call takes the note, and the alert is sealed under that key.
    pub(super) fn fail(&self, failure: Failure) {
        self.note(failure.alert.is_some(), |notes| {
            notes.failure = Some(failure)
        });
        drop(self.borrow_remainder().remainder.take());
    }

    /// Forgets all secrets: the writer has taken the note of a failure, and needs no key but the one that it has.
    pub(super) fn forget_secrets(&self) {
        *lock(&self.0.secrets) = Secrets::default();
    }

    /// Takes the remainder out for the reader, and leaves prepared keys to the writer.
    fn borrow_remainder(&self) -> Borrowed<'_> {
        let mut secrets = lock(&self.0.secrets);
        secrets.prepare_keys();
        Borrowed {
            remainder: secrets.remainder.take(),
            from: &self.0,
        }
    }
}

impl Secrets {
    fn prepare_keys(&mut self) {
        let Some(remainder) = &mut self.remainder else {
            return;
        };
        // All at once: a queue that grew would leave keys where it was.
        self.prepared
            .reserve_exact(PREPARED_KEYS - self.prepared.len());
        while self.prepared.len() < PREPARED_KEYS {
            match remainder.next_sending_keys() {
                Ok(keys) => self.prepared.push_back(keys),
                // TLS 1.2 has none.
                Err(_) => break,
            }
        }
    }
}

/// The remainder of rustls, outside the lock. It goes back when this is dropped, also by a session store that panics.
struct Borrowed<'a> {
    remainder: Option<Remainder>,
    from: &'a Both,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(remainder) = self.remainder.take() {
            lock(&self.from.secrets).remainder = Some(remainder);
        }
    }
}

impl KeySchedule for Shared {
    fn sending_keys_left(&self) -> usize {
        let secrets = lock(&self.0.secrets);
        match secrets.remainder {
            Some(_) => usize::MAX,
            None => secrets.prepared.len(),
        }
    }

    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        let mut secrets = lock(&self.0.secrets);
        match (secrets.prepared.pop_front(), &mut secrets.remainder) {
            (Some(keys), _) => Ok(keys),
            (None, Some(remainder)) => remainder.next_sending_keys(),
            (None, None) => Err(forgotten()),
        }
    }

    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error> {
        match &mut lock(&self.0.secrets).remainder {
            Some(remainder) => remainder.next_receiving_keys(),
            None => Err(forgotten()),
        }
    }

    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error> {
        match &mut self.borrow_remainder().remainder {
            Some(remainder) => remainder.store_ticket(body),
            None => Err(forgotten()),
        }
    }

    #[inline]
    fn settle(&mut self, owes: bool) {
        if self.owes() != owes {
            self.settle_slowly(owes);
        }
    }
}

fn forgotten() -> Error {
    explained("the connection has ended, and the secret of its next key was forgotten")
}

/// A thread that has panicked cannot have left anything half done in there.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
