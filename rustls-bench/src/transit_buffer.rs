//! Bytes in transit from one side of a connection to the other.

use std::mem;

/// Larger than all handshake messages that one side sends before the other side answers.
const CAPACITY: usize = 64 * 1024;

/// Bytes that one side has sent and the other side has not consumed. It allocates only when it is created.
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

    /// Returns the bytes in transit, which stay in the buffer.
    pub(crate) fn filled(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.filled]
    }

    /// Returns the bytes in transit and empties the buffer.
    pub(crate) fn take(&mut self) -> &[u8] {
        &self.bytes[..mem::take(&mut self.filled)]
    }

    /// Removes `count` bytes from the front.
    pub(crate) fn discard(&mut self, count: usize) {
        self.bytes
            .copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    /// Appends the bytes that `write` puts into the free room. `write` returns how many they are.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut [u8]) -> usize) {
        self.filled += write(&mut self.bytes[self.filled..]);
    }
}
