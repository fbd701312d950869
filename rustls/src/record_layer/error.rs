//! The errors of the record layer.

use core::fmt;

use rustls::{AlertDescription, CipherSuite, ContentType, ProtocolVersion};

use crate::cipher::{AeadAlgorithm, DecryptFailed, EncryptFailed, RecordProvider, TrafficKeys};

/// A record was not sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EncryptionError {
    /// The output slice is too short.
    InsufficientSize {
        /// Length of the record in bytes.
        required: usize,
        /// Length of the output slice in bytes.
        provided: usize,
    },
    /// Content and padding are too long for one record.
    ContentTooLong {
        /// Maximum length in bytes of content and padding together.
        max: usize,
        /// Their given length in bytes.
        provided: usize,
    },
    /// TLS 1.2 has no padding.
    PaddingUnsupported,
    /// The key has sealed as many records as it may, or was discarded.
    KeyExhausted,
    /// The provider could not seal the record.
    EncryptFailed,
}

impl fmt::Display for EncryptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsufficientSize { required, provided } => write!(
                f,
                "the output has room for {provided} bytes, {required} are needed"
            ),
            Self::ContentTooLong { max, provided } => write!(
                f,
                "content and padding are {provided} bytes, but a record carries at most {max}"
            ),
            Self::PaddingUnsupported => f.write_str("TLS 1.2 has no padding"),
            Self::KeyExhausted => f.write_str("the key may not seal another record"),
            Self::EncryptFailed => EncryptFailed.fmt(f),
        }
    }
}

impl core::error::Error for EncryptionError {}

/// An incoming record was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecryptionError {
    /// The record is not authentic, or is too short. RFC 8446 s5.2, RFC 5246 s6.2.3.3.
    BadRecordMac,
    /// The record or its content is longer than allowed. RFC 8446 s5.2 and s5.4, RFC 5246 s6.2.
    RecordOverflow,
    /// The header has a type that no record has after the handshake. RFC 8446 s5.
    UnexpectedType(ContentType),
    /// The header has a version other than 03 03. TLS 1.2 only.
    UnexpectedVersion(ProtocolVersion),
    /// The record is authentic, but its TLS 1.3 plaintext is all zeros. RFC 8446 s5.4.
    NoContentType,
    /// The peer has used up all sequence numbers of its key. RFC 8446 s5.3.
    KeyExhausted,
    /// The record was not opened, because the key was discarded.
    NoKey,
    /// An earlier call opened this record, and the caller has not discarded it. Nothing has changed: the caller can
    /// discard the record and continue. Only connections return this error.
    OpenedBefore,
}

impl DecryptionError {
    /// Returns the alert to send to the peer.
    pub fn alert(&self) -> AlertDescription {
        match self {
            Self::BadRecordMac => AlertDescription::BadRecordMac,
            Self::RecordOverflow => AlertDescription::RecordOverflow,
            Self::UnexpectedType(_) | Self::NoContentType => AlertDescription::UnexpectedMessage,
            Self::UnexpectedVersion(_) => AlertDescription::ProtocolVersion,
            Self::KeyExhausted | Self::NoKey | Self::OpenedBefore => {
                AlertDescription::InternalError
            }
        }
    }
}

impl From<DecryptFailed> for DecryptionError {
    fn from(failed: DecryptFailed) -> Self {
        match failed {
            DecryptFailed::BadRecordMac => Self::BadRecordMac,
            DecryptFailed::NoContentType => Self::NoContentType,
            DecryptFailed::RecordOverflow => Self::RecordOverflow,
        }
    }
}

impl fmt::Display for DecryptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRecordMac => DecryptFailed::BadRecordMac.fmt(f),
            Self::RecordOverflow => DecryptFailed::RecordOverflow.fmt(f),
            Self::UnexpectedType(typ) => {
                write!(
                    f,
                    "the record's header has type {typ:?}, which no record has after the handshake"
                )
            }
            Self::UnexpectedVersion(version) => {
                write!(
                    f,
                    "the record's header has version {version:?} instead of TLSv1_2"
                )
            }
            Self::NoContentType => DecryptFailed::NoContentType.fmt(f),
            Self::KeyExhausted => f.write_str("the peer has used up its sequence numbers"),
            Self::NoKey => f.write_str("the key was discarded"),
            Self::OpenedBefore => f.write_str("the record was already opened"),
        }
    }
}

impl core::error::Error for DecryptionError {}

/// A key cannot be used with a suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// The provider has no algorithm for this suite.
    UnsupportedSuite(CipherSuite),
    /// The length of the key is wrong for the suite.
    WrongLength {
        /// The suite.
        suite: CipherSuite,
        /// Length in bytes of the suite's keys.
        required: usize,
        /// Length in bytes of the given key.
        provided: usize,
    },
    /// The provider rejected the key, or adds more bytes to a record than TLS allows.
    Invalid(CipherSuite),
    /// This half has failed or its key was discarded, so it accepts no other key.
    Ended,
}

impl KeyError {
    /// Returns the provider's algorithm for `suite`.
    pub(super) fn algorithm(
        provider: &dyn RecordProvider,
        suite: CipherSuite,
    ) -> Result<&'static dyn AeadAlgorithm, Self> {
        provider
            .algorithm(suite)
            .ok_or(Self::UnsupportedSuite(suite))
    }

    /// Checks the length of the key.
    pub(super) fn check(
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
                    "the record provider rejected a key of {suite:?}, or adds more bytes to a record than TLS allows"
                )
            }
        }
    }
}

impl core::error::Error for KeyError {}
