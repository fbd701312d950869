//! What is counted.

use std::fmt;

use rustls::CipherSuite;
use rustls_direct::record::MAX_CONTENT_LEN;
use testing::{Setup, setups};

use crate::bare_call::{AeadCall, BareCall};

/// A keystroke and a full record.
const SIZES: [usize; 2] = [64, MAX_CONTENT_LEN];

/// Zero bytes that hide the length of content.
pub(crate) const PADDING: usize = 64;

/// Records of a write that is longer than one.
const MANY: usize = 4;

/// One way of a record.
pub(crate) struct Case {
    pub(crate) setup: Setup,
    pub(crate) path: Path,
    pub(crate) act: Act,
    /// Bytes of content of each record.
    pub(crate) size: usize,
}

/// What a record goes through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Path {
    RecordLayer,
    StateMachine,
    Split,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// From one slice.
    Seal,
    /// Several in one call.
    SealMany,
    SealChunks,
    SealIoSlices,
    SealInPlace,
    SealPadded,
    Open,
    /// Into another slice.
    OpenInto,
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for setup in setups() {
            for path in [Path::RecordLayer, Path::StateMachine, Path::Split] {
                for act in path.acts() {
                    for size in SIZES {
                        cases.push(Self {
                            setup: setup.clone(),
                            path,
                            act: *act,
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
        let is_plain = matches!(self.act, Act::Seal | Act::Open);
        // Every AEAD has these calls. What else there is to a version is the same for all of its suites, and ECDSA and
        // RSA suites protect their records alike.
        let suite = match (self.path, is_plain) {
            (Path::RecordLayer, true) => !format!("{:?}", self.setup.id()).contains("_RSA_"),
            _ => [
                CipherSuite::TLS13_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            ]
            .contains(&self.setup.id()),
        };
        // How long a copy takes is no business of ours. Where nothing should be copied, a long record would show it.
        let size = match self.act {
            // Only full records are followed by another.
            Act::SealMany => self.size == MAX_CONTENT_LEN,
            act => !act.copies() || self.size == SIZES[0],
        };
        suite && size && (self.act != Act::SealPadded || self.setup.is_tls13())
    }

    /// The call that is not counted.
    pub(crate) fn bare(&self) -> BareCall {
        let (call, size) = match self.act {
            Act::Seal if self.is_copied() => (AeadCall::SealInPlace, self.size),
            Act::Seal | Act::SealMany => (AeadCall::Seal, self.size),
            Act::SealChunks | Act::SealIoSlices | Act::SealInPlace => {
                (AeadCall::SealInPlace, self.size)
            }
            Act::SealPadded => (AeadCall::SealInPlace, self.size + PADDING),
            Act::Open => (AeadCall::Open, self.size),
            Act::OpenInto => (AeadCall::OpenInto, self.size),
        };
        BareCall {
            setup: self.setup.clone(),
            call,
            size,
        }
    }

    /// Whether one slice is sealed where it was copied to, although the library could do without.
    fn is_copied(&self) -> bool {
        let suite = format!("{:?}", self.setup.id());
        self.setup.library == "aws-lc-rs" && suite.contains("CHACHA20") && self.size < 4096
    }
}

impl Path {
    fn acts(self) -> &'static [Act] {
        use Act::*;
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

impl Act {
    /// Records that each call makes.
    pub(crate) fn records(self) -> usize {
        match self {
            Self::SealMany => MANY,
            _ => 1,
        }
    }

    /// Whether bytes are copied or filled that the bare call finds in their place.
    fn copies(self) -> bool {
        matches!(
            self,
            Self::SealChunks | Self::SealIoSlices | Self::SealPadded
        )
    }
}

/// Its name in the table.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setup,
            path,
            act,
            size,
        } = self;
        write!(
            f,
            "{}:{:?}:{path:?}:{act:?}:{size}",
            setup.library,
            setup.id()
        )
    }
}
