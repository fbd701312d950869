//! Every combination of cryptography library and cipher suite in this build.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{
    CipherSuite, CipherSuiteCommon, ClientConfig, NamedGroup, RootCertStore, ServerConfig,
    SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};
use rustls_direct::cipher::RecordProvider;
use rustls_direct::crypto::with_records;

use crate::identity::Identity;

/// How connections of rustls-direct find the implementation of their records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Records {
    /// They recognise a suite of rustls.
    Known,
    /// It is passed to `new_with_provider`.
    Passed,
    /// The suite was made by `with_records`.
    Adopted,
    /// They wrap the suite's own objects.
    Wrapped,
}

/// A library and one of its cipher suites.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its name in `rustls-bench`.
    pub library: &'static str,
    pub suite: SupportedCipherSuite,
    pub records: &'static dyn RecordProvider,
    provider: fn() -> CryptoProvider,
    max_fragment_size: Option<usize>,
    pub(crate) record_source: Records,
    /// The configs of all connections, if they share them.
    shared_configs: Option<(Arc<ClientConfig>, Arc<ServerConfig>)>,
    /// The key exchange groups, if not those of the provider.
    groups: Option<&'static [NamedGroup]>,
    client_auth: bool,
    /// Least length of the certificate chains.
    chain_bytes: usize,
    /// Whether to use an RSA key even if the suite allows ECDSA.
    rsa: bool,
}

/// Returns all setups. Without the feature `tls12` those of TLS 1.2 are left out.
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

/// Returns one setup for each library and version, for tests that do not depend on the suite.
pub fn one_setup_per_version() -> Vec<Setup> {
    let mut few = setups();
    few.retain(Setup::is_first_of_its_version);
    assert!(!few.is_empty());
    few
}

/// Returns all setups, and those of [`one_setup_per_version`] adopted and wrapped as well.
pub fn setups_with_every_record_source() -> Vec<Setup> {
    let few = one_setup_per_version();
    let mut every = setups();
    every.extend(few.iter().map(Setup::adopted));
    every.extend(few.iter().map(Setup::wrapped));
    every
}

impl Setup {
    /// Returns all setups of a library that rustls does not come with. `provider` was made with `records`.
    pub fn all_adopted(
        library: &'static str,
        provider: fn() -> CryptoProvider,
        records: &'static dyn RecordProvider,
    ) -> impl Iterator<Item = Self> {
        Self::all(library, provider, records).map(|setup| Self {
            record_source: Records::Adopted,
            ..setup
        })
    }

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
                record_source: Records::Known,
                shared_configs: None,
                groups: None,
                client_auth: false,
                chain_bytes: 0,
                rsa: false,
            })
    }

    pub fn name(&self) -> String {
        let how = match self.record_source {
            Records::Known | Records::Passed => "",
            Records::Adopted => "adopted ",
            Records::Wrapped => "wrapped ",
        };
        format!("{how}{} {:?}", self.library, self.id())
    }

    /// Returns the same suite of another provider, wrapped, or `None` if the provider does not have it.
    pub fn of_provider(&self, provider: fn() -> CryptoProvider) -> Option<Self> {
        let suite = provider()
            .cipher_suites
            .into_iter()
            .find(|suite| suite.suite() == self.id())?;
        Some(Self {
            suite,
            provider,
            record_source: Records::Wrapped,
            ..self.clone()
        })
    }

    /// Returns whether the suite is an unchanged suite of rustls.
    pub(crate) fn is_of_rustls(&self) -> bool {
        self.record_source == Records::Known
    }

    /// Returns whether connections of rustls-direct should run direct.
    pub fn runs_direct(&self) -> bool {
        self.record_source != Records::Wrapped
    }

    /// Replaces the implementation of records.
    pub fn with_records(self, records: &'static dyn RecordProvider) -> Self {
        Self { records, ..self }
    }

    /// Adopts the suite: `records` seals and opens all its records, including those of the handshake.
    pub fn adopted(&self) -> Self {
        let base = CryptoProvider::clone(&self.provider());
        let CryptoProvider { cipher_suites, .. } = with_records(base, self.records);
        let [suite] = cipher_suites[..] else {
            panic!("one suite became {cipher_suites:?}");
        };
        Self {
            suite,
            record_source: Records::Adopted,
            ..self.clone()
        }
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

    /// Limits keys to `limit` sealed records.
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
            record_source: Records::Passed,
            ..self
        }
    }

    /// Makes all connections share their configs, and with them their sessions.
    ///
    /// `change` is applied to the clients' config first.
    pub fn with_memory(self, change: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut client = ClientConfig::clone(&self.client_config());
        change(&mut client);
        let server = self.server_config();
        Self {
            shared_configs: Some((Arc::new(client), server)),
            ..self
        }
    }

    /// Allows only these key exchange groups, in order of preference.
    pub fn with_groups(self, groups: &'static [NamedGroup]) -> Self {
        Self {
            groups: Some(groups),
            ..self
        }
    }

    /// Returns whether it is the first setup of its library and version, for tests that do not depend on the suite.
    pub fn is_first_of_its_version(&self) -> bool {
        setups()
            .iter()
            .find(|other| other.library == self.library && other.is_tls13() == self.is_tls13())
            .is_some_and(|first| first.id() == self.id())
    }

    /// Makes the server require a client certificate, and the client present one.
    pub fn with_client_auth(self) -> Self {
        Self {
            client_auth: true,
            ..self
        }
    }

    /// Makes the certificate chains at least `bytes` long.
    pub fn with_chains_of(self, bytes: usize) -> Self {
        Self {
            chain_bytes: bytes,
            ..self
        }
    }

    /// Uses RSA keys, whose signatures all have the same length. Some suites of TLS 1.2 cannot be used with them.
    pub fn with_rsa(self) -> Self {
        Self { rsa: true, ..self }
    }

    pub fn is_tls13(&self) -> bool {
        self.suite.tls13().is_some()
    }

    /// Returns a certificate that fits the suite.
    pub fn identity(&self) -> &'static Identity {
        match self.rsa || format!("{:?}", self.id()).contains("_RSA_") {
            true => Identity::rsa(),
            false => Identity::ecdsa(),
        }
    }

    /// Returns the certificate chain of both sides.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.identity().chain(self.chain_bytes)
    }

    /// Returns the provider for both configs, with this suite alone.
    pub fn provider(&self) -> Arc<CryptoProvider> {
        let mut provider = (self.provider)();
        provider.cipher_suites = vec![self.suite];
        if let Some(groups) = self.groups {
            let all = provider.kx_groups;
            provider.kx_groups = groups
                .iter()
                .filter_map(|name| {
                    all.iter()
                        .find(|group| group.name() == *name)
                })
                .copied()
                .collect();
            assert_eq!(provider.kx_groups.len(), groups.len());
        }
        Arc::new(provider)
    }

    /// Returns roots that accept the certificate, which is the same on both sides.
    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots
            .add(self.identity().certificate())
            .expect("a certificate");
        roots
    }

    pub fn client_config(&self) -> Arc<ClientConfig> {
        if let Some((config, _)) = &self.shared_configs {
            return Arc::clone(config);
        }
        let builder = ClientConfig::builder_with_provider(self.provider())
            .with_protocol_versions(&[self.suite.version()])
            .expect("the version of the suite")
            .with_root_certificates(self.roots());
        let mut config = match self.client_auth {
            true => builder
                .with_client_auth_cert(self.chain(), self.identity().key())
                .expect("a certificate and its key"),
            false => builder.with_no_client_auth(),
        };
        config.max_fragment_size = self.max_fragment_size;
        Arc::new(config)
    }

    pub fn server_config(&self) -> Arc<ServerConfig> {
        if let Some((_, config)) = &self.shared_configs {
            return Arc::clone(config);
        }
        let verifier = match self.client_auth {
            true => {
                WebPkiClientVerifier::builder_with_provider(self.roots().into(), self.provider())
                    .build()
                    .expect("a root")
            }
            false => Arc::new(NoClientAuth),
        };
        let mut config = ServerConfig::builder_with_provider(self.provider())
            .with_protocol_versions(&[self.suite.version()])
            .expect("the version of the suite")
            .with_client_cert_verifier(verifier)
            .with_single_cert(self.chain(), self.identity().key())
            .expect("a certificate and its key");
        config.max_fragment_size = self.max_fragment_size;
        Arc::new(config)
    }
}

/// Returns the name in every [`Identity`].
pub fn server_name() -> ServerName<'static> {
    ServerName::try_from("localhost").expect("a name")
}
