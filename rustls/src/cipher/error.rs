//! The errors of a crypto provider.

use core::fmt;

/// The provider could not seal a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EncryptFailed;

impl fmt::Display for EncryptFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record could not be sealed")
    }
}

impl core::error::Error for EncryptFailed {}

/// The provider could not open a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecryptFailed {
    /// The payload is not authentic, or is too short. The alert is `bad_record_mac`. RFC 8446 s5.2.
    BadRecordMac,
    /// The payload is authentic, but its TLS 1.3 plaintext is all zeros and so has no type. The alert is
    /// `unexpected_message`. RFC 8446 s5.4.
    NoContentType,
    /// The payload is authentic, but opens to more bytes than a record may carry. The alert is `record_overflow`. RFC
    /// 8446 s5.4, RFC 5246 s6.2.1. A provider need not check this: the record layer does.
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

/// The provider rejected a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the algorithm does not take this key")
    }
}

impl core::error::Error for InvalidKey {}
