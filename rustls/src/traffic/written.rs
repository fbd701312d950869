//! How much of the caller's data was sealed.

/// Counts the bytes that a write has sealed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Written {
    /// Bytes of data that were sealed.
    pub consumed: usize,
    /// Bytes at the front of the output that are to be sent.
    pub written: usize,
}
