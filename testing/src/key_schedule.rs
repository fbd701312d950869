//! A second implementation of TLS 1.3's traffic keys, from RFC 8446 s7.2 and s7.3 alone.

use std::fmt;
use std::sync::{Arc, Mutex};

use rustls::crypto::tls13::OkmBlock;
use rustls::{KeyLog, Tls13CipherSuite};
use rustls_direct::cipher::{NONCE_LEN, TrafficKeys};

use crate::role::Role;

/// The secrets of a connection of TLS 1.3, as rustls logs them.
#[derive(Default)]
pub struct Secrets(Mutex<Vec<(String, Vec<u8>)>>);

impl Secrets {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Returns the secret with this label. See `rustls::KeyLog`.
    pub fn get(&self, label: &str) -> Option<Vec<u8>> {
        let secrets = self.0.lock().expect("no panic");
        let (_, secret) = secrets
            .iter()
            .find(|(name, _)| name == label)?;
        Some(secret.clone())
    }

    /// Returns the first traffic secret under which `role` seals data.
    pub(crate) fn of(&self, role: Role) -> Option<Vec<u8>> {
        self.get(match role {
            Role::Client => "CLIENT_TRAFFIC_SECRET_0",
            Role::Server => "SERVER_TRAFFIC_SECRET_0",
        })
    }
}

impl KeyLog for Secrets {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        let mut secrets = self.0.lock().expect("no panic");
        assert!(
            secrets
                .iter()
                .all(|(name, _)| name != label),
            "one of each"
        );
        secrets.push((label.into(), secret.to_vec()));
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .finish_non_exhaustive()
    }
}

/// A traffic secret of TLS 1.3, for one direction.
pub(crate) struct Generation {
    suite: &'static Tls13CipherSuite,
    key_len: usize,
    secret: Vec<u8>,
}

impl Generation {
    pub(crate) fn first(suite: &'static Tls13CipherSuite, key_len: usize, secret: Vec<u8>) -> Self {
        Self {
            suite,
            key_len,
            secret,
        }
    }

    /// Updates the secret, and returns its keys.
    pub(crate) fn next(&mut self) -> TrafficKeys {
        self.secret = self.expand("traffic upd", self.secret.len());
        self.keys()
    }

    pub(crate) fn keys(&self) -> TrafficKeys {
        let (key, iv) = (
            self.expand("key", self.key_len),
            self.expand("iv", NONCE_LEN),
        );
        TrafficKeys::new(&key, &iv).expect("key and iv")
    }

    /// HKDF-Expand-Label with an empty context. RFC 8446 s7.1.
    fn expand(&self, label: &str, len: usize) -> Vec<u8> {
        let label = format!("tls13 {label}");
        let info = [
            &u16::try_from(len)
                .expect("short")
                .to_be_bytes()[..],
            &[u8::try_from(label.len()).expect("short")],
            label.as_bytes(),
            &[0],
        ];
        let mut out = vec![0; len];
        self.suite
            .hkdf_provider
            .expander_for_okm(&OkmBlock::new(&self.secret))
            .expand_slice(&info, &mut out)
            .expect("short");
        out
    }
}
