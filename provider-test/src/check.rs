//! What there is to be right or wrong.

use std::fmt;

/// One of the things that a provider promises, and that the kit looks into.
///
/// `Display` names it as the report does.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Check {
    /// The provider has one of the suites that the kit knows.
    Suites,
    /// A key has the suite's length, and one of another length makes nothing panic.
    KeyLength,
    /// What is said of the lengths of payloads is true.
    ClaimedLengths,
    /// Records that others made are sealed byte for byte, and opened.
    KnownAnswers,
    /// Content in one slice is sealed as the reference seals it.
    ContentInOneSlice,
    /// Content in several slices, and a part of it, likewise.
    GatheredContent,
    /// Gathered content of which a part is missing is not sealed.
    MissingContent,
    /// Content that is in the output already, likewise.
    ContentInPlace,
    /// Content with padding, likewise, and none of it is left when a record is opened.
    Padding,
    /// The type of the content is sealed, and comes back.
    ContentTypes,
    /// Sealing and opening begin at any sequence number and go on from there.
    SequenceNumbers,
    /// Every byte of the output is written, whatever it held before.
    WholeOutput,
    /// An output of another length than the payload's is an error.
    OutputLength,
    /// A record of the reference is opened where it lies.
    OpeningInPlace,
    /// A record of the reference is opened into another slice.
    OpeningInto,
    /// A record is opened with the explicit nonce that it brings. TLS 1.2 with AES-GCM only.
    ExplicitNonce,
    /// A record that is padding alone has no content type. TLS 1.3 only.
    NoContentType,
    /// A record of which one bit is another, or a byte too few or too many, is refused.
    AlteredRecord,
    /// A refused record leaves no plaintext.
    PlaintextLeft,
    /// A payload that is too short to be one is refused.
    ShortPayload,
    /// A record that was sealed with other additional data is refused.
    AdditionalData,
    /// A record is opened under its own sequence number only.
    OtherNumber,
    /// Two keys know nothing of each other.
    TwoKeys,
    /// Sealing and opening a record allocates nothing.
    NoAllocation,
}

impl Check {
    /// Every one, in the order in which a report has them.
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
        Self::OtherNumber,
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
            Self::OtherNumber => "other number",
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
