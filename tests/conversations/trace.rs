//! What a program saw of its connection, and what its peer saw of it.

use std::fmt;

use rustls::{AlertDescription, ContentType};

/// Everything that was seen in a conversation, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Trace(pub(crate) Vec<Event>);

/// Something that a program or its peer saw.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// The script goes on: what follows comes of this.
    Step(String),

    /// `process_tls_records` gave this state.
    State { name: String, discard: usize },
    /// `process_tls_records` gave an error.
    Failed(String),

    /// The length that `peek_len` announced.
    Peeked(Option<usize>),
    /// A record that was taken.
    Record { payload: Bytes, discard: usize },
    /// A record that was not.
    LeftUntaken,

    /// `EncodeTlsData::encode`.
    Encoded(Outcome),
    /// What may be sealed with `TransmitTlsData`.
    MaySeal { app_data: bool, early_data: bool },
    /// `WriteTraffic::encrypt`.
    Wrote(Outcome),
    /// `MayEncryptEarlyData::encrypt`.
    WroteEarly(Outcome),
    /// `WriteTraffic::queue_close_notify`.
    Closed(Outcome),
    /// `WriteTraffic::refresh_traffic_keys`.
    Refreshed(Result<(), String>),

    /// What the getters say.
    Getters(Vec<(&'static str, String)>),
    /// What came of the connection's secrets.
    Secrets(Result<String, String>),

    /// The peer has sent this many bytes.
    PeerSent(usize),
    /// The peer has opened this.
    PeerRead(Bytes),
    /// The same of early data.
    PeerReadEarly(Bytes),
    /// A peer that is not rustls has opened this.
    PeerOpened(ContentType, Bytes),
    /// A close_notify came to the peer.
    PeerClosed,
    /// A fatal alert came to the peer.
    PeerTold(AlertDescription),
    /// The peer's connection has ended with this error.
    PeerFailed(String),
}

/// How many bytes were written, or why none were.
pub(crate) type Outcome = Result<usize, Refusal>;

/// Why nothing was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// So much room is needed.
    Room(usize),
    Other(String),
}

/// Bytes that are not printed in full.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(24)];
        write!(f, "{} bytes: {}", self.0.len(), shown.escape_ascii())
    }
}

impl Trace {
    /// Where `self` and `other` begin to differ. `None` if they are equal.
    pub(crate) fn parting(&self, other: &Self) -> Option<usize> {
        let same = self
            .0
            .iter()
            .zip(&other.0)
            .take_while(|(a, b)| a == b)
            .count();
        (same < self.0.len().max(other.0.len())).then_some(same)
    }

    /// What there is around the place where the traces part.
    pub(crate) fn describe_parting(&self, other: &Self, at: usize) -> String {
        let before = &self.0[at.saturating_sub(CONTEXT)..at];
        format!(
            "event {at} differs, after\n{}through rustls:\n{}through ours:\n{}",
            list(before),
            list(&self.0[at..]),
            list(&other.0[at..]),
        )
    }

    /// The name of the state at `at`, if there is one.
    pub(crate) fn state_at(&self, at: usize) -> Option<&str> {
        match self.0.get(at)? {
            Event::State { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What the status of the state at `at` has discarded.
    pub(crate) fn discard_at(&mut self, at: usize) -> Option<&mut usize> {
        match self.0.get_mut(at)? {
            Event::State { discard, .. } => Some(discard),
            _ => None,
        }
    }

    /// How many events the state at `at` is, with what was done in it.
    pub(crate) fn state_len(&self, at: usize) -> usize {
        let done = self.0[at + 1..]
            .iter()
            .take_while(|event| event.is_done_in_a_state())
            .count();
        1 + done
    }

    /// How many bytes were encoded just before `at`.
    pub(crate) fn encoded_before(&self, at: usize) -> Option<usize> {
        match self.0.get(at.checked_sub(1)?)? {
            Event::Encoded(Ok(len)) => Some(*len),
            _ => None,
        }
    }

    /// The error that the connection has failed with, and the alert that the peer was sent for it.
    pub(crate) fn end(&self) -> Option<(&str, Option<AlertDescription>)> {
        let failed = self.failed_at()?;
        let alert = self.0[failed..]
            .iter()
            .find_map(|event| match event {
                Event::PeerTold(alert) => Some(*alert),
                _ => None,
            });
        match &self.0[failed] {
            Event::Failed(error) => Some((error, alert)),
            _ => None,
        }
    }

    /// Takes out what was sent after the error, and that the peer was told.
    pub(crate) fn remove_last_words(&mut self) {
        let Some(failed) = self.failed_at() else {
            return;
        };
        let said = self.0[failed + 1..]
            .iter()
            .take_while(|event| matches!(event, Event::State { .. } | Event::Encoded(_)))
            .count();
        self.0
            .drain(failed + 1..failed + 1 + said);
        let told = self.0[failed..]
            .iter()
            .position(|event| matches!(event, Event::PeerTold(_)));
        if let Some(told) = told {
            self.0.remove(failed + told);
        }
    }

    /// Where the connection has failed.
    pub(crate) fn failed_at(&self) -> Option<usize> {
        self.0
            .iter()
            .rposition(|event| matches!(event, Event::Failed(_)))
    }
}

impl Event {
    /// Whether it comes of a state.
    fn is_done_in_a_state(&self) -> bool {
        matches!(
            self,
            Self::Peeked(_)
                | Self::Record { .. }
                | Self::LeftUntaken
                | Self::Encoded(_)
                | Self::MaySeal { .. }
                | Self::Wrote(_)
                | Self::WroteEarly(_)
                | Self::Closed(_)
                | Self::Refreshed(_)
        )
    }
}

/// Events that are shown before a difference, and after it at the most.
const CONTEXT: usize = 12;

fn list(events: &[Event]) -> String {
    events
        .iter()
        .take(CONTEXT)
        .map(|event| format!("    {event:?}\n"))
        .collect()
}
