//! Errors of sealing, opening and making keys.

use core::fmt;

/// A record could not be sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EncryptFailed;

impl fmt::Display for EncryptFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record could not be sealed")
    }
}

impl core::error::Error for EncryptFailed {}

/// A record could not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecryptFailed {
    /// The payload is not authentic, or too short to be. RFC 8446 s5.2 answers with `bad_record_mac`.
    BadRecordMac,
    /// The payload is authentic, but all of the TLS 1.3 plaintext is zero, so that it has no type. RFC 8446 s5.4
    /// answers with `unexpected_message`.
    NoContentType,
    /// The payload is authentic, but opens to more than a record may carry. RFC 8446 s5.4 and RFC 5246 s6.2.1 answer
    /// with `record_overflow`. A provider need not look: the record layer does.
    RecordOverflow,
}

impl fmt::Display for DecryptFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRecordMac => "the record is not authentic",
            Self::NoContentType => "the record has no content type",
            Self::RecordOverflow => "the record is too long",
        })
    }
}

impl core::error::Error for DecryptFailed {}

/// An algorithm did not take a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the algorithm does not take this key")
    }
}

impl core::error::Error for InvalidKey {}
