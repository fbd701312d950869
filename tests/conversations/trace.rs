//! What did a program and its peer see of their connection?

use std::fmt;

use rustls::{AlertDescription, ContentType};

/// All events of a conversation, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Trace(pub(crate) Vec<Event>);

/// Something that the program or its peer saw.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// The script's next step, which causes the events after it.
    Step(String),

    /// `process_tls_records` returned this state.
    State { name: String, discard: usize },
    /// `process_tls_records` returned an error.
    Failed(String),

    /// The length that `peek_len` returned.
    Peeked(Option<usize>),
    /// A record that the program took.
    Record { payload: Bytes, discard: usize },
    /// A record that the program did not take.
    LeftUntaken,

    /// `EncodeTlsData::encode`.
    Encoded(Outcome),
    /// Which data `TransmitTlsData` lets the program seal.
    MaySeal { app_data: bool, early_data: bool },
    /// `WriteTraffic::encrypt`.
    Wrote(Outcome),
    /// `MayEncryptEarlyData::encrypt`.
    WroteEarly(Outcome),
    /// `WriteTraffic::queue_close_notify`.
    Closed(Outcome),
    /// `WriteTraffic::refresh_traffic_keys`.
    Refreshed(Result<(), String>),

    /// The results of the getters.
    Getters(Vec<(&'static str, String)>),
    /// The connection's secrets.
    Secrets(Result<String, String>),

    /// The peer sent this many bytes.
    PeerSent(usize),
    /// The peer opened these bytes.
    PeerRead(Bytes),
    /// The peer opened these bytes of early data.
    PeerReadEarly(Bytes),
    /// A peer other than rustls opened this record.
    PeerOpened(ContentType, Bytes),
    /// The peer received a close_notify.
    PeerClosed,
    /// The peer received a fatal alert.
    PeerReceivedAlert(AlertDescription),
    /// The peer's connection ended with this error.
    PeerFailed(String),
}

/// How many bytes were written, or why none were written.
pub(crate) type Outcome = Result<usize, Refusal>;

/// Why nothing was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// This many bytes of room are needed.
    Room(usize),
    Other(String),
}

/// Bytes whose `Debug` output is cut short.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(24)];
        write!(f, "{} bytes: {}", self.0.len(), shown.escape_ascii())
    }
}

impl Trace {
    /// The index where `self` and `other` begin to differ, or `None` if they are equal.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<usize> {
        let same = self
            .0
            .iter()
            .zip(&other.0)
            .take_while(|(a, b)| a == b)
            .count();
        (same < self.0.len().max(other.0.len())).then_some(same)
    }

    /// Shows the events around the index where the traces differ.
    pub(crate) fn describe_difference(&self, other: &Self, at: usize) -> String {
        let before = &self.0[at.saturating_sub(CONTEXT)..at];
        format!(
            "event {at} differs, after\n{}through rustls:\n{}through ours:\n{}",
            list(before),
            list(&self.0[at..]),
            list(&other.0[at..]),
        )
    }

    /// The name of the state at `at`, if the event is a state.
    pub(crate) fn state_at(&self, at: usize) -> Option<&str> {
        match self.0.get(at)? {
            Event::State { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The discard of the status of the state at `at`.
    pub(crate) fn discard_at(&mut self, at: usize) -> Option<&mut usize> {
        match self.0.get_mut(at)? {
            Event::State { discard, .. } => Some(discard),
            _ => None,
        }
    }

    /// The number of events of the state at `at`, with those that were done in it.
    pub(crate) fn state_len(&self, at: usize) -> usize {
        let done = self.0[at + 1..]
            .iter()
            .take_while(|event| event.belongs_to_a_state())
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

    /// The error that the connection failed with, and the alert that the peer received for it.
    pub(crate) fn end(&self) -> Option<(&str, Option<AlertDescription>)> {
        let failed = self.failed_at()?;
        let alert = self.0[failed..]
            .iter()
            .find_map(|event| match event {
                Event::PeerReceivedAlert(alert) => Some(*alert),
                _ => None,
            });
        match &self.0[failed] {
            Event::Failed(error) => Some((error, alert)),
            _ => None,
        }
    }

    /// Removes the alert that was sent after the error, and its arrival at the peer.
    pub(crate) fn remove_alert(&mut self) {
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
            .position(|event| matches!(event, Event::PeerReceivedAlert(_)));
        if let Some(told) = told {
            self.0.remove(failed + told);
        }
    }

    /// The index where the connection failed.
    pub(crate) fn failed_at(&self) -> Option<usize> {
        self.0
            .iter()
            .rposition(|event| matches!(event, Event::Failed(_)))
    }
}

impl Event {
    /// Whether the event is part of a state.
    fn belongs_to_a_state(&self) -> bool {
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

/// How many events are shown before a difference, and at most after it.
const CONTEXT: usize = 12;

fn list(events: &[Event]) -> String {
    events
        .iter()
        .take(CONTEXT)
        .map(|event| format!("    {event:?}\n"))
        .collect()
}
