//! TLS servers: [`UnbufferedServerConnection`], `UnbufferedAcceptor` (with the feature `std`), and everything else of
//! `rustls::server`.

#[cfg(feature = "std")]
mod acceptor;
mod connection;

pub use rustls::server::*;

#[cfg(feature = "std")]
pub use acceptor::{AcceptError, UnbufferedAccepted, UnbufferedAcceptor};
pub use connection::UnbufferedServerConnection;
