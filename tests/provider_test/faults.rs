//! The providers that are wrong, and which checks have to say so.

use std::any::type_name;
use std::sync::Mutex;

use rustls::CipherSuite;
use rustls_direct_provider_test::Check;

use crate::layer::Fault;
use crate::{claims, opening, sealing};

pub(crate) const TLS13: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;
pub(crate) const TLS12: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;

/// A fault, where it is planted, and what has to come of it.
pub(crate) struct Planted {
    pub(crate) name: &'static str,
    pub(crate) fault: &'static dyn Fault,
    pub(crate) suite: CipherSuite,
    /// The checks that find it, in the order of the report. No other does.
    pub(crate) found: Vec<Check>,
}

/// All that can be planted in this build.
pub(crate) fn faults() -> Vec<Planted> {
    let mut faults = in_tls13();
    if cfg!(feature = "tls12") {
        faults.extend(in_tls12());
    }
    faults
}

fn planted<F: Fault>(
    suite: CipherSuite,
    fault: &'static F,
    found: impl Into<Vec<Check>>,
) -> Planted {
    Planted {
        name: type_name::<F>()
            .rsplit("::")
            .next()
            .expect("a name"),
        fault,
        suite,
        found: found.into(),
    }
}

fn in_tls13() -> Vec<Planted> {
    use Check::*;
    vec![
        planted(TLS13, &claims::EncryptedLenOneTooShort, [ClaimedLengths]),
        planted(TLS13, &claims::EncryptedLenInBlocks, [ClaimedLengths]),
        planted(TLS13, &claims::DecryptedLenWithTag, [ClaimedLengths]),
        planted(
            TLS13,
            &claims::DecryptedLenOfShortPayloadPanics,
            [ClaimedLengths],
        ),
        planted(TLS13, &claims::KeyLenOfAnotherSuite, [KeyLength]),
        planted(TLS13, &claims::OtherKeyPanics, [KeyLength]),
        planted(TLS13, &claims::NoSuite, [Suites]),
        planted(TLS13, &claims::SuitePanics, [Suites]),
        planted(TLS13, &FIRST_KEY, [KnownAnswers, TwoKeys]),
        planted(
            TLS13,
            &sealing::NonceStays,
            [KnownAnswers, SequenceNumbers, TwoKeys],
        ),
        planted(TLS13, &sealing::NumberCutTo32Bits, [SequenceNumbers]),
        planted(
            TLS13,
            &sealing::NumbersCounted,
            [KnownAnswers, SequenceNumbers],
        ),
        planted(
            TLS13,
            &sealing::FirstNumberTakenFor0,
            [KnownAnswers, SequenceNumbers],
        ),
        planted(TLS13, &sealing::TypeLost, [KnownAnswers, ContentTypes]),
        planted(TLS13, &sealing::PaddingIgnored, [GatheredContent, Padding]),
        planted(TLS13, &sealing::PaddingNotZero, [GatheredContent, Padding]),
        planted(
            TLS13,
            &sealing::StartOfChunksIgnored,
            [GatheredContent, MissingContent],
        ),
        planted(TLS13, &sealing::EmptyChunkEndsContent, [GatheredContent]),
        planted(TLS13, &sealing::MissingContentMadeUp, [MissingContent]),
        planted(
            TLS13,
            &sealing::LastByteOfTagNotWritten,
            [
                KnownAnswers,
                ContentInOneSlice,
                GatheredContent,
                ContentInPlace,
                Padding,
                ContentTypes,
                SequenceNumbers,
                WholeOutput,
                TwoKeys,
            ],
        ),
        planted(TLS13, &sealing::LongerOutputAccepted, [OutputLength]),
        planted(TLS13, &sealing::OutputOfAnotherLengthPanics, [OutputLength]),
        planted(
            TLS13,
            &sealing::LongestRecordRefused,
            [
                ContentInOneSlice,
                GatheredContent,
                ContentInPlace,
                Padding,
                WholeOutput,
            ],
        ),
        planted(
            TLS13,
            &sealing::AdditionalDataOfAnotherVersion,
            [
                KnownAnswers,
                ContentInOneSlice,
                GatheredContent,
                ContentInPlace,
                Padding,
                ContentTypes,
                SequenceNumbers,
                TwoKeys,
            ],
        ),
        planted(
            TLS13,
            &sealing::AdditionalDataOfTheInnerVersion,
            [
                KnownAnswers,
                ContentInOneSlice,
                GatheredContent,
                ContentInPlace,
                Padding,
                ContentTypes,
                SequenceNumbers,
                TwoKeys,
            ],
        ),
        planted(
            TLS13,
            &sealing::AdditionalDataOfTheInnerType,
            [KnownAnswers, ContentTypes],
        ),
        planted(TLS13, &sealing::SealingAllocates, [NoAllocation]),
        planted(
            TLS13,
            &opening::OpeningNumbersCounted,
            [KnownAnswers, SequenceNumbers, OtherSequenceNumber],
        ),
        planted(
            TLS13,
            &opening::TypeNotToldApart,
            [KnownAnswers, ContentTypes],
        ),
        planted(TLS13, &opening::PaddingNotRemoved, [Padding]),
        planted(
            TLS13,
            &opening::ZerosOfContentRemoved,
            [KnownAnswers, Padding, OpeningInPlace, OpeningInto],
        ),
        planted(
            TLS13,
            &opening::LastByteNotMovedOut,
            [
                KnownAnswers,
                Padding,
                ContentTypes,
                SequenceNumbers,
                OpeningInto,
                TwoKeys,
            ],
        ),
        planted(TLS13, &opening::ShorterOutputPanics, [OpeningInto]),
        planted(TLS13, &opening::PlaintextLeftInPlace, [PlaintextLeft]),
        planted(TLS13, &opening::PlaintextLeftInOutput, [PlaintextLeft]),
        planted(TLS13, &opening::LastByteOfTagNotCompared, [AlteredRecord]),
        planted(
            TLS13,
            &opening::LastByteOfLongTagNotCompared,
            [AlteredRecord],
        ),
        planted(
            TLS13,
            &opening::AnotherErrorGiven,
            [
                AlteredRecord,
                ShortPayload,
                AdditionalData,
                OtherSequenceNumber,
            ],
        ),
        planted(TLS13, &opening::ShortPayloadPanics, [ShortPayload]),
        planted(TLS13, &opening::RecordWithoutTypeIsEmpty, [NoContentType]),
        planted(TLS13, &opening::RecordBeforeAccepted, [OtherSequenceNumber]),
        planted(TLS13, &opening::OpeningAllocates, [NoAllocation]),
    ]
}

fn in_tls12() -> Vec<Planted> {
    use Check::*;
    vec![
        planted(TLS12, &claims::PrefixForgotten, [ClaimedLengths]),
        planted(
            TLS12,
            &sealing::InPlaceReadFromTheFront,
            [
                KnownAnswers,
                ContentInPlace,
                ContentTypes,
                WholeOutput,
                OutputLength,
            ],
        ),
        planted(
            TLS12,
            &sealing::ExplicitNonceNotShown,
            [
                KnownAnswers,
                ContentInOneSlice,
                GatheredContent,
                ContentInPlace,
                ContentTypes,
                SequenceNumbers,
                TwoKeys,
            ],
        ),
        planted(
            TLS12,
            &opening::PlaceOfContentInPayloadGiven,
            [
                KnownAnswers,
                ContentTypes,
                SequenceNumbers,
                OpeningInto,
                ExplicitNonce,
                TwoKeys,
            ],
        ),
        planted(
            TLS12,
            &opening::ExplicitNonceNotRead,
            [KnownAnswers, ExplicitNonce, AlteredRecord],
        ),
        planted(TLS12, &opening::TypeNotAuthenticated, [AdditionalData]),
    ]
}

static FIRST_KEY: claims::FirstKeyStays = claims::FirstKeyStays(Mutex::new(None));
