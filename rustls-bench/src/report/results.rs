//! The results of all measured cases.

use serde::{Deserialize, Serialize};

use crate::bench_result::BenchResult;
use crate::direction::Direction;
use crate::handshake::{HandshakeResult, Side};
use crate::handshake_configs::HandshakeMode;
use crate::library::Library;
use crate::memory::MemoryResult;
use crate::output::Output;
use crate::transfer_result::TransferResult;

#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct Results {
    /// Transfers by one thread.
    pub(super) records: Vec<TransferResult>,
    /// Transfers by one thread and by several.
    pub(super) threads: Vec<TransferResult>,
    pub(super) handshakes: Vec<HandshakeResult>,
    pub(super) memory: Vec<MemoryResult>,
}

/// A transfer that all libraries were measured with, by one thread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Case<'a> {
    pub(super) provider: &'a str,
    pub(super) suite: &'a str,
    pub(super) direction: Direction,
    pub(super) size: u32,
}

impl<'a> Case<'a> {
    pub(super) fn of(measurement: &'a TransferResult) -> Self {
        Self {
            provider: &measurement.provider,
            suite: &measurement.suite,
            direction: measurement.direction,
            size: measurement.plaintext_size,
        }
    }
}

impl Results {
    pub(super) fn record(&self, lib: &str, case: Case<'_>) -> Option<&TransferResult> {
        self.records
            .iter()
            .find(|record| record.lib == lib && Case::of(record) == case)
    }

    /// Returns the result of the bare AEAD call.
    pub(super) fn raw(&self, case: Case<'_>) -> Option<&TransferResult> {
        self.record(Library::Raw.name(), case)
    }

    /// Returns the names of all libraries, with the bare AEAD call last.
    pub(super) fn libs(&self) -> Vec<&str> {
        let mut libs = Vec::new();
        for record in &self.records {
            if record.lib != Library::Raw.name() && !libs.contains(&record.lib.as_str()) {
                libs.push(&record.lib);
            }
        }
        libs.push(Library::Raw.name());
        libs
    }

    pub(super) fn handshake(
        &self,
        lib: &str,
        suite: &str,
        kind: HandshakeMode,
        side: Side,
    ) -> Option<&HandshakeResult> {
        self.handshakes.iter().find(|time| {
            time.lib == lib && time.suite == suite && time.handshake == kind && time.side == side
        })
    }

    /// Adds all results to the output.
    pub(super) fn add_to(&self, output: &mut Output) {
        output.add(&self.records, BenchResult::Bulk);
        output.add(&self.threads, BenchResult::Bulk);
        output.add(&self.handshakes, BenchResult::Handshake);
        output.add(&self.memory, BenchResult::Memory);
    }
}
