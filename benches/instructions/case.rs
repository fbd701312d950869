//! The cases whose instructions are counted.

use std::fmt;

use rustls::CipherSuite;
use rustls_direct::record::MAX_CONTENT_LEN;
use testing::{Setup, setups};

use crate::bare_call::{AeadCall, BareCall};

/// A keystroke and a full record.
const SIZES: [usize; 2] = [64, MAX_CONTENT_LEN];

/// Bytes of padding in `SealPadded`.
pub(crate) const PADDING: usize = 64;

/// Records per call in `SealMany`.
const MANY: usize = 4;

/// One way to seal or open a record.
pub(crate) struct Case {
    pub(crate) setup: Setup,
    pub(crate) api: Api,
    pub(crate) operation: Operation,
    /// Bytes of content per record.
    pub(crate) size: usize,
}

/// The API that seals or opens the record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Api {
    RecordLayer,
    StateMachine,
    Split,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operation {
    /// Seals content in one slice.
    Seal,
    /// Seals several records in one call.
    SealMany,
    SealChunks,
    SealIoSlices,
    SealInPlace,
    SealPadded,
    Open,
    /// Opens into another slice.
    OpenInto,
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for setup in setups() {
            for api in [Api::RecordLayer, Api::StateMachine, Api::Split] {
                for operation in api.operations() {
                    for size in SIZES {
                        cases.push(Self {
                            setup: setup.clone(),
                            api,
                            operation: *operation,
                            size,
                        });
                    }
                }
            }
        }
        cases.retain(Self::is_worth_counting);
        cases
    }

    fn is_worth_counting(&self) -> bool {
        let is_plain = matches!(self.operation, Operation::Seal | Operation::Open);
        // Plain calls of the record layer are counted for every AEAD; ECDSA and RSA suites protect records alike. All
        // other code is the same for all suites of a version, so one suite per version is enough.
        let suite = match (self.api, is_plain) {
            (Api::RecordLayer, true) => !format!("{:?}", self.setup.id()).contains("_RSA_"),
            _ => [
                CipherSuite::TLS13_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            ]
            .contains(&self.setup.id()),
        };
        // The cost of a copy is of no interest, so operations that copy run on short records only. For the others, a
        // long record would reveal a copy that should not be there.
        let size = match self.operation {
            // Only a full record is followed by another one.
            Operation::SealMany => self.size == MAX_CONTENT_LEN,
            operation => !operation.copies() || self.size == SIZES[0],
        };
        suite && size && (self.operation != Operation::SealPadded || self.setup.is_tls13())
    }

    /// Returns the bare call, whose instructions are subtracted.
    pub(crate) fn bare(&self) -> BareCall {
        let (call, size) = match self.operation {
            Operation::Seal if self.is_copied() => (AeadCall::SealInPlace, self.size),
            Operation::Seal | Operation::SealMany => (AeadCall::Seal, self.size),
            Operation::SealChunks | Operation::SealIoSlices | Operation::SealInPlace => {
                (AeadCall::SealInPlace, self.size)
            }
            Operation::SealPadded => (AeadCall::SealInPlace, self.size + PADDING),
            Operation::Open => (AeadCall::Open, self.size),
            Operation::OpenInto => (AeadCall::OpenInto, self.size),
        };
        BareCall {
            setup: self.setup.clone(),
            call,
            size,
        }
    }

    /// Returns whether the library copies the one slice and seals it in place, although the AEAD could seal out of
    /// place.
    fn is_copied(&self) -> bool {
        let suite = format!("{:?}", self.setup.id());
        self.setup.library == "aws-lc-rs" && suite.contains("CHACHA20") && self.size < 4096
    }
}

impl Api {
    fn operations(self) -> &'static [Operation] {
        use Operation::*;
        match self {
            Self::RecordLayer => &[Seal, SealChunks, SealInPlace, SealPadded, Open, OpenInto],
            Self::StateMachine => &[Seal, SealMany, SealChunks, SealInPlace, Open],
            Self::Split => &[
                Seal,
                SealMany,
                SealChunks,
                SealIoSlices,
                SealInPlace,
                Open,
                OpenInto,
            ],
        }
    }
}

impl Operation {
    /// Returns the number of records per call.
    pub(crate) fn records(self) -> usize {
        match self {
            Self::SealMany => MANY,
            _ => 1,
        }
    }

    /// Returns whether the operation copies or fills bytes that the bare call finds in place.
    fn copies(self) -> bool {
        matches!(
            self,
            Self::SealChunks | Self::SealIoSlices | Self::SealPadded
        )
    }
}

/// Writes the name of the case in the table.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setup,
            api,
            operation,
            size,
        } = self;
        write!(
            f,
            "{}:{:?}:{api:?}:{operation:?}:{size}",
            setup.library,
            setup.id()
        )
    }
}
