//! The list of checks.

use std::fmt;

/// A promise of a provider, which the kit checks.
///
/// `Display` names it as the report does.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Check {
    /// The provider has one of the suites that the kit knows.
    Suites,
    /// The key has the suite's length, and keys of other lengths cause no panic.
    KeyLength,
    /// The methods that compute lengths of payloads return the right ones.
    ClaimedLengths,
    /// Records of OpenSSL and RFC 8448 are sealed byte for byte, and opened.
    KnownAnswers,
    /// Content in one slice is sealed as the reference seals it.
    ContentInOneSlice,
    /// Content in several slices, or in a part of several slices, is sealed as the reference seals it.
    GatheredContent,
    /// Chunks that hold fewer bytes than they claim are not sealed.
    MissingContent,
    /// Content that is already in the output is sealed as the reference seals it.
    ContentInPlace,
    /// Content with padding is sealed as the reference seals it, and opening removes the padding.
    Padding,
    /// The content type is sealed, and returned by opening.
    ContentTypes,
    /// Sealing and opening start at any sequence number and continue from there.
    SequenceNumbers,
    /// Every byte of the output is written, whatever the output held before.
    WholeOutput,
    /// An output that is not as long as the payload is an error.
    OutputLength,
    /// A record of the reference is opened in place.
    OpeningInPlace,
    /// A record of the reference is opened into another slice.
    OpeningInto,
    /// A record is opened with the explicit nonce in its payload. TLS 1.2 with AES-GCM only.
    ExplicitNonce,
    /// A plaintext of zeros is refused because it has no content type. TLS 1.3 only.
    NoContentType,
    /// A record is refused if one of its bits was changed, or if it has a byte too few or too many.
    AlteredRecord,
    /// A refused record leaves no plaintext.
    PlaintextLeft,
    /// A payload that is too short to be authentic is refused.
    ShortPayload,
    /// A record that was sealed with other additional data is refused.
    AdditionalData,
    /// A record is refused under another sequence number than its own.
    OtherSequenceNumber,
    /// Encrypters and decrypters with different keys do not affect each other.
    TwoKeys,
    /// Sealing and opening a record allocates nothing.
    NoAllocation,
}

impl Check {
    /// All checks, in the order of a report.
    pub const ALL: [Self; 24] = [
        Self::Suites,
        Self::KeyLength,
        Self::ClaimedLengths,
        Self::KnownAnswers,
        Self::ContentInOneSlice,
        Self::GatheredContent,
        Self::MissingContent,
        Self::ContentInPlace,
        Self::Padding,
        Self::ContentTypes,
        Self::SequenceNumbers,
        Self::WholeOutput,
        Self::OutputLength,
        Self::OpeningInPlace,
        Self::OpeningInto,
        Self::ExplicitNonce,
        Self::NoContentType,
        Self::AlteredRecord,
        Self::PlaintextLeft,
        Self::ShortPayload,
        Self::AdditionalData,
        Self::OtherSequenceNumber,
        Self::TwoKeys,
        Self::NoAllocation,
    ];
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suites => "suites",
            Self::KeyLength => "key length",
            Self::ClaimedLengths => "claimed lengths",
            Self::KnownAnswers => "known answers",
            Self::ContentInOneSlice => "content in one slice",
            Self::GatheredContent => "gathered content",
            Self::MissingContent => "missing content",
            Self::ContentInPlace => "content in place",
            Self::Padding => "padding",
            Self::ContentTypes => "content types",
            Self::SequenceNumbers => "sequence numbers",
            Self::WholeOutput => "whole output",
            Self::OutputLength => "output length",
            Self::OpeningInPlace => "opening in place",
            Self::OpeningInto => "opening into another slice",
            Self::ExplicitNonce => "explicit nonce",
            Self::NoContentType => "no content type",
            Self::AlteredRecord => "altered record",
            Self::PlaintextLeft => "plaintext left",
            Self::ShortPayload => "short payload",
            Self::AdditionalData => "additional data",
            Self::OtherSequenceNumber => "other sequence number",
            Self::TwoKeys => "two keys",
            Self::NoAllocation => "no allocation",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_check_is_there_and_has_its_own_name() {
        assert_eq!(Check::ALL.len(), Check::NoAllocation as usize + 1);
        assert!(Check::ALL.is_sorted());
        let names: HashSet<_> = Check::ALL
            .iter()
            .map(Check::to_string)
            .collect();
        assert_eq!(names.len(), Check::ALL.len());
    }
}
