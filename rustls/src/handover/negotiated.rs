//! The parameters that a handshake negotiated.

use alloc::boxed::Box;

use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
use rustls::{HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use super::handshake::Handshake;
#[cfg(feature = "std")]
use crate::observer::Exporter;

/// The negotiated parameters, and other facts about the handshake that the caller may ask for afterwards.
#[derive(Default)]
pub(crate) struct Negotiated {
    pub(crate) suite: Option<SupportedCipherSuite>,
    pub(crate) protocol_version: Option<ProtocolVersion>,
    pub(crate) handshake_kind: Option<HandshakeKind>,
    pub(crate) key_exchange_group: Option<&'static dyn SupportedKxGroup>,
    pub(crate) alpn_protocol: Option<Box<[u8]>>,
    pub(crate) peer_certificates: Option<Box<[CertificateDer<'static>]>>,
    #[cfg(feature = "std")]
    pub(crate) server_name: Option<Box<str>>,
    #[cfg(feature = "std")]
    pub(crate) exporter: Option<Exporter>,
    pub(crate) tickets_received: u32,
    /// Whether the server has accepted a client's early data.
    pub(crate) accepted_early_data: bool,
    /// Whether the handshake was incomplete when these values were taken.
    pub(crate) is_handshaking: bool,
}

impl Handshake {
    /// Takes the values negotiated so far out of the handshake, which ends with this call.
    pub(crate) fn negotiated(&mut self) -> Negotiated {
        #[cfg(feature = "std")]
        let server_name = self.observer.take_server_name();
        let common = self.common_state();
        Negotiated {
            is_handshaking: common.is_handshaking(),
            tickets_received: self.tickets_received(),
            accepted_early_data: self.accepted_early_data,
            suite: common.negotiated_cipher_suite(),
            protocol_version: common.protocol_version(),
            handshake_kind: common.handshake_kind(),
            key_exchange_group: common.negotiated_key_exchange_group(),
            alpn_protocol: common.alpn_protocol().map(Box::from),
            peer_certificates: common
                .peer_certificates()
                .map(Box::from),
            #[cfg(feature = "std")]
            server_name,
            #[cfg(feature = "std")]
            exporter: None,
        }
    }
}
