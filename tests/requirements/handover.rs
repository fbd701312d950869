//! Section A: Is rustls's connection taken over without loss at the end of the handshake?
//!
//! For comparison, rustls is a connection whose secrets are taken without regard to its buffers: the buffered
//! connection, unless a test says otherwise.

mod messages;
mod pair;
mod state;
mod surplus;
