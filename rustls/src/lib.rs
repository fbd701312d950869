//! TLS records sealed and opened in the caller's own buffers, for rustls.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod cipher;
pub mod client;
pub mod crypto;
mod handover;
pub mod record;
pub mod record_layer;
pub mod server;
mod traffic;
pub mod unbuffered;
