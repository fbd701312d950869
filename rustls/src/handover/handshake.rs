//! A handshake that rustls does, and what is noted of it.

use alloc::vec::Vec;

use rustls::crypto::SecureRandom;
use rustls::{CommonState, ContentType, Error};

use super::connection::{Connection, Idle};
use super::retained::RetainedInput;
use crate::crypto::AlgorithmSelector;
#[cfg(feature = "std")]
use crate::observer::Observer;
use crate::record::{Fragmenter, records};

/// Bytes of the payload of an EndOfEarlyData in a record of its own: a header (4), type (1) and tag (16). RFC 8446 s4.5.
const END_OF_EARLY_DATA_PAYLOAD_LEN: usize = 4 + 1 + 16;

/// A connection of rustls that is still shaking hands.
pub(crate) struct Handshake {
    pub(super) rustls: Connection,
    pub(super) parameters: HandshakeParameters,
    #[cfg(feature = "std")]
    pub(super) observer: Observer,
    /// A record of early data that was not read.
    pub(crate) unread_early_data: Option<Vec<u8>>,
    /// Early data that the caller has taken last.
    pub(crate) read_early_data: Vec<u8>,
    /// Set when rustls last reported that it is idle; it is not called again until there is input.
    pub(super) idle: Option<Idle>,
    /// Bytes at the front of the input that rustls has seen and not let go.
    ///
    /// It remembers places in them as offsets from their start, so they are shown again at the same offsets, with the
    /// next record behind them.
    pub(super) retained: RetainedInput,
    /// Whether rustls has sent a protected record. A server of TLS 1.3 then wants protected records from its client.
    pub(super) has_sent_protected: bool,
    /// Whether the peer has sent a ChangeCipherSpec. In TLS 1.2 its next record is protected.
    #[cfg(feature = "tls12")]
    pub(super) peer_changed_cipher_spec: bool,
    /// Whether the server has accepted a client's early data.
    pub(crate) accepted_early_data: bool,
    /// What [`can_detect_failed_opening`] says of the suite, once it was asked.
    pub(super) can_detect_failed_opening: Option<bool>,
    /// Whether the caller has closed already.
    pub(super) has_closed: bool,
    /// Records of data that were sealed along with the handshake.
    pub(super) early_records: u64,
}

/// What a connection is made with, besides rustls's own.
pub(crate) struct HandshakeParameters {
    pub(crate) algorithms: AlgorithmSelector,
    pub(crate) fragmenter: Fragmenter,
    /// Whether the caller's own config allows the extraction of secrets.
    pub(crate) extractable: bool,
    /// Of the crypto provider.
    pub(crate) random: &'static dyn SecureRandom,
}

impl Handshake {
    pub(crate) fn new(rustls: Connection, parameters: HandshakeParameters) -> Self {
        let idle = match &rustls {
            // It has a ClientHello to send.
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

    /// Looks at what rustls sends.
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
            // A client whose early data was accepted begins its last flight with an EndOfEarlyData. Any other flight begins
            // with a longer record, and an alert is shorter.
            self.accepted_early_data = matches!(self.rustls, Connection::Client(_))
                && header.payload_len() == END_OF_EARLY_DATA_PAYLOAD_LEN;
        }
    }

    /// Looks at what rustls is shown: a record, with the ChangeCipherSpec in front of it.
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

    /// Shows `incoming` to rustls, and notes what it tells.
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

    /// Shows `incoming` to rustls.
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
