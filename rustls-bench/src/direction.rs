//! The directions of a transfer.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Which way records go.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// Content is sealed into a buffer for TLS
    Send,
    /// Records are opened, in place where the library does that
    Recv,
    /// Records are opened, and their content is wanted in another slice
    Into,
}

impl Direction {
    pub(crate) const ALL: [Self; 3] = [Self::Send, Self::Recv, Self::Into];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Recv => "recv",
            Self::Into => "into",
        }
    }
}
