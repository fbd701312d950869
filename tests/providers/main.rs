//! Crypto providers other than rustls's own two: adopted ones, whose records we seal from the first of the handshake on,
//! and wrapped ones, which know nothing of us.
//!
//! The rows of `docs/requirements.md` are asked of both as well, by the tests in `requirements`.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod adopted;
mod conversation;
mod odd;
mod record_source;
mod skipped;
mod wrapped;
