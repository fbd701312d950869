//! The state of a handshake that rustls performs.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::crypto::{CryptoProvider, SecureRandom};
use rustls::{CommonState, ContentType, Error};

use super::connection::{Connection, Idle};
use super::retained::RetainedInput;
use crate::crypto::AlgorithmSelector;
#[cfg(feature = "std")]
use crate::observer::Observer;
use crate::record::{Fragmenter, records};

/// Length in bytes of a payload with only an EndOfEarlyData: message header (4), type (1), tag (16). RFC 8446 s4.5.
const END_OF_EARLY_DATA_PAYLOAD_LEN: usize = 4 + 1 + 16;

/// A connection of rustls whose handshake is not complete, with our observations of it.
pub(crate) struct Handshake {
    pub(super) rustls: Connection,
    pub(super) parameters: HandshakeParameters,
    #[cfg(feature = "std")]
    pub(super) observer: Observer,
    /// The content of a record of early data that the caller has not read.
    pub(crate) unread_early_data: Option<Vec<u8>>,
    /// The early data that the caller has read last. It may still be borrowed.
    pub(crate) read_early_data: Vec<u8>,
    /// `Some` if rustls last reported that it is idle. rustls is then not called again until there is input.
    pub(super) idle: Option<Idle>,
    /// The bytes at the front of the input that rustls has processed but not discarded.
    ///
    /// rustls remembers offsets from their start. So the next call passes the same bytes again, followed by the next
    /// record.
    pub(super) retained: RetainedInput,
    /// Whether rustls has sent a protected record. A TLS 1.3 server then expects protected records from its client.
    pub(super) has_sent_protected: bool,
    /// Whether the peer has sent a ChangeCipherSpec. In TLS 1.2 its next record is protected.
    #[cfg(feature = "tls12")]
    pub(super) peer_changed_cipher_spec: bool,
    /// Whether the server has accepted a client's early data.
    pub(crate) accepted_early_data: bool,
    /// The cached answer of [`can_detect_failed_opening`](crate::crypto::can_detect_failed_opening) for the suite.
    pub(super) can_detect_failed_opening: Option<bool>,
    /// Whether the caller has closed its direction.
    pub(super) has_closed: bool,
    /// Number of records of data that were sealed before the handshake was complete.
    pub(super) early_records: u64,
}

/// The parameters of a connection besides the config that rustls gets.
pub(crate) struct HandshakeParameters {
    pub(crate) algorithms: AlgorithmSelector,
    pub(crate) fragmenter: Fragmenter,
    /// Whether the caller's own config allows the extraction of secrets.
    pub(crate) extractable: bool,
    /// The crypto provider's source of randomness.
    pub(crate) random: &'static dyn SecureRandom,
}

impl HandshakeParameters {
    /// # Errors
    ///
    /// If `algorithms` do not support a suite of `provider`, or `max_fragment_size` is out of range.
    pub(crate) fn new(
        algorithms: AlgorithmSelector,
        provider: &Arc<CryptoProvider>,
        max_fragment_size: Option<usize>,
        extractable: bool,
    ) -> Result<Self, Error> {
        algorithms.check(provider)?;
        Ok(Self {
            algorithms,
            fragmenter: Fragmenter::new(max_fragment_size)?,
            extractable,
            random: provider.secure_random,
        })
    }
}

impl Handshake {
    pub(crate) fn new(rustls: Connection, parameters: HandshakeParameters) -> Self {
        let idle = match &rustls {
            // The client first sends a ClientHello.
            Connection::Client(_) => None,
            Connection::Server(_) => Some(Idle { may_write: false }),
        };
        Self {
            rustls,
            parameters,
            #[cfg(feature = "std")]
            observer: Observer::default(),
            unread_early_data: None,
            read_early_data: Vec::new(),
            idle,
            retained: RetainedInput::default(),
            has_sent_protected: false,
            #[cfg(feature = "tls12")]
            peer_changed_cipher_spec: false,
            accepted_early_data: false,
            can_detect_failed_opening: None,
            has_closed: false,
            early_records: 0,
        }
    }

    pub(crate) fn common_state(&self) -> &CommonState {
        self.rustls.common_state()
    }

    pub(crate) fn is_extractable(&self) -> bool {
        self.parameters.extractable
    }

    pub(crate) fn tickets_received(&self) -> u32 {
        match &self.rustls {
            Connection::Client(connection) => connection.tls13_tickets_received(),
            Connection::Server(_) => 0,
        }
    }

    #[cfg(feature = "std")]
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.observer.server_name()
    }

    /// Updates the state from the records that rustls sends.
    pub(super) fn observe_outgoing(&mut self, chunks: &[u8]) {
        if let Connection::Server(_) = &self.rustls {
            self.observe_server_records(chunks);
        }
        if self.has_sent_protected {
            return;
        }
        let first_protected =
            records(chunks).find(|(header, _)| header.typ() == ContentType::ApplicationData);
        if let Some((header, _)) = first_protected {
            self.has_sent_protected = true;
            // If its early data was accepted, a client's last flight starts with an EndOfEarlyData. All other flights
            // start with a longer record, and an alert is shorter.
            self.accepted_early_data = matches!(self.rustls, Connection::Client(_))
                && header.payload_len() == END_OF_EARLY_DATA_PAYLOAD_LEN;
        }
    }

    /// Updates the state from a group of incoming records.
    pub(super) fn observe_incoming(&mut self, records: &[u8]) {
        #[cfg(feature = "tls12")]
        if records.first() == Some(&u8::from(ContentType::ChangeCipherSpec)) {
            self.peer_changed_cipher_spec = true;
        }
        if let Connection::Client(_) = &self.rustls {
            self.observe_server_records(records);
        }
    }

    #[cfg(feature = "std")]
    fn observe_server_records(&mut self, records: &[u8]) {
        self.observer
            .observe_server_records(records);
    }

    #[cfg(not(feature = "std"))]
    fn observe_server_records(&mut self, _: &[u8]) {}

    /// Passes `incoming` to rustls, and collects the observations of its callbacks.
    #[cfg(feature = "std")]
    pub(super) fn process(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Option<Idle>, Error>) {
        self.observer.watch(|| {
            self.rustls
                .process(incoming, outgoing, &mut self.unread_early_data)
        })
    }

    /// Passes `incoming` to rustls.
    #[cfg(not(feature = "std"))]
    pub(super) fn process(
        &mut self,
        incoming: &mut [u8],
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Option<Idle>, Error>) {
        self.rustls
            .process(incoming, outgoing, &mut self.unread_early_data)
    }
}
