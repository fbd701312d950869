//! Tries an algorithm before a connection relies on it: seals and opens records under a test key.

use rustls::ContentType;

use super::suites::TAG_LEN;
use crate::cipher::{AeadAlgorithm, NONCE_LEN, OutboundRecord, TrafficKeys};
use crate::record::RecordHeader;

/// What the trial of a working algorithm has shown.
pub(super) struct TrialResult {
    /// Whether an opened record holds a byte that is not zero, besides the tag. Usually that is its type byte.
    pub(super) leaves_nonzero_bytes: bool,
}

/// Seals an alert, then seals and opens a record of application data, under sequence numbers other than 0.
///
/// An algorithm fails if it ignores the given sequence number and counts by itself: after the handover it would start
/// at 0 again and repeat nonces.
///
/// `None` if the algorithm does not work.
pub(super) fn try_algorithm(algorithm: &dyn AeadAlgorithm) -> Option<TrialResult> {
    const SEQ: u64 = 0x55;
    // A single zero, so that a byte that is not zero comes from outside the content.
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
    // Fails if a suite of rustls writes into the header the type that TLS 1.3 encrypts.
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
