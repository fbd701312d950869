//! Detects records that rustls skipped as rejected early data.

use rustls::ProtocolVersion;

use super::connection::Connection;
use super::handshake::Handshake;
use super::refusal::Refusal;
use super::retained::RetainedRecord;
#[cfg(feature = "tls12")]
use crate::crypto::Cipher;
use crate::crypto::can_detect_failed_opening;
#[cfg(feature = "tls12")]
use crate::record::Version;

impl Handshake {
    /// Returns whether rustls has skipped the retained record, so that the record has to be removed. Counts it if so.
    ///
    /// # Errors
    ///
    /// If the retained record is a handshake record without content, or if rustls has skipped too many records without
    /// a payload in a row.
    pub(super) fn detect_skipped(&mut self, retained: &[u8]) -> Result<bool, Refusal> {
        #[cfg(feature = "tls12")]
        if self.is_empty_finished(retained) {
            return Err(Refusal::empty_finished());
        }
        if retained.is_empty() || !self.opens_records() || !self.can_detect_failed_opening() {
            return Ok(false);
        }
        match self.retained.classify(retained) {
            RetainedRecord::Skipped if self.may_skip() => self
                .retained
                .count_skipped()
                .map(|()| true),
            // RFC 8446 s5.1 forbids these records. rustls accepts some of them, and retains them.
            RetainedRecord::Empty => Err(Refusal::empty_handshake_record()),
            RetainedRecord::Skipped | RetainedRecord::Other => Ok(false),
        }
    }

    /// Returns whether the retained record is a TLS 1.2 handshake record without content, at the place of the Finished.
    #[cfg(feature = "tls12")]
    fn is_empty_finished(&self, retained: &[u8]) -> bool {
        self.peer_changed_cipher_spec
            && !retained.is_empty()
            && self
                .common_state()
                .negotiated_cipher_suite()
                .filter(|suite| Version::of(suite.suite()) == Version::Tls12)
                .and_then(|suite| Cipher::of(suite.suite()))
                .is_some_and(|cipher| {
                    self.retained
                        .is_empty_finished(retained, cipher.tls12_overhead())
                })
    }

    /// Returns whether the version is TLS 1.3 and rustls decrypts the peer's records.
    fn opens_records(&self) -> bool {
        let is_tls13 = self.common_state().protocol_version() == Some(ProtocolVersion::TLSv1_3);
        is_tls13
            && match &self.rustls {
                // The version comes with the ServerHello, and the server's records after it are protected.
                Connection::Client(_) => true,
                // A server knows the version after the first ClientHello, but a second one, after a HelloRetryRequest,
                // is not protected.
                Connection::Server(_) => self.has_sent_protected,
            }
    }

    /// Returns whether rustls may skip records that it cannot open. RFC 8446 s4.2.10.
    pub(super) fn may_skip(&self) -> bool {
        matches!(self.rustls, Connection::Server(_)) && self.opens_records()
    }

    /// Returns [`can_detect_failed_opening`] for the negotiated suite.
    pub(super) fn can_detect_failed_opening(&mut self) -> bool {
        if self.can_detect_failed_opening.is_none() {
            self.can_detect_failed_opening = self
                .common_state()
                .negotiated_cipher_suite()
                .map(can_detect_failed_opening);
        }
        self.can_detect_failed_opening == Some(true)
    }
}
