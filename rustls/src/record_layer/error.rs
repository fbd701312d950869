//! Errors of sealing, opening and changing keys.

use core::fmt;

use rustls::{AlertDescription, CipherSuite, ContentType, ProtocolVersion};

use crate::cipher::{AeadAlgorithm, DecryptFailed, EncryptFailed, RecordProvider, TrafficKeys};

/// A record was not sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EncryptionError {
    /// The output slice is too short.
    InsufficientSize {
        /// Bytes that are needed.
        required: usize,
        /// Bytes that there are.
        provided: usize,
    },
    /// Content and padding are too long for one record.
    ContentTooLong {
        /// Bytes that a record may have.
        max: usize,
        /// Bytes that were given.
        provided: usize,
    },
    /// TLS 1.2 has no padding.
    PaddingUnsupported,
    /// The key has sealed as many records as it may, or was let go.
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
                "{provided} bytes of content and padding, one record has at most {max}"
            ),
            Self::PaddingUnsupported => f.write_str("TLS 1.2 has no padding"),
            Self::KeyExhausted => f.write_str("the key may not seal another record"),
            Self::EncryptFailed => EncryptFailed.fmt(f),
        }
    }
}

impl core::error::Error for EncryptionError {}

/// A record was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecryptionError {
    /// It is not authentic, or too short to be. RFC 8446 s5.2, RFC 5246 s6.2.3.3.
    BadRecordMac,
    /// It is longer than a record may be, or its content is. RFC 8446 s5.2 and s5.4, RFC 5246 s6.2.
    RecordOverflow,
    /// Its header shows a type that no record has after the handshake. RFC 8446 s5.
    UnexpectedType(ContentType),
    /// Its header shows a version other than 03 03. TLS 1.2 only.
    UnexpectedVersion(ProtocolVersion),
    /// It is authentic, but all of its TLS 1.3 plaintext is zero. RFC 8446 s5.4.
    NoContentType,
    /// The peer has used up all sequence numbers of its key. RFC 8446 s5.3.
    KeyExhausted,
    /// It was not looked at, because the key was let go.
    NoKey,
    /// It was opened by an earlier call, and is still there. Nothing has changed: the caller can discard it and go on. Only
    /// connections know such records.
    OpenedBefore,
}

impl DecryptionError {
    /// The alert that the peer is to be sent for it.
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
                    "the record shows type {typ:?}, which none has after the handshake"
                )
            }
            Self::UnexpectedVersion(version) => {
                write!(f, "the record shows version {version:?} instead of TLSv1_2")
            }
            Self::NoContentType => DecryptFailed::NoContentType.fmt(f),
            Self::KeyExhausted => f.write_str("the peer has used up its sequence numbers"),
            Self::NoKey => f.write_str("the key was let go"),
            Self::OpenedBefore => f.write_str("the record was opened before"),
        }
    }
}

impl core::error::Error for DecryptionError {}

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
    pub(super) fn algorithm(
        provider: &dyn RecordProvider,
        suite: CipherSuite,
    ) -> Result<&'static dyn AeadAlgorithm, Self> {
        provider
            .algorithm(suite)
            .ok_or(Self::UnsupportedSuite(suite))
    }

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
                    "the record provider did not take a key of {suite:?}, or adds more to a record than is allowed"
                )
            }
        }
    }
}

impl core::error::Error for KeyError {}
