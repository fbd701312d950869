//! A record provider and a key log that note the secrets to be searched for.

use rustls::{CipherSuite, KeyLog};
use rustls_direct::cipher::{
    AeadAlgorithm, InvalidKey, MessageDecrypter, MessageEncrypter, RecordProvider, TrafficKeys,
};

use crate::scan::look_for;

/// A record provider that notes the keys of every encrypter and decrypter.
#[derive(Debug)]
pub(crate) struct NotingProvider(pub(crate) &'static dyn RecordProvider);

struct NotingAlgorithm(&'static dyn AeadAlgorithm);

impl RecordProvider for NotingProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let like = self.0.algorithm(suite)?;
        Some(Box::leak(Box::new(NotingAlgorithm(like))))
    }
}

impl AeadAlgorithm for NotingAlgorithm {
    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        note(keys);
        self.0.encrypter(keys)
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        note(keys);
        self.0.decrypter(keys)
    }
}

fn note(keys: &TrafficKeys) {
    look_for(KEY, keys.key());
    look_for("an iv", keys.iv().as_bytes());
}

pub(crate) const KEY: &str = "a key";

/// A key log that notes the exporter's secret, which in TLS 1.2 is the master secret.
#[derive(Debug)]
pub(crate) struct NotingLog;

impl KeyLog for NotingLog {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        if matches!(label, "EXPORTER_SECRET" | "CLIENT_RANDOM") {
            look_for("the exporter's secret", secret);
        }
    }
}
