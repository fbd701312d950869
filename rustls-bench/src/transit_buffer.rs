//! The way from one side of a connection to the other.

use std::mem;

/// More than all messages of a handshake that go one way before an answer.
const CAPACITY: usize = 64 * 1024;

/// Bytes that one side has sent and the other has not dealt with. It never allocates after it was made.
pub(crate) struct TransitBuffer {
    bytes: Box<[u8]>,
    filled: usize,
}

impl TransitBuffer {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![0; CAPACITY].into(),
            filled: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// What is there.
    pub(crate) fn sent(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.filled]
    }

    /// What is there, which is dealt with by that.
    pub(crate) fn take(&mut self) -> &[u8] {
        &self.bytes[..mem::take(&mut self.filled)]
    }

    pub(crate) fn discard(&mut self, count: usize) {
        self.bytes
            .copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    /// Has `write` put something at the end, and say how much.
    pub(crate) fn add(&mut self, write: impl FnOnce(&mut [u8]) -> usize) {
        self.filled += write(&mut self.bytes[self.filled..]);
    }
}
