//! What every measured library does with records.

use testing::raw::Plan;

/// A library with a connection.
pub(crate) trait LibraryClient: Send {
    /// Writes `plaintext` once, into the front of `out`, and returns how many bytes that made.
    fn send(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize;

    /// Reads the records of `tls`, each of as many writes as fit, and returns how many bytes of content there were.
    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize;

    /// As `recv`, but the content is wanted in `out`, which has room for it and one byte.
    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize;
}
