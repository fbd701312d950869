//! Libraries that read from and write to a stream, and copy received content to the application.

mod application_buffer;
mod memory_stream;
#[cfg(any(feature = "peer-openssl", feature = "peer-boringssl"))]
pub(super) mod openssl;
#[cfg(feature = "peer-s2n")]
pub(super) mod s2n;
mod suite_name;
