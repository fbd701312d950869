//! What happens without the feature `tls12`, if rustls negotiates TLS 1.2?

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Connection, Error, ProtocolVersion,
    RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion,
};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::server::UnbufferedServerConnection;
use testing::{Direct, Endpoint, Identity, Peer, Role, server_name};

/// The versions of a config by default.
const DEFAULT: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// The providers of all libraries in this build, with suites of both versions.
fn providers() -> Vec<Arc<CryptoProvider>> {
    vec![
        #[cfg(feature = "aws_lc_rs")]
        rustls::crypto::aws_lc_rs::default_provider().into(),
        #[cfg(feature = "ring")]
        rustls::crypto::ring::default_provider().into(),
    ]
}

fn client_config(
    provider: &Arc<CryptoProvider>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(Identity::ecdsa().certificate())
        .expect("a certificate");
    ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .expect("suites of these versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
        .into()
}

fn server_config(
    provider: &Arc<CryptoProvider>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .expect("suites of these versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![Identity::ecdsa().certificate()],
            Identity::ecdsa().key(),
        )
        .expect("a certificate and its key")
        .into()
}

/// A connection of ours in `role` that allows both versions, and a peer that allows `versions`.
fn pair(
    provider: &Arc<CryptoProvider>,
    role: Role,
    versions: &[&'static SupportedProtocolVersion],
) -> (Box<dyn Endpoint>, Peer) {
    let (direct, conn): (Box<dyn Endpoint>, Connection) = match role {
        Role::Client => {
            let ours = client_config(provider, DEFAULT);
            let client =
                UnbufferedClientConnection::new(ours, server_name()).expect("a connection");
            let server = ServerConnection::new(server_config(provider, versions));
            (
                Box::new(Direct::new(client)),
                server.expect("a connection").into(),
            )
        }
        Role::Server => {
            let ours = server_config(provider, DEFAULT);
            let server = UnbufferedServerConnection::new(ours).expect("a connection");
            let theirs = client_config(provider, versions);
            let client = ClientConnection::new(theirs, server_name());
            (
                Box::new(Direct::new(server)),
                client.expect("a connection").into(),
            )
        }
    };
    let peer = Peer::of(conn);
    (direct, peer)
}

#[test]
fn a_peer_with_only_tls_1_2_is_refused_with_an_alert() {
    for provider in providers() {
        for role in Role::BOTH {
            let (mut direct, mut peer) = pair(&provider, role, &[&TLS12]);
            let error = peer
                .talk_to(&mut *direct)
                .expect_err("TLS 1.2");
            assert!(error.to_string().contains("`tls12`"), "{error}");

            direct.app().outgoing.clear();
            let again = direct
                .run()
                .expect_err("a repeated error");
            assert_eq!(again.to_string(), error.to_string());
            assert_eq!(
                peer.read(&direct.app().outgoing),
                Err(Error::AlertReceived(AlertDescription::ProtocolVersion))
            );
            assert!(!direct.is_direct());
        }
    }
}

#[test]
fn a_peer_with_both_versions_gets_tls_1_3() {
    for provider in providers() {
        for role in Role::BOTH {
            let (mut direct, mut peer) = pair(&provider, role, DEFAULT);
            peer.talk_to(&mut *direct)
                .expect("a handshake");
            assert!(direct.is_direct());
            assert_eq!(peer.conn.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        }
    }
}
