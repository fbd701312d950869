//! The implementation that protects the records of a connection.

use core::fmt;

/// The implementation that seals and opens the records of a connection.
///
/// `Display` describes it for a log, for example `aws-lc-rs`, or `wrapped objects of rustls's traits: the cipher suite
/// is from a crypto provider that rustls-direct does not know`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RecordSource {
    /// `crypto::aws_lc_rs`: the crate `aws-lc-rs` seals records into the caller's buffer.
    AwsLcRs,

    /// `crypto::ring`: the crate `ring` seals records in the caller's buffer.
    Ring,

    /// Another implementation of [`AeadAlgorithm`](super::AeadAlgorithm) that the program passed to `new_with_provider`
    /// or to [`with_records`](crate::crypto::with_records).
    ///
    /// The string is the name of its type, from [`core::any::type_name`].
    Provider(&'static str),

    /// The cipher suite's own objects, which implement rustls's traits. Each sealed record costs an allocation and
    /// copies.
    Wrapped(WrappedBecause),
}

/// The reason why the cipher suite's own objects protect the records of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WrappedBecause {
    /// The suite is one of `rustls::crypto::aws_lc_rs`, and the feature `aws_lc_rs` of rustls-direct is off.
    AwsLcRsIsOff,

    /// The suite is one of `rustls::crypto::ring`, and the feature `ring` of rustls-direct is off.
    RingIsOff,

    /// The suite is from a crypto provider that rustls-direct does not know.
    UnknownProvider,

    /// A `CryptoProvider` of rustls was passed to `new_with_provider`, although rustls-direct knows the suite.
    Passed,
}

impl RecordSource {
    /// Returns whether records are sealed directly into the caller's buffer. Only [`Wrapped`](Self::Wrapped) ones are
    /// not.
    pub fn is_direct(self) -> bool {
        !matches!(self, Self::Wrapped(_))
    }
}

impl fmt::Display for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AwsLcRs => f.write_str("aws-lc-rs"),
            Self::Ring => f.write_str("ring"),
            Self::Provider(name) => f.write_str(name),
            Self::Wrapped(because) => write!(f, "wrapped objects of rustls's traits: {because}"),
        }
    }
}

impl fmt::Display for WrappedBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwsLcRsIsOff => {
                "the cipher suite is rustls's aws-lc-rs one, and rustls-direct's feature `aws_lc_rs` is off"
            }
            Self::RingIsOff => {
                "the cipher suite is rustls's ring one, and rustls-direct's feature `ring` is off"
            }
            Self::UnknownProvider => {
                "the cipher suite is from a crypto provider that rustls-direct does not know"
            }
            Self::Passed => "a `CryptoProvider` of rustls was passed as the record provider",
        })
    }
}
