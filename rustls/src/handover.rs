//! Drives rustls to the end of the handshake and takes its keys.
//!
//! rustls is shown one whole record at a time, and asked after each whether the handshake is complete. Shown more, it
//! would open records that follow, and their plaintext, or a close_notify, would be lost when it is taken over. Only a
//! ChangeCipherSpec is shown together with what follows.
//!
//! Its `TransmitTlsData` is never acknowledged: when chunks are sent is between us and the caller. So rustls is always
//! ready to seal what may go along with them.

mod advance;
mod alert;
mod connection;
mod early_writes;
mod handshake;
mod negotiated;
mod pooled;
mod record_group;
mod refusal;
mod retained;
mod skipped;
mod take_over;

pub(crate) use advance::Step;
#[cfg(feature = "std")]
pub(crate) use alert::append_plaintext_alert;
pub(crate) use connection::Connection;
pub(crate) use handshake::{Handshake, HandshakeParameters};
pub(crate) use negotiated::Negotiated;
pub(crate) use pooled::PooledHandshake;
