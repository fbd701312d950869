//! Every combination of library and cipher suite that this build has.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{
    CipherSuite, CipherSuiteCommon, ClientConfig, RootCertStore, ServerConfig,
    SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};
use rustls_direct::cipher::RecordProvider;
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::record::HEADER_LEN;
use rustls_direct::server::UnbufferedServerConnection;

use crate::{Direct, Endpoint, Identity, Peer};

/// One side of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    Client,
    Server,
}

impl Role {
    pub const BOTH: [Self; 2] = [Self::Client, Self::Server];

    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// A library and one of its cipher suites.
#[derive(Clone, Debug)]
pub struct Setup {
    /// As `rustls-bench` calls it.
    pub library: &'static str,
    pub suite: SupportedCipherSuite,
    pub records: &'static dyn RecordProvider,
    provider: fn() -> CryptoProvider,
    max_fragment_size: Option<usize>,
    /// Whether the suite is another than the library's own.
    altered: bool,
    /// What all connections have, instead of one of their own each.
    shared_configs: Option<(Arc<ClientConfig>, Arc<ServerConfig>)>,
}

/// All of them. TLS 1.2 is left out if the library was built without.
pub fn setups() -> Vec<Setup> {
    let mut setups = Vec::new();
    #[cfg(feature = "aws_lc_rs")]
    setups.extend(Setup::all(
        "aws-lc-rs",
        rustls::crypto::aws_lc_rs::default_provider,
        rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER,
    ));
    #[cfg(feature = "ring")]
    setups.extend(Setup::all(
        "ring",
        rustls::crypto::ring::default_provider,
        rustls_direct::crypto::ring::RECORD_PROVIDER,
    ));
    setups
}

impl Setup {
    #[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
    fn all(
        library: &'static str,
        provider: fn() -> CryptoProvider,
        records: &'static dyn RecordProvider,
    ) -> impl Iterator<Item = Self> {
        provider()
            .cipher_suites
            .into_iter()
            .filter(|suite| cfg!(feature = "tls12") || suite.tls13().is_some())
            .map(move |suite| Self {
                library,
                suite,
                records,
                provider,
                max_fragment_size: None,
                altered: false,
                shared_configs: None,
            })
    }

    pub fn name(&self) -> String {
        format!("{} {:?}", self.library, self.id())
    }

    pub fn id(&self) -> CipherSuite {
        self.suite.suite()
    }

    pub fn with_max_fragment_size(self, size: usize) -> Self {
        Self {
            max_fragment_size: Some(size),
            ..self
        }
    }

    /// The same, with keys that may seal no more than `limit` records.
    pub fn with_confidentiality_limit(self, limit: u64) -> Self {
        let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
            suite: common.suite,
            hash_provider: common.hash_provider,
            confidentiality_limit: limit,
        };
        let suite = match self.suite {
            SupportedCipherSuite::Tls12(suite) => {
                SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                    common: common(&suite.common),
                    prf_provider: suite.prf_provider,
                    kx: suite.kx,
                    sign: suite.sign,
                    aead_alg: suite.aead_alg,
                })))
            }
            SupportedCipherSuite::Tls13(suite) => {
                SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                    common: common(&suite.common),
                    hkdf_provider: suite.hkdf_provider,
                    aead_alg: suite.aead_alg,
                    quic: None,
                })))
            }
        };
        Self {
            suite,
            altered: true,
            ..self
        }
    }

    /// Has all connections share their configs, and with them what they remember of each other.
    ///
    /// `change` is made to the config of clients before.
    pub fn with_memory(self, change: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut client = ClientConfig::clone(&self.client_config());
        change(&mut client);
        let server = self.server_config();
        Self {
            shared_configs: Some((Arc::new(client), server)),
            ..self
        }
    }

    /// Whether it is the first of its library and version, for what does not depend on the suite.
    pub fn is_one_of_few(&self) -> bool {
        setups()
            .iter()
            .find(|other| other.library == self.library && other.is_tls13() == self.is_tls13())
            .is_some_and(|first| first.id() == self.id())
    }

    pub fn is_tls13(&self) -> bool {
        self.suite.tls13().is_some()
    }

    /// A certificate that the suite can be used with.
    pub fn identity(&self) -> &'static Identity {
        match format!("{:?}", self.id()).contains("_RSA_") {
            true => Identity::rsa(),
            false => Identity::ecdsa(),
        }
    }

    fn provider(&self) -> Arc<CryptoProvider> {
        Arc::new(CryptoProvider {
            cipher_suites: vec![self.suite],
            ..(self.provider)()
        })
    }

    pub fn client_config(&self) -> Arc<ClientConfig> {
        if let Some((config, _)) = &self.shared_configs {
            return Arc::clone(config);
        }
        let mut roots = RootCertStore::empty();
        roots
            .add(self.identity().certificate())
            .expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(self.provider())
            .with_protocol_versions(&[self.suite.version()])
            .expect("the version of the suite")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.max_fragment_size = self.max_fragment_size;
        Arc::new(config)
    }

    pub fn server_config(&self) -> Arc<ServerConfig> {
        if let Some((_, config)) = &self.shared_configs {
            return Arc::clone(config);
        }
        let identity = self.identity();
        let mut config = ServerConfig::builder_with_provider(self.provider())
            .with_protocol_versions(&[self.suite.version()])
            .expect("the version of the suite")
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate()], identity.key())
            .expect("a certificate and its key");
        config.max_fragment_size = self.max_fragment_size;
        Arc::new(config)
    }

    /// Our connection in `role`.
    pub fn direct(&self, role: Role) -> Box<dyn Endpoint> {
        match role {
            Role::Client => Box::new(Direct::new(self.client())),
            Role::Server => Box::new(Direct::new(self.server())),
        }
    }

    /// Our client.
    pub fn client(&self) -> UnbufferedClientConnection {
        let (config, name) = (self.client_config(), server_name());
        match self.altered {
            true => UnbufferedClientConnection::new_with_provider(config, name, self.records),
            false => UnbufferedClientConnection::new(config, name),
        }
        .expect("a connection")
    }

    /// Our server.
    pub fn server(&self) -> UnbufferedServerConnection {
        let config = self.server_config();
        match self.altered {
            true => UnbufferedServerConnection::new_with_provider(config, self.records),
            false => UnbufferedServerConnection::new(config),
        }
        .expect("a connection")
    }

    /// The ClientHello that a client begins with, without the header of its record.
    pub fn client_hello(&self) -> Vec<u8> {
        Peer::new(self, Role::Client)
            .write()
            .split_off(HEADER_LEN)
    }

    /// Our connection in `role` and rustls's in the other, after the handshake.
    pub fn connected(&self, role: Role) -> (Box<dyn Endpoint>, Peer) {
        let mut direct = self.direct(role);
        let mut peer = Peer::new(self, role.other());
        peer.talk_to(&mut *direct)
            .unwrap_or_else(|err| panic!("{} {role:?}: {err}", self.name()));
        assert!(direct.is_direct(), "{} {role:?}", self.name());
        assert!(!peer.conn.is_handshaking());
        (direct, peer)
    }
}

/// The name in every [`Identity`].
pub fn server_name() -> ServerName<'static> {
    ServerName::try_from("localhost").expect("a name")
}
