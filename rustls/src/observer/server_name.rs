//! The name that a client asks for.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use std::sync::OnceLock;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Sees the name on its way to the caller's resolver, which is asked in every handshake, a resumption among them.
#[derive(Debug)]
pub(super) struct NameTap {
    inner: Arc<dyn ResolvesServerCert>,
    name: OnceLock<String>,
}

impl NameTap {
    pub(super) fn new(inner: Arc<dyn ResolvesServerCert>) -> Self {
        Self {
            inner,
            name: OnceLock::new(),
        }
    }

    pub(super) fn get(&self) -> Option<&str> {
        self.name.get().map(String::as_str)
    }
}

impl ResolvesServerCert for NameTap {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = client_hello.server_name() {
            // The name of a second ClientHello is the same: rustls has checked it.
            let _ = self.name.set(name.to_owned());
        }
        self.inner.resolve(client_hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.inner.only_raw_public_keys()
    }
}
