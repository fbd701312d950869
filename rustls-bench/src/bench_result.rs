//! The results of all commands.

use serde::{Deserialize, Serialize};

use crate::handshake::HandshakeResult;
use crate::memory::MemoryResult;
use crate::transfer_result::TransferResult;

/// One result: an object in the JSON file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum BenchResult {
    Bulk(TransferResult),
    Handshake(HandshakeResult),
    Memory(MemoryResult),
}
