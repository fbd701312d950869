//! Records that are sealed with the right key, and that rustls would not send.

use rustls::ContentType;

use crate::stage::Stage;

/// Has these records come after the handshake, then writes and closes.
pub(crate) fn forged(stage: &mut Stage, records: &[(ContentType, &[u8])]) {
    stage.shake_hands();
    for (typ, content) in records {
        stage.peer_forges(*typ, content);
    }
    stage.deliver();
    stage.peer_reads();
    stage.ask();
    stage.write(b"is anything the matter?");
    stage.close();
    stage.peer_reads();
}

/// The same with handshake messages, in one record.
pub(crate) fn messages(stage: &mut Stage, messages: &[Vec<u8>]) {
    forged(stage, &[(ContentType::Handshake, &messages.concat())]);
}

/// The same with alerts, each a record.
pub(crate) fn alerts(stage: &mut Stage, alerts: &[[u8; 2]]) {
    let records: Vec<_> = alerts
        .iter()
        .map(|alert| (ContentType::Alert, &alert[..]))
        .collect();
    forged(stage, &records);
}

/// The levels of alerts. RFC 8446 s6.
pub(crate) const WARNING: u8 = 1;
pub(crate) const FATAL: u8 = 2;

/// Some of what an alert says. RFC 8446 s6, RFC 5246 s7.2.
pub(crate) const CLOSE_NOTIFY: u8 = 0;
pub(crate) const HANDSHAKE_FAILURE: u8 = 40;
pub(crate) const USER_CANCELED: u8 = 90;
pub(crate) const NO_RENEGOTIATION: u8 = 100;
