//! Watches a handshake for what rustls's unbuffered API does not tell: the exporter's secret, and the name that a client
//! asked for.
//!
//! Each connection has a copy of its config, in which the key log and the resolver of certificates are ours and pass on
//! to the caller's.

mod exporter;
mod randoms;
mod server_name;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;

use rustls::{ClientConfig, ServerConfig, SupportedCipherSuite};

pub(crate) use exporter::Exporter;
use exporter::SecretTap;
use randoms::ServerRandom;
use server_name::NameTap;

/// What was seen of one handshake so far.
pub(crate) struct Observer {
    secret: Arc<SecretTap>,
    server_random: ServerRandom,
    server_name: Option<Arc<NameTap>>,
}

impl Observer {
    pub(crate) fn of_client(config: &mut ClientConfig) -> Self {
        let secret = Arc::new(SecretTap::new(config.key_log.clone()));
        config.key_log = secret.clone();
        Self {
            secret,
            server_random: ServerRandom::default(),
            server_name: None,
        }
    }

    pub(crate) fn of_server(config: &mut ServerConfig) -> Self {
        let secret = Arc::new(SecretTap::new(config.key_log.clone()));
        config.key_log = secret.clone();
        let server_name = Arc::new(NameTap::new(config.cert_resolver.clone()));
        config.cert_resolver = server_name.clone();
        Self {
            secret,
            server_random: ServerRandom::default(),
            server_name: Some(server_name),
        }
    }

    /// Looks at records that the server sends.
    pub(crate) fn see_records_of_server(&mut self, records: &[u8]) {
        self.server_random.see(records);
    }

    /// The name that the client asked for.
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.server_name.as_ref()?.get()
    }

    /// What remains once the handshake is complete.
    pub(crate) fn finish(self, suite: SupportedCipherSuite) -> (Option<Exporter>, Option<String>) {
        let server_name = self.server_name().map(str::to_owned);
        let exporter = self
            .secret
            .take()
            .and_then(|seen| Exporter::new(suite, seen, self.server_random.get()));
        (exporter, server_name)
    }
}
