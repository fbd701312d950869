//! What the two sides of a conversation are configured with, if not as usual.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::server::ProducesTickets;
use rustls::{NamedGroup, RootCertStore};
use testing::{Configs, Identity, Setup};

/// The client has to show a certificate, and does.
pub(crate) fn with_client_auth(setup: &Setup) -> Configs {
    setup
        .clone()
        .with_client_auth()
        .configs()
}

/// The client has to show a certificate, and does not.
pub(crate) fn with_client_auth_in_vain(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server = with_client_auth(setup).server;
    configs
}

/// The server wants a key exchange that the client supports, but has sent no share for.
pub(crate) fn with_another_group(setup: &Setup) -> Configs {
    let picky = setup
        .clone()
        .with_groups(&[NamedGroup::secp384r1]);
    let mut configs = setup.configs();
    configs.server = picky.configs().server;
    configs
}

/// Both cut what they send into records as small as rustls makes them.
pub(crate) fn with_tiny_records(setup: &Setup) -> Configs {
    setup
        .clone()
        .with_max_fragment_size(32)
        .configs()
}

/// The client trusts somebody else.
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

/// The server's sessions are in the tickets, and not in its store.
pub(crate) fn with_sessions_in_tickets(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server.ticketer = Arc::new(Unprotected);
    configs
}

/// Tickets that anybody can read, whose lengths are always the same.
#[derive(Debug)]
struct Unprotected;

impl ProducesTickets for Unprotected {
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
