//! The states of a connection, from the handshake to its end.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::mem;

use rustls::Error;

use super::outgoing::Outgoing;
use crate::handover::{Handshake, Negotiated, PooledHandshake, Step};
use crate::record_layer::{InboundRecord, OpenedInto};
use crate::traffic::{Control, Opening, Traffic, UnreadRecord};

/// The state of a connection of either role, and its getters.
///
/// [`UnbufferedConnectionCommon`](super::UnbufferedConnectionCommon) derefs to it.
pub struct CommonState {
    pub(super) phase: Phase,
    /// What the handshake agreed on, set when it ends.
    pub(super) negotiated: Negotiated,
    /// Whether the caller's own config allows the extraction of secrets.
    pub(super) extractable: bool,
    /// Records that are to be encoded. In a box, because an idle connection has none.
    pub(super) outgoing: Option<Box<Outgoing>>,
    /// Whether owed messages are sealed before more input is read.
    pub(super) flush_first: bool,
    /// Whether records were encoded that the caller has not reported as sent.
    pub(super) wants_transmit: bool,
    /// A record at the front of the input that was opened and not taken.
    pub(super) unread: Option<UnreadRecord>,
    emitted_peer_closed: bool,
}

pub(super) enum Phase {
    Handshake(PooledHandshake),
    Traffic(Traffic),
    Failed(Error),
}

/// The next state. The first two come with every record, so they are apart.
pub(super) enum Next {
    /// A record of data at the front of the input.
    ReadTraffic(InboundRecord),
    /// There is no input, and the caller may write.
    WriteTraffic,
    /// Any state. The number is how many bytes at the front of the input were handled.
    Other(usize, State),
}

impl From<(usize, State)> for Next {
    #[inline(always)]
    fn from((discard, state): (usize, State)) -> Self {
        Self::Other(discard, state)
    }
}

/// A [`ConnectionState`](super::ConnectionState) or an error, without what it borrows.
pub(super) enum State {
    ReadTraffic(UnreadRecord),
    WriteTraffic,
    PeerClosed,
    Closed,
    EncodeTlsData,
    ReadEarlyData,
    TransmitTlsData,
    BlockedHandshake,
    /// The input does not begin with the bytes that the caller had to keep. The caller may try again.
    InputMissing,
    /// The input begins with a record that the caller had to discard. The caller may try again.
    TakenAlready,
    /// The connection has failed with the error in [`Phase::Failed`].
    Failed,
}

impl CommonState {
    pub(super) fn new(handshake: Handshake) -> Self {
        Self {
            extractable: handshake.is_extractable(),
            phase: Phase::Handshake(PooledHandshake::new(handshake)),
            negotiated: Negotiated::default(),
            outgoing: None,
            flush_first: false,
            wants_transmit: false,
            unread: None,
            emitted_peer_closed: false,
        }
    }

    /// Processes the records in `incoming` until the caller has something to do.
    ///
    /// Inlined for the two states that come with every record. Everything else is cold.
    #[inline(always)]
    pub(super) fn advance(&mut self, incoming: &mut [u8]) -> Next {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return self.advance_from(incoming, 0).into();
        };
        // Not with `||`: three of these are a byte each, and cost less when they are tested together.
        if self.outgoing.is_some()
            | self.flush_first
            | self.wants_transmit
            | traffic.sender.owes_or_failed()
            | traffic.receiver.received_close_notify()
        {
            return self.advance_from(incoming, 0).into();
        }
        if incoming.is_empty() {
            return Next::WriteTraffic;
        }
        if self.unread.is_some() {
            return self.advance_from(incoming, 0).into();
        }
        match traffic.receiver.open(incoming) {
            Ok(Some(record)) if traffic.receiver.accept_data(&record) => {
                traffic.receiver.mark(incoming);
                self.unread = Some(UnreadRecord::new(&record));
                Next::ReadTraffic(record)
            }
            // Three arms: a single value for all of them would be made in memory, and with it each record of data.
            Ok(Some(record)) => self
                .advance_after_control(Ok(Some(OpenedInto::Incoming(record))), incoming)
                .into(),
            Ok(None) => self
                .advance_after_control(Ok(None), incoming)
                .into(),
            Err(err) => self
                .advance_after_control(Err(err), incoming)
                .into(),
        }
    }

    /// Handles the first record, which is not data, and goes on.
    #[cold]
    fn advance_after_control(&mut self, opening: Opening, incoming: &mut [u8]) -> (usize, State) {
        match self.handle_control(opening, incoming) {
            (discard, None) => self.advance_from(incoming, discard),
            (discard, Some(state)) => (discard, state),
        }
    }

    /// Goes on after the first `discard` bytes of `incoming`, which were handled. Returns how many bytes were handled
    /// in all, and the state.
    #[cold]
    fn advance_from(&mut self, incoming: &mut [u8], mut discard: usize) -> (usize, State) {
        loop {
            let (handled, state) = self.step(&mut incoming[discard..]);
            discard += handled;
            if let Some(state) = state {
                return (discard, state);
            }
        }
    }

    /// Takes one step, and returns how many bytes at the front of `incoming` were handled. `None` if the caller need
    /// not see the state.
    pub(super) fn step(&mut self, incoming: &mut [u8]) -> (usize, Option<State>) {
        if self.has_outgoing() {
            return (0, Some(State::EncodeTlsData));
        }
        if mem::take(&mut self.flush_first) {
            return (0, self.flush_or_fail());
        }
        match &mut self.phase {
            Phase::Handshake(handshake) if handshake.unread_early_data.is_some() => {
                (0, Some(State::ReadEarlyData))
            }
            Phase::Handshake(_) => self.step_in_handshake(incoming),
            Phase::Traffic(_) => self.step_in_traffic(incoming),
            Phase::Failed(_) if self.wants_transmit => (0, Some(State::TransmitTlsData)),
            Phase::Failed(_) => (0, Some(State::Failed)),
        }
    }

    #[inline(always)]
    fn step_in_handshake(&mut self, incoming: &mut [u8]) -> (usize, Option<State>) {
        let Phase::Handshake(handshake) = &mut self.phase else {
            return (0, Some(State::Failed));
        };
        handshake.read_early_data = Vec::new();
        let outgoing = self.outgoing.get_or_insert_default();
        let (handled, step) = handshake.advance(incoming, outgoing.records());
        let state = match step {
            Ok(Step::SendOrReadEarlyData) => None,
            Ok(Step::ReceiveOrWrite | Step::Receive) if self.wants_transmit => {
                Some(State::TransmitTlsData)
            }
            Ok(Step::ReceiveOrWrite) => Some(State::WriteTraffic),
            Ok(Step::Receive) => Some(State::BlockedHandshake),
            Ok(Step::RetainedInputMissing) => Some(State::InputMissing),
            Ok(Step::Complete) => self.take_over(),
            Err(error) => {
                self.negotiated = handshake.negotiated();
                Some(self.fail(error))
            }
        };
        (handled, state)
    }

    fn take_over(&mut self) -> Option<State> {
        let unfinished = Phase::Failed(Error::HandshakeNotComplete);
        let Phase::Handshake(mut handshake) = mem::replace(&mut self.phase, unfinished) else {
            return Some(State::Failed);
        };
        self.negotiated = handshake.negotiated();
        match handshake.take_over(&mut self.negotiated) {
            Ok(traffic) => {
                self.phase = Phase::Traffic(traffic);
                // Frees its memory, which an idle connection does not need.
                self.outgoing = None;
                None
            }
            Err(error) => Some(self.fail(error)),
        }
    }

    fn step_in_traffic(&mut self, incoming: &mut [u8]) -> (usize, Option<State>) {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return (0, Some(State::Failed));
        };
        if let Some(unread) = self.unread {
            // With an empty input nothing is read, so that a caller without room for the record can write.
            let state = match unread.is_presented(&traffic.receiver, incoming) {
                Ok(true) => Some(State::ReadTraffic(unread)),
                Ok(false) => self.state_without_input(),
                Err(_) => Some(State::InputMissing),
            };
            return (0, state);
        }
        if traffic.receiver.received_close_notify() {
            return (0, self.state_after_close_notify());
        }
        match traffic.receiver.open(incoming) {
            Ok(Some(record)) if traffic.receiver.accept_data(&record) => {
                traffic.receiver.mark(incoming);
                let unread = UnreadRecord::new(&record);
                self.unread = Some(unread);
                (0, Some(State::ReadTraffic(unread)))
            }
            opening => {
                let opening = opening.map(|record| record.map(OpenedInto::Incoming));
                self.handle_control(opening, incoming)
            }
        }
    }

    /// Handles a record that is not data, and returns how many bytes that took.
    fn handle_control(&mut self, opening: Opening, incoming: &mut [u8]) -> (usize, Option<State>) {
        let Phase::Traffic(traffic) = &mut self.phase else {
            return (0, Some(State::Failed));
        };
        let progress = traffic.sender.progress();
        match traffic.receiver.handle_control(
            &mut traffic.key_schedule,
            progress,
            opening,
            incoming,
            &mut [],
        ) {
            Ok(Control::Incomplete) => (0, self.state_without_input()),
            Ok(Control::AlreadyOpened) => (0, Some(State::TakenAlready)),
            Ok(Control::Handled { len, requests }) => {
                traffic.sender.accept_requests(requests);
                (len, None)
            }
            Err(failure) => {
                let error = failure.error.clone();
                traffic.sender.fail(failure);
                // If the alert cannot be sealed, none is sent.
                let _ = self.flush();
                (0, Some(self.fail(error)))
            }
        }
    }

    /// The state after the peer's close_notify. Input after it is ignored. RFC 8446 s6.1.
    #[cold]
    fn state_after_close_notify(&mut self) -> Option<State> {
        let closed = match &self.phase {
            Phase::Traffic(traffic) => traffic.sender.has_closed(),
            _ => false,
        };
        match self.state_without_input() {
            Some(State::WriteTraffic) if !self.emitted_peer_closed => {
                self.emitted_peer_closed = true;
                Some(State::PeerClosed)
            }
            Some(State::WriteTraffic) if closed => Some(State::Closed),
            state => state,
        }
    }

    /// The state when there is no more input: the caller may write, after all that is owed was sent.
    #[inline]
    fn state_without_input(&mut self) -> Option<State> {
        match &self.phase {
            Phase::Traffic(traffic) if !traffic.sender.owes_or_failed() && !self.wants_transmit => {
                Some(State::WriteTraffic)
            }
            _ => self.state_before_writing(),
        }
    }

    #[cold]
    fn state_before_writing(&mut self) -> Option<State> {
        let Phase::Traffic(traffic) = &self.phase else {
            return Some(State::Failed);
        };
        if traffic.sender.owes() {
            return self.flush_or_fail();
        }
        if self.wants_transmit {
            return Some(State::TransmitTlsData);
        }
        // An earlier record could not be sealed.
        match traffic.sender.error().cloned() {
            Some(error) => Some(self.fail(error)),
            None => Some(State::WriteTraffic),
        }
    }

    /// Ends the connection. Records that wait to be encoded, such as an alert, are still offered.
    #[cold]
    pub(super) fn fail(&mut self, error: Error) -> State {
        self.negotiated.tickets_received = self.tickets_received();
        #[cfg(feature = "std")]
        {
            self.negotiated.exporter = None;
        }
        self.phase = Phase::Failed(error);
        State::Failed
    }

    /// The error of a failed connection.
    #[cold]
    pub(super) fn error(&self) -> Error {
        match &self.phase {
            Phase::Failed(error) => error.clone(),
            _ => Error::HandshakeNotComplete,
        }
    }

    pub(crate) fn handshake(&mut self) -> Option<&mut Handshake> {
        match &mut self.phase {
            Phase::Handshake(handshake) => Some(handshake),
            _ => None,
        }
    }
}

impl fmt::Debug for CommonState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommonState")
            .field(
                "phase",
                match &self.phase {
                    Phase::Handshake(_) => &"Handshake",
                    Phase::Traffic(_) => &"Traffic",
                    Phase::Failed(error) => error,
                },
            )
            .finish_non_exhaustive()
    }
}
