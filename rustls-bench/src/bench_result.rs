//! What a command has found out, of whatever kind.

use serde::{Deserialize, Serialize};

use crate::handshake::HandshakeResult;
use crate::memory::MemoryResult;
use crate::transfer_result::TransferResult;

/// An object of the JSON file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum BenchResult {
    Bulk(TransferResult),
    Handshake(HandshakeResult),
    Memory(MemoryResult),
}
