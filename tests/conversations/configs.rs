//! Which configs do conversations use besides the usual ones?

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::server::ProducesTickets;
use rustls::{NamedGroup, RootCertStore};
use testing::{Configs, Identity, Setup};

/// The server requires a client certificate, and the client has one.
pub(crate) fn with_client_auth(setup: &Setup) -> Configs {
    setup
        .clone()
        .with_client_auth()
        .configs()
}

/// The server requires a client certificate, and the client has none.
pub(crate) fn without_required_client_auth(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server = with_client_auth(setup).server;
    configs
}

/// The server wants a key exchange that the client supports but has sent no share for.
pub(crate) fn with_another_group(setup: &Setup) -> Configs {
    let restricted = setup
        .clone()
        .with_groups(&[NamedGroup::secp384r1]);
    let mut configs = setup.configs();
    configs.server = restricted.configs().server;
    configs
}

/// Both sides cut their output into the smallest records that rustls makes.
pub(crate) fn with_tiny_records(setup: &Setup) -> Configs {
    setup
        .clone()
        .with_max_fragment_size(32)
        .configs()
}

/// The client does not trust the server's certificate.
pub(crate) fn with_an_unknown_server(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    let mut roots = RootCertStore::empty();
    roots
        .add(Identity::ecdsa().certificate())
        .expect("a certificate");
    let provider = Arc::clone(configs.client.crypto_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .expect("a verifier");
    configs
        .client
        .dangerous()
        .set_certificate_verifier(verifier);
    configs
}

/// The server keeps its sessions in tickets instead of its store.
pub(crate) fn with_sessions_in_tickets(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server.ticketer = Arc::new(UnprotectedTickets);
    configs
}

/// Tickets without protection, whose lengths never vary.
#[derive(Debug)]
struct UnprotectedTickets;

impl ProducesTickets for UnprotectedTickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        3600
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        Some(plain.to_vec())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        Some(cipher.to_vec())
    }
}
