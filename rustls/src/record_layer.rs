//! Seals whole records into the caller's slice, and opens them in place.
//!
//! [`EncryptionState`] and [`DecryptionState`] are the two directions of a connection. Each has its own key and
//! sequence number, and neither refers to the other: they can live on two threads. [`RecordLayer`] holds both.
//!
//! This module checks the form and the protection of records. It knows nothing of handshakes, and does not interpret or
//! send alerts and key updates.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "aws_lc_rs")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use rustls::{CipherSuite, ContentType};
//! use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
//! use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER;
//! use rustls_direct::record_layer::{DecryptionState, EncryptionState};
//!
//! let suite = CipherSuite::TLS13_AES_128_GCM_SHA256;
//! let keys = TrafficKeys::new(&[1; 16], &[2; 12])?;
//! let mut sender = EncryptionState::new(RECORD_PROVIDER, suite, &keys, 0, 1 << 24)?;
//! let mut receiver = DecryptionState::new(RECORD_PROVIDER, suite, &keys, 0)?;
//!
//! let mut tls = [0; 64];
//! let hello = OutboundRecord::new(ContentType::ApplicationData, b"hello"[..].into());
//! let written = sender.encrypt_outgoing(hello, &mut tls)?;
//! assert_eq!(written, 5 + 5 + 1 + 16); // header, content, type, tag
//!
//! let record = receiver.decrypt_incoming(&mut tls[..written])?.expect("a whole record");
//! assert_eq!(record.typ(), ContentType::ApplicationData);
//! assert_eq!(record.record_len(), written);
//! assert_eq!(&tls[record.content()], b"hello");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "aws_lc_rs"))]
//! # fn main() {}
//! ```

mod decryption;
mod encryption;
mod error;
mod inbound;
mod mark;
mod opening;
#[cfg(test)]
mod tests;

pub use decryption::DecryptionState;
pub use encryption::EncryptionState;
pub use error::{DecryptionError, EncryptionError, KeyError};
pub use inbound::{InboundRecord, OpenedInto};
pub(crate) use mark::Mark;

use crate::cipher::OutboundRecord;

/// Both directions of a connection.
#[derive(Debug)]
pub struct RecordLayer {
    /// The direction in which records are sealed.
    pub encryption: EncryptionState,
    /// The direction in which records are opened.
    pub decryption: DecryptionState,
}

impl RecordLayer {
    /// Seals a record: see [`EncryptionState::encrypt_outgoing`].
    pub fn encrypt_outgoing(
        &mut self,
        record: OutboundRecord<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncryptionError> {
        self.encryption
            .encrypt_outgoing(record, out)
    }

    /// Opens a record: see [`DecryptionState::decrypt_incoming`].
    pub fn decrypt_incoming(
        &mut self,
        incoming: &mut [u8],
    ) -> Result<Option<InboundRecord>, DecryptionError> {
        self.decryption
            .decrypt_incoming(incoming)
    }
}
