//! Section A: rustls completes the handshake and is taken over, and nothing is lost between the two.
//!
//! What rustls does is what happens to one who takes its secrets without looking at what else it holds: the buffered
//! connection, unless it is said otherwise.

mod messages;
mod pair;
mod state;
mod surplus;
