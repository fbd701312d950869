//! Does `complete_handshake` work over transports of all kinds?
#![cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]

mod completing;
mod early_data;
mod failing;
mod transports;
