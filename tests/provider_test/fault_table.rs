//! The faults that the tests plant, and the checks that find each of them.

use std::any::type_name;
use std::sync::Mutex;

use rustls::CipherSuite;
use rustls_direct_provider_test::Check;

use crate::faulty_provider::Fault;
use crate::{claim_faults, opening_faults, sealing_faults};

pub(crate) const TLS13: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;
pub(crate) const TLS12: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;

/// A fault, the suite it is planted in, and the checks that find it.
pub(crate) struct PlantedFault {
    pub(crate) name: &'static str,
    pub(crate) fault: &'static dyn Fault,
    pub(crate) suite: CipherSuite,
    /// The checks that find it, in the order of the report. No other check does.
    pub(crate) found_by: Vec<Check>,
}

/// Returns all faults that this build can plant.
pub(crate) fn planted_faults() -> Vec<PlantedFault> {
    let mut faults = tls13_faults();
    if cfg!(feature = "tls12") {
        faults.extend(tls12_faults());
    }
    faults
}

fn plant<F: Fault>(
    suite: CipherSuite,
    fault: &'static F,
    found_by: impl Into<Vec<Check>>,
) -> PlantedFault {
    PlantedFault {
        name: type_name::<F>()
            .rsplit("::")
            .next()
            .expect("a name"),
        fault,
        suite,
        found_by: found_by.into(),
    }
}

fn tls13_faults() -> Vec<PlantedFault> {
    use Check::*;
    vec![
        plant(
            TLS13,
            &claim_faults::EncryptedLenOneTooShort,
            [ClaimedLengths],
        ),
        plant(
            TLS13,
            &claim_faults::EncryptedLenRoundedToBlocks,
            [ClaimedLengths],
        ),
        plant(
            TLS13,
            &claim_faults::DecryptedLenIsPayloadLen,
            [ClaimedLengths],
        ),
        plant(
            TLS13,
            &claim_faults::DecryptedLenOfShortPayloadPanics,
            [ClaimedLengths],
        ),
        plant(TLS13, &claim_faults::KeyLenOfAnotherSuite, [KeyLength]),
        plant(TLS13, &claim_faults::KeyOfWrongLengthPanics, [KeyLength]),
        plant(TLS13, &claim_faults::NoAlgorithm, [Suites]),
        plant(TLS13, &claim_faults::AlgorithmPanics, [Suites]),
        plant(TLS13, &FIRST_KEY_USED_FOREVER, [KnownAnswers, TwoKeys]),
        plant(
            TLS13,
            &sealing_faults::NonceNeverChanges,
            [KnownAnswers, SequenceNumbers, TwoKeys],
        ),
        plant(
            TLS13,
            &sealing_faults::SequenceNumberCutTo32Bits,
            [SequenceNumbers],
        ),
        plant(
            TLS13,
            &sealing_faults::SealingCountsFromZero,
            [KnownAnswers, SequenceNumbers],
        ),
        plant(
            TLS13,
            &sealing_faults::SequenceNumbersRelativeToFirst,
            [KnownAnswers, SequenceNumbers],
        ),
        plant(
            TLS13,
            &sealing_faults::SealedTypeAlwaysData,
            [KnownAnswers, ContentTypes],
        ),
        plant(
            TLS13,
            &sealing_faults::PaddingNotSealed,
            [GatheredContent, Padding],
        ),
        plant(
            TLS13,
            &sealing_faults::PaddingNotZero,
            [GatheredContent, Padding],
        ),
        plant(
            TLS13,
            &sealing_faults::StartOfChunksIgnored,
            [GatheredContent, MissingContent],
        ),
        plant(
            TLS13,
            &sealing_faults::EmptyChunkEndsContent,
            [GatheredContent],
        ),
        plant(
            TLS13,
            &sealing_faults::MissingContentReplacedByZeros,
            [MissingContent],
        ),
        plant(
            TLS13,
            &sealing_faults::LastByteOfTagNotWritten,
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
        plant(TLS13, &sealing_faults::LongerOutputAccepted, [OutputLength]),
        plant(
            TLS13,
            &sealing_faults::OutputOfWrongLengthPanics,
            [OutputLength],
        ),
        plant(
            TLS13,
            &sealing_faults::LongestRecordRefused,
            [
                ContentInOneSlice,
                GatheredContent,
                ContentInPlace,
                Padding,
                WholeOutput,
            ],
        ),
        plant(
            TLS13,
            &sealing_faults::AdditionalDataWithVersion0301,
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
        plant(
            TLS13,
            &sealing_faults::AdditionalDataWithVersion0304,
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
        plant(
            TLS13,
            &sealing_faults::AdditionalDataWithInnerType,
            [KnownAnswers, ContentTypes],
        ),
        plant(TLS13, &sealing_faults::SealingAllocates, [NoAllocation]),
        plant(
            TLS13,
            &opening_faults::OpeningCountsFromZero,
            [KnownAnswers, SequenceNumbers, OtherSequenceNumber],
        ),
        plant(
            TLS13,
            &opening_faults::OpenedTypeAlwaysData,
            [KnownAnswers, ContentTypes],
        ),
        plant(TLS13, &opening_faults::PaddingNotRemoved, [Padding]),
        plant(
            TLS13,
            &opening_faults::TrailingZerosOfContentRemoved,
            [KnownAnswers, Padding, OpeningInPlace, OpeningInto],
        ),
        plant(
            TLS13,
            &opening_faults::LastByteOfContentNotCopied,
            [
                KnownAnswers,
                Padding,
                ContentTypes,
                SequenceNumbers,
                OpeningInto,
                TwoKeys,
            ],
        ),
        plant(TLS13, &opening_faults::ShortOutputPanics, [OpeningInto]),
        plant(
            TLS13,
            &opening_faults::PlaintextLeftInPlace,
            [PlaintextLeft],
        ),
        plant(
            TLS13,
            &opening_faults::PlaintextLeftInOutput,
            [PlaintextLeft],
        ),
        plant(
            TLS13,
            &opening_faults::LastByteOfTagNotCompared,
            [AlteredRecord],
        ),
        plant(
            TLS13,
            &opening_faults::LastByteOfTagNotComparedInLongRecords,
            [AlteredRecord],
        ),
        plant(
            TLS13,
            &opening_faults::WrongErrorReturned,
            [
                AlteredRecord,
                ShortPayload,
                AdditionalData,
                OtherSequenceNumber,
            ],
        ),
        plant(TLS13, &opening_faults::ShortPayloadPanics, [ShortPayload]),
        plant(
            TLS13,
            &opening_faults::RecordWithoutTypeOpenedAsEmpty,
            [NoContentType],
        ),
        plant(
            TLS13,
            &opening_faults::PreviousSequenceNumberAccepted,
            [OtherSequenceNumber],
        ),
        plant(TLS13, &opening_faults::OpeningAllocates, [NoAllocation]),
    ]
}

fn tls12_faults() -> Vec<PlantedFault> {
    use Check::*;
    vec![
        plant(TLS12, &claim_faults::PrefixLenIsZero, [ClaimedLengths]),
        plant(
            TLS12,
            &sealing_faults::ContentInPlaceReadFromFront,
            [
                KnownAnswers,
                ContentInPlace,
                ContentTypes,
                WholeOutput,
                OutputLength,
            ],
        ),
        plant(
            TLS12,
            &sealing_faults::ExplicitNonceWrittenAsZeros,
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
        plant(
            TLS12,
            &opening_faults::ContentRangeOfPayloadReturned,
            [
                KnownAnswers,
                ContentTypes,
                SequenceNumbers,
                OpeningInto,
                ExplicitNonce,
                TwoKeys,
            ],
        ),
        plant(
            TLS12,
            &opening_faults::ExplicitNonceIgnored,
            [KnownAnswers, ExplicitNonce, AlteredRecord],
        ),
        plant(
            TLS12,
            &opening_faults::HeaderTypeNotAuthenticated,
            [AdditionalData],
        ),
    ]
}

static FIRST_KEY_USED_FOREVER: claim_faults::FirstKeyUsedForever =
    claim_faults::FirstKeyUsedForever(Mutex::new(None));
