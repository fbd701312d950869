//! The messages that the sender owes the peer.

use rustls::AlertDescription;

/// The messages to be sealed before any more data. Each is there at most once, but for KeyUpdates of our own.
#[derive(Clone, Copy, Default)]
pub(super) struct Owed {
    /// The answer to the peer's KeyUpdate. One answers all that have come. RFC 8446 s4.6.3.
    pub(super) key_update_answer: bool,
    /// KeyUpdates of our own.
    pub(super) key_updates: u32,
    /// The alert that we do not renegotiate. RFC 5246 s7.2.2.
    pub(super) no_renegotiation: bool,
    /// The alert that we send nothing more: the caller has closed, or the key of TLS 1.2 is worn out.
    pub(super) close_notify: bool,
    /// The alert that ends the connection. It is sealed alone.
    pub(super) fatal: Option<AlertDescription>,
}

impl Owed {
    pub(super) fn fatal(alert: AlertDescription) -> Self {
        Self {
            fatal: Some(alert),
            ..Self::default()
        }
    }

    /// Whether a KeyUpdate is among the messages, so that data is sealed with a later key.
    pub(super) fn changes_key(&self) -> bool {
        self.key_update_answer || self.key_updates > 0
    }

    /// Number of KeyUpdates.
    pub(super) fn key_update_count(&self) -> usize {
        match self.fatal {
            None => usize::from(self.key_update_answer) + self.key_updates as usize,
            Some(_) => 0,
        }
    }

    /// Number of alerts.
    pub(super) fn alert_count(&self) -> usize {
        match self.fatal {
            None => usize::from(self.no_renegotiation) + usize::from(self.close_notify),
            Some(_) => 1,
        }
    }
}
