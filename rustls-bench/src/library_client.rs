//! The operations that are measured of every library.

use testing::raw::Plan;

/// A client of one library, connected to a rustls server.
pub(crate) trait LibraryClient: Send {
    /// Seals `plaintext` with one write, and returns the number of TLS bytes.
    ///
    /// Libraries that write into the caller's buffer write to the front of `out`. The others leave `out` alone.
    fn send(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize;

    /// Opens all records in `tls`, which are those of one or more whole writes, and returns the number of content
    /// bytes.
    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize;

    /// Opens all records in `tls` and leaves their content in `out`. Returns the number of content bytes.
    ///
    /// `out` has room for the content and one byte more.
    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize;
}
