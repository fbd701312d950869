//! What the two halves of a connection tell each other.

use core::ops::BitOrAssign;

/// What records from the peer ask of the sender.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Requests {
    /// The peer has answered our KeyUpdate, so the next one may ask for an answer again.
    pub(crate) key_update_answered: bool,
    /// The peer wants its KeyUpdate to be answered. RFC 8446 s4.6.3.
    pub(crate) key_update: bool,
    /// The peer wants to renegotiate. RFC 5246 s7.2.2.
    pub(crate) renegotiation: bool,
}

impl Requests {
    pub(crate) const NONE: Self = Self {
        key_update_answered: false,
        key_update: false,
        renegotiation: false,
    };

    /// Whether the sender has to answer the peer.
    #[cfg(feature = "std")]
    pub(crate) fn want_answer(self) -> bool {
        self.key_update || self.renegotiation
    }
}

impl BitOrAssign for Requests {
    fn bitor_assign(&mut self, other: Self) {
        self.key_update_answered |= other.key_update_answered;
        self.key_update |= other.key_update;
        self.renegotiation |= other.renegotiation;
    }
}

/// What the sender has sent, and whether it owes a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Progress {
    /// Records that it has sealed of its own accord since the handshake: data, and KeyUpdates that are not answers.
    pub(crate) sent: usize,
    /// Whether it owes the peer a message.
    pub(crate) owes: bool,
}
