//! What the agreed set has found out.

use serde::{Deserialize, Serialize};

use crate::configs::Kind;
use crate::direction::Direction;
use crate::finding::Finding;
use crate::handshake::{HandshakeTime, Side};
use crate::library::Lib;
use crate::measurement::Measurement;
use crate::memory::IdleBytes;
use crate::output::Output;

#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct Results {
    /// By one thread.
    pub(super) records: Vec<Measurement>,
    /// By one and by several.
    pub(super) threads: Vec<Measurement>,
    pub(super) handshakes: Vec<HandshakeTime>,
    pub(super) memory: Vec<IdleBytes>,
}

/// What all libraries were asked to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Task<'a> {
    pub(super) provider: &'a str,
    pub(super) suite: &'a str,
    pub(super) direction: Direction,
    pub(super) size: u32,
}

impl<'a> Task<'a> {
    pub(super) fn of(measurement: &'a Measurement) -> Self {
        Self {
            provider: &measurement.provider,
            suite: &measurement.suite,
            direction: measurement.direction,
            size: measurement.plaintext_size,
        }
    }
}

impl Results {
    pub(super) fn record(&self, lib: &str, task: Task<'_>) -> Option<&Measurement> {
        self.records
            .iter()
            .find(|record| record.lib == lib && Task::of(record) == task)
    }

    /// The bare AEAD call's.
    pub(super) fn raw(&self, task: Task<'_>) -> Option<&Measurement> {
        self.record(Lib::Raw.name(), task)
    }

    /// The names of all libraries, the bare AEAD call last.
    pub(super) fn libs(&self) -> Vec<&str> {
        let mut libs = Vec::new();
        for record in &self.records {
            if record.lib != Lib::Raw.name() && !libs.contains(&record.lib.as_str()) {
                libs.push(&record.lib);
            }
        }
        libs.push(Lib::Raw.name());
        libs
    }

    pub(super) fn handshake(
        &self,
        lib: &str,
        suite: &str,
        kind: Kind,
        side: Side,
    ) -> Option<&HandshakeTime> {
        self.handshakes.iter().find(|time| {
            time.lib == lib && time.suite == suite && time.handshake == kind && time.side == side
        })
    }

    /// Adds everything to the findings.
    pub(super) fn add_to(&self, output: &mut Output) {
        output.add(&self.records, Finding::Bulk);
        output.add(&self.threads, Finding::Bulk);
        output.add(&self.handshakes, Finding::Handshake);
        output.add(&self.memory, Finding::Memory);
    }
}
