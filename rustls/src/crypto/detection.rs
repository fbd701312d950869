//! Whether a record that could not be opened is told from one that was, by its bytes.

use rustls::crypto::cipher::{InboundOpaqueMessage, Iv};
use rustls::{ContentType, ProtocolVersion, SupportedCipherSuite};

use super::aead_key::aead_key;
use super::known::known_record_provider;
use super::suites::TAG_LEN;
use super::trial::try_algorithm;
use super::wrapped::wrapped;
use crate::cipher::{NONCE_LEN, TrafficKeys};

/// Whether the bytes of a record tell what became of it after rustls has tried to open it with the objects of `suite`:
/// something that is not zero stays of a record that was opened, and nothing but zeros of one that could not be.
///
/// AWS-LC and ring do so, and suites of ours see to it. Others are tried.
pub(crate) fn can_detect_failed_opening(suite: SupportedCipherSuite) -> bool {
    let leaves_nonzero_bytes = || {
        wrapped(suite)
            .and_then(try_algorithm)
            .is_some_and(|trial| trial.leaves_nonzero_bytes)
    };
    known_record_provider(suite).is_some()
        || failed_opening_leaves_zeros(suite) && leaves_nonzero_bytes()
}

/// Whether the objects of a suite of TLS 1.3 leave nothing but zeros, beside the tag, of a record that they cannot open.
///
/// The objects themselves are asked, as rustls uses them: a wrapped decrypter wipes what they leave.
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
