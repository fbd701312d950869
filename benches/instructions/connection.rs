//! A connection after its handshake.

use rustls::ContentType;
use rustls_direct::client::UnbufferedClientConnection;
use testing::{Forger, Role, pattern, shake_hands};

use crate::aligned_buffers;
use crate::case::Case;
use crate::measure::RECORDS;

/// Returns a client after its handshake, and the records that it opens in one measurement.
pub(crate) fn connected(case: &Case) -> (UnbufferedClientConnection, Vec<&'static mut [u8]>) {
    let mut client = case.setup.client();
    let mut peer = Forger::peer(&case.setup, Role::Server);
    shake_hands(&mut client, &mut peer);
    let mut forger = Forger::new(&case.setup, peer);
    let plaintext = pattern(case.size);
    let records = (0..=RECORDS)
        .map(|_| aligned_buffers::input(&forger.seal(ContentType::ApplicationData, &plaintext)))
        .collect();
    (client, records)
}
