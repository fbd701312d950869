//! The traits through which the halves get new keys, store tickets and publish whether they owe a message.

use rustls::Error;

use crate::cipher::TrafficKeys;

/// Derives the keys that records are sealed with. RFC 8446 s7.2.
pub(crate) trait SendingKeys {
    /// Number of keys that can be derived now.
    fn sending_keys_left(&self) -> usize {
        usize::MAX
    }

    /// Derives the next key.
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error>;
}

/// Derives the keys that records are opened with. RFC 8446 s7.2.
pub(crate) trait ReceivingKeys {
    /// Derives the next key.
    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error>;
}

/// Stores session tickets of TLS 1.3.
pub(crate) trait TicketStore {
    /// Stores a NewSessionTicket. `body` is the message without its header. RFC 8446 s4.6.1.
    fn store_ticket(&mut self, body: &[u8]) -> Result<(), Error>;
}

/// Shows the receiver's side whether the sender owes the peer a message.
pub(crate) trait OwedFlag: Sync {
    /// Sets the flag. Call it after each call that may change it.
    fn set_owes(&self, owes: bool);
}
