//! What a record is that rustls has kept.

use rustls::ProtocolVersion;

use super::connection::Connection;
use super::handshake::Handshake;
use super::window::{Kept, Refusal};
#[cfg(feature = "tls12")]
use crate::crypto::Cipher;
use crate::crypto::tells_whether_opened;
#[cfg(feature = "tls12")]
use crate::record::Version;

impl Handshake {
    /// Whether what rustls has kept is to be removed: a record that it has skipped as rejected early data.
    pub(super) fn remove_kept(&mut self, kept: &[u8]) -> Result<bool, Refusal> {
        #[cfg(feature = "tls12")]
        if self.is_empty_finished(kept) {
            return Err(Refusal::empty_finished());
        }
        if kept.is_empty() || !self.opens_records() || !self.tells_whether_opened() {
            return Ok(false);
        }
        match self.shown.kept(kept) {
            Kept::Skipped if self.may_skip() => self.shown.skip().map(|()| true),
            // RFC 8446 s5.1. rustls bears some of them, and keeps them.
            Kept::Empty => Err(Refusal::empty_handshake_record()),
            Kept::Skipped | Kept::Other => Ok(false),
        }
    }

    /// Whether what rustls has kept is a protected record of TLS 1.2 without content, where a Finished belongs.
    #[cfg(feature = "tls12")]
    fn is_empty_finished(&self, kept: &[u8]) -> bool {
        self.peer_changed_cipher_spec
            && !kept.is_empty()
            && self
                .common_state()
                .negotiated_cipher_suite()
                .filter(|suite| Version::of(suite.suite()) == Version::Tls12)
                .and_then(|suite| Cipher::of(suite.suite()))
                .is_some_and(|cipher| {
                    self.shown
                        .is_empty_finished(kept, cipher.tls12_overhead())
                })
    }

    /// Whether rustls opens the records of the peer, in TLS 1.3.
    fn opens_records(&self) -> bool {
        let is_tls13 = self.common_state().protocol_version() == Some(ProtocolVersion::TLSv1_3);
        is_tls13
            && match &self.rustls {
                // As soon as it knows the version: the server's next record is protected.
                Connection::Client(_) => true,
                // Not between a HelloRetryRequest and the second ClientHello.
                Connection::Server(_) => self.has_sent_protected,
            }
    }

    /// Whether rustls may skip records that it cannot open. RFC 8446 s4.2.10.
    pub(super) fn may_skip(&self) -> bool {
        matches!(self.rustls, Connection::Server(_)) && self.opens_records()
    }

    pub(super) fn tells_whether_opened(&mut self) -> bool {
        if self.tells_whether_opened.is_none() {
            self.tells_whether_opened = self
                .common_state()
                .negotiated_cipher_suite()
                .map(tells_whether_opened);
        }
        self.tells_whether_opened == Some(true)
    }
}
