//! Do crypto providers other than rustls's two work?
//!
//! Adopted ones seal and open records from the start of the handshake. Wrapped ones do not know our traits. The tests
//! of the program `requirements` run with both as well.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod adopted;
mod exchange;
mod faulty_provider;
mod opened_or_skipped;
mod record_source;
mod wrapped;
