//! Libraries that read from a stream and write to one, and that copy what they received to the application.

mod application_buffer;
mod memory_stream;
#[cfg(any(feature = "peer-openssl", feature = "peer-boringssl"))]
pub(super) mod openssl;
#[cfg(feature = "peer-s2n")]
pub(super) mod s2n;
mod suite_name;
