//! What a command has found out, of whatever kind.

use serde::{Deserialize, Serialize};

use crate::handshake::HandshakeTime;
use crate::measurement::Measurement;
use crate::memory::IdleBytes;

/// An object of the JSON file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Finding {
    Bulk(Measurement),
    Handshake(HandshakeTime),
    Memory(IdleBytes),
}
