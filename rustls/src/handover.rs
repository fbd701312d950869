//! Drives rustls to the end of the handshake and takes its keys.
//!
//! rustls gets one whole record at a time. After each record we ask whether the handshake is complete. If rustls got
//! more, it would open the records that follow the handshake, and the handover would lose their plaintext or a
//! close_notify. Only a ChangeCipherSpec is passed together with the record that follows it.
//!
//! We never acknowledge rustls's `TransmitTlsData`, because the caller decides when to send. So rustls stays in that
//! state and can seal data that may be sent along with the handshake.

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
