//! A C library whose allocator can not be counted.

pub(crate) const COUNTS: bool = false;
