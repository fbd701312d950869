//! The directions of a transfer.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The direction of a transfer, as the client sees it, and where the content ends up.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// Seals content into a TLS buffer
    Send,
    /// Opens records; the content stays where the library leaves it
    Recv,
    /// Opens records; the content goes to a slice of the application
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
