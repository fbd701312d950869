//! Finds out whether the bytes of a record tell a failed opening from a successful one.

use rustls::crypto::cipher::{InboundOpaqueMessage, Iv};
use rustls::{ContentType, ProtocolVersion, SupportedCipherSuite};

use super::aead_key::aead_key;
use super::known::known_record_provider;
use super::suites::TAG_LEN;
use super::trial::try_algorithm;
use super::wrapped::wrapped;
use crate::cipher::{NONCE_LEN, TrafficKeys};

/// Returns whether the bytes of a record reveal if rustls could open it with the objects of `suite`.
///
/// That is so if a failed opening leaves only zeros before the tag, and a successful one leaves a byte that is not
/// zero. AWS-LC, ring and our adopted suites do this. The suites of other providers are tried.
pub(crate) fn can_detect_failed_opening(suite: SupportedCipherSuite) -> bool {
    let leaves_nonzero_bytes = || {
        wrapped(suite)
            .and_then(try_algorithm)
            .is_some_and(|trial| trial.leaves_nonzero_bytes)
    };
    known_record_provider(suite).is_some()
        || failed_opening_leaves_zeros(suite) && leaves_nonzero_bytes()
}

/// Returns whether a failed opening with the suite's TLS 1.3 objects leaves only zeros before the tag.
///
/// This calls the suite's own decrypter, as rustls does: our wrapped decrypter wipes the record after a failure.
fn failed_opening_leaves_zeros(suite: SupportedCipherSuite) -> bool {
    let Some(suite) = suite.tls13() else {
        return false;
    };
    let key = [0x5a; TrafficKeys::MAX_KEY_LEN];
    let Some(Ok(key)) = key
        .get(..suite.aead_alg.key_len())
        .map(aead_key)
    else {
        return false;
    };
    let mut decrypter = suite
        .aead_alg
        .decrypter(key, Iv::from([0xa5; NONCE_LEN]));
    let mut payload = [0x77; 2 * TAG_LEN];
    let message = InboundOpaqueMessage::new(
        ContentType::ApplicationData,
        ProtocolVersion::TLSv1_2,
        &mut payload,
    );
    let opened = decrypter.decrypt(message, 0).is_ok();
    !opened && payload[..TAG_LEN] == [0; TAG_LEN]
}
