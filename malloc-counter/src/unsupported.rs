//! A C library whose allocator cannot be counted.

/// Whether this system can count.
pub(crate) const COUNTS: bool = false;
