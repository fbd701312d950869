//! Which records are sealed with the right key but never sent by rustls?

use rustls::ContentType;

use crate::harness::Harness;

/// Delivers these records after the handshake, then writes and closes.
pub(crate) fn forged(harness: &mut Harness, records: &[(ContentType, &[u8])]) {
    harness.complete_handshake();
    for (typ, content) in records {
        harness.peer_forges(*typ, content);
    }
    harness.deliver();
    harness.peer_reads();
    harness.query_getters();
    harness.write(b"written after the records");
    harness.close();
    harness.peer_reads();
}

/// Likewise, delivers handshake messages in one record.
pub(crate) fn messages(harness: &mut Harness, messages: &[Vec<u8>]) {
    forged(harness, &[(ContentType::Handshake, &messages.concat())]);
}

/// Likewise, delivers alerts, each in its own record.
pub(crate) fn alerts(harness: &mut Harness, alerts: &[[u8; 2]]) {
    let records: Vec<_> = alerts
        .iter()
        .map(|alert| (ContentType::Alert, &alert[..]))
        .collect();
    forged(harness, &records);
}

/// The levels of alerts. RFC 8446 s6.
pub(crate) const WARNING: u8 = 1;
pub(crate) const FATAL: u8 = 2;

/// Some alert descriptions. RFC 8446 s6, RFC 5246 s7.2.
pub(crate) const CLOSE_NOTIFY: u8 = 0;
pub(crate) const HANDSHAKE_FAILURE: u8 = 40;
pub(crate) const USER_CANCELED: u8 = 90;
pub(crate) const NO_RENEGOTIATION: u8 = 100;
