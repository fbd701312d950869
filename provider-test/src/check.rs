//! The list of checks.

use std::fmt;

/// A requirement on providers that the kit checks.
///
/// `Display` shows its name in reports. The reference is the kit's second implementation of the record format.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Check {
    /// The provider has at least one of the nine suites, and returning an algorithm or none does not panic.
    Suites,
    /// `key_len` is that of the suite, a key of that length is accepted, and keys of other lengths cause no panic.
    KeyLength,
    /// `encrypted_payload_len`, `payload_prefix_len` and `decrypted_payload_len` return the correct lengths.
    ClaimedLengths,
    /// Records of OpenSSL and RFC 8448 are sealed byte for byte, and opened.
    KnownAnswers,
    /// Content in one slice is sealed as the reference seals it.
    ContentInOneSlice,
    /// Content in several slices, or in a part of one or several slices, is sealed as the reference seals it.
    GatheredContent,
    /// Chunks that hold fewer bytes than they claim are an error.
    MissingContent,
    /// Content that is already in the output is sealed as the reference seals it.
    ContentInPlace,
    /// Content with padding is sealed as the reference seals it, and opening removes the padding.
    Padding,
    /// Records of known and unknown content types are sealed as the reference seals them, and opening returns the type.
    ContentTypes,
    /// Sealing and opening use the given sequence number, which may start anywhere and skip numbers.
    SequenceNumbers,
    /// Every byte of the output is written, whatever the output held before.
    WholeOutput,
    /// Sealing into an output that is longer or shorter than the payload is an error.
    OutputLength,
    /// A record of the reference is opened in place.
    OpeningInPlace,
    /// A record of the reference is opened into another slice. A slice shorter than the content is an error.
    OpeningInto,
    /// A record is opened with the explicit nonce in its payload. TLS 1.2 with AES-GCM only.
    ExplicitNonce,
    /// A plaintext of zeros is refused because it has no content type. TLS 1.3 only.
    NoContentType,
    /// A record is refused if one of its bits was changed, or if it has a byte too few or too many.
    AlteredRecord,
    /// An altered record that is refused leaves no plaintext in the payload or the output.
    PlaintextLeft,
    /// A payload that is too short to be authentic is refused.
    ShortPayload,
    /// A record that was sealed with other additional data is refused.
    AdditionalData,
    /// A record is refused if it is opened with another sequence number than its own.
    OtherSequenceNumber,
    /// Encrypters and decrypters with different keys do not affect each other, and a record under one key is refused
    /// under the other.
    TwoKeys,
    /// Sealing and opening a record allocates nothing. Only with
    /// [`Kit::counting_allocations`](crate::Kit::counting_allocations).
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
    fn all_has_every_check_and_their_names_differ() {
        assert_eq!(Check::ALL.len(), Check::NoAllocation as usize + 1);
        assert!(Check::ALL.is_sorted());
        let names: HashSet<_> = Check::ALL
            .iter()
            .map(Check::to_string)
            .collect();
        assert_eq!(names.len(), Check::ALL.len());
    }
}
