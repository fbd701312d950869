//! TLS servers: [`UnbufferedServerConnection`], `UnbufferedAcceptor` (needs `std`), and everything else of
//! `rustls::server`.

#[cfg(feature = "std")]
mod acceptor;
mod connection;

pub use rustls::server::*;

#[cfg(feature = "std")]
pub use acceptor::{AcceptError, UnbufferedAccepted, UnbufferedAcceptor};
pub use connection::UnbufferedServerConnection;
