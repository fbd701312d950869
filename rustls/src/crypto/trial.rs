//! A record that is sealed and opened by way of trial, before an algorithm is relied on.

use rustls::ContentType;

use super::suites::TAG_LEN;
use crate::cipher::{AeadAlgorithm, NONCE_LEN, OutboundRecord, TrafficKeys};
use crate::record::RecordHeader;

/// What a trial has shown of an algorithm that has passed it.
pub(super) struct TrialResult {
    /// Whether something that is not zero stays of a record that was opened: its type, as a rule.
    pub(super) leaves_nonzero_bytes: bool,
}

/// Seals an alert, and seals and opens a record of data, under numbers that are not the first.
///
/// An object that counts by itself, and does not go by the number that it is given, fails: where we take over from the
/// handshake it would begin anew, and repeat nonces.
///
/// `None` if it does not work.
pub(super) fn try_algorithm(algorithm: &dyn AeadAlgorithm) -> Option<TrialResult> {
    const SEQ: u64 = 0x55;
    // As little as there can be, so that only what lies around it leaves traces.
    const CONTENT: &[u8] = &[0];

    let key = [0x5a; TrafficKeys::MAX_KEY_LEN];
    let key = key.get(..algorithm.key_len())?;
    let keys = TrafficKeys::new(key, &[0xa5; NONCE_LEN]).ok()?;
    let mut encrypter = algorithm.encrypter(&keys).ok()?;
    let mut decrypter = algorithm.decrypter(&keys).ok()?;

    let mut room = [0; 64];
    let payload = room.get_mut(..encrypter.encrypted_payload_len(CONTENT.len()))?;
    let header = RecordHeader::new(
        u8::from(ContentType::ApplicationData),
        u16::try_from(payload.len()).ok()?,
    );
    // Fails if a suite of rustls would show the type that TLS 1.3 hides.
    let alert = OutboundRecord::new(ContentType::Alert, CONTENT.into());
    encrypter
        .encrypt_into(alert, SEQ - 1, payload)
        .ok()?;
    let record = OutboundRecord::new(ContentType::ApplicationData, CONTENT.into());
    encrypter
        .encrypt_into(record, SEQ, payload)
        .ok()?;
    let opened = decrypter
        .decrypt_in_place(header, payload, SEQ)
        .ok()?;
    if payload.get(opened.content)? != CONTENT {
        return None;
    }
    let (plaintext, _) = payload.split_last_chunk::<TAG_LEN>()?;
    Some(TrialResult {
        leaves_nonzero_bytes: plaintext.iter().any(|byte| *byte != 0),
    })
}
