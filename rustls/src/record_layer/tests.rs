//! Tests of the record layer alone, with a fake provider that does not encrypt.

mod fake;
mod keys;
mod opening;
mod refused;
mod sealing;

use alloc::vec;
use alloc::vec::Vec;

use rustls::{CipherSuite, ContentType, ProtocolVersion};

use fake::*;

use super::*;
use crate::cipher::{Content, TrafficKeys};
use crate::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};

const TLS13: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;
const TLS12: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
const TAG_LEN: usize = 16;

fn keys(behaviour: u8) -> TrafficKeys {
    TrafficKeys::new(&[behaviour], &[0; 12]).unwrap()
}

fn sealer(suite: CipherSuite, seq: u64, limit: u64) -> EncryptionState {
    EncryptionState::new(&Fake, suite, &keys(HONEST), seq, limit).unwrap()
}

fn opener(suite: CipherSuite) -> DecryptionState {
    DecryptionState::new(&Fake, suite, &keys(HONEST), 0).unwrap()
}

fn data(content: &[u8]) -> OutboundRecord<'_> {
    OutboundRecord::new(ContentType::ApplicationData, content.into())
}

fn sealed(sealer: &mut EncryptionState, record: OutboundRecord<'_>) -> Vec<u8> {
    let len = sealer.encrypted_len(record.content.len() + record.padding);
    let mut out = vec![0xee; len];
    assert_eq!(sealer.encrypt_outgoing(record, &mut out), Ok(len));
    out
}
