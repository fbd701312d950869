//! Whole records: sealed into the caller's slice, and opened where they lie.
//!
//! [`EncryptionState`] and [`DecryptionState`] are the two directions of a connection. Each has its own key, sequence
//! number and limit, and neither knows of the other: they can live on two threads. [`RecordLayer`] is both together.
//!
//! They know nothing of handshakes, alerts or key updates, but for what the standard says of a record's own shape.
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
#[cfg(test)]
mod tests;

use core::fmt;

use rustls::CipherSuite;

pub use decryption::{DecryptionError, DecryptionState, InboundRecord, OpenedInto};
pub use encryption::{EncryptionError, EncryptionState};

use crate::cipher::{AeadAlgorithm, OutboundRecord, RecordProvider, TrafficKeys};

/// Both directions of a connection.
#[derive(Debug)]
pub struct RecordLayer {
    /// The direction in which records are sealed.
    pub encryption: EncryptionState,
    /// The direction in which records are opened.
    pub decryption: DecryptionState,
}

impl RecordLayer {
    /// See [`EncryptionState::encrypt_outgoing`].
    pub fn encrypt_outgoing(
        &mut self,
        record: OutboundRecord<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncryptionError> {
        self.encryption
            .encrypt_outgoing(record, out)
    }

    /// See [`DecryptionState::decrypt_incoming`].
    pub fn decrypt_incoming(
        &mut self,
        incoming: &mut [u8],
    ) -> Result<Option<InboundRecord>, DecryptionError> {
        self.decryption
            .decrypt_incoming(incoming)
    }
}

/// A key can not be used with a suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// The provider has no algorithm for this suite.
    UnsupportedSuite(CipherSuite),
    /// The key has another length than the suite's.
    WrongLength {
        /// The suite.
        suite: CipherSuite,
        /// Bytes of key that the suite takes.
        required: usize,
        /// Bytes of key that were given.
        provided: usize,
    },
    /// The provider did not take the key, or makes longer payloads of it than a record may have.
    Invalid(CipherSuite),
    /// This half has failed or was let go, and takes no other key.
    Ended,
}

impl KeyError {
    fn algorithm(
        provider: &dyn RecordProvider,
        suite: CipherSuite,
    ) -> Result<&'static dyn AeadAlgorithm, Self> {
        provider
            .algorithm(suite)
            .ok_or(Self::UnsupportedSuite(suite))
    }

    fn check(
        algorithm: &dyn AeadAlgorithm,
        suite: CipherSuite,
        keys: &TrafficKeys,
    ) -> Result<(), Self> {
        let (required, provided) = (algorithm.key_len(), keys.key().len());
        match required == provided {
            true => Ok(()),
            false => Err(Self::WrongLength {
                suite,
                required,
                provided,
            }),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedSuite(suite) => {
                write!(f, "the record provider has no algorithm for {suite:?}")
            }
            Self::WrongLength {
                suite,
                required,
                provided,
            } => write!(
                f,
                "{suite:?} takes a key of {required} bytes, {provided} were given"
            ),
            Self::Ended => f.write_str("this half of the connection has ended"),
            Self::Invalid(suite) => {
                write!(
                    f,
                    "the record provider did not take a key of {suite:?}, or adds more to a record than is allowed"
                )
            }
        }
    }
}

impl core::error::Error for KeyError {}
