//! Every combination of library and cipher suite that this build has.

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

/// How our connections find what seals and opens their records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Records {
    /// The suite is one of rustls's.
    Known,
    /// It is passed to them.
    Passed,
    /// The suite is one that was made to have its records sealed by us.
    Adopted,
    /// Not at all: the suite's own objects are wrapped.
    Wrapped,
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
    pub(crate) finds: Records,
    /// What all connections have, instead of one of their own each.
    shared_configs: Option<(Arc<ClientConfig>, Arc<ServerConfig>)>,
    /// The key exchange groups, if not the provider's own.
    groups: Option<&'static [NamedGroup]>,
    client_auth: bool,
    /// How long the chains of certificates are at least.
    chain_bytes: usize,
    /// Whether there is an RSA key also where an ECDSA key would do.
    rsa: bool,
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

/// One for each library and version, for tests of what does not depend on the suite.
pub fn one_setup_per_version() -> Vec<Setup> {
    let mut few = setups();
    few.retain(Setup::is_first_of_its_version);
    assert!(!few.is_empty());
    few
}

/// All of them, and of those in [`one_setup_per_version`] also the two other ways to records: adopted and wrapped.
pub fn setups_with_every_record_source() -> Vec<Setup> {
    let few = one_setup_per_version();
    let mut every = setups();
    every.extend(few.iter().map(Setup::adopted));
    every.extend(few.iter().map(Setup::wrapped));
    every
}

impl Setup {
    /// All of a library that is not rustls's, whose `provider` was made with `records`.
    pub fn all_adopted(
        library: &'static str,
        provider: fn() -> CryptoProvider,
        records: &'static dyn RecordProvider,
    ) -> impl Iterator<Item = Self> {
        Self::all(library, provider, records).map(|setup| Self {
            finds: Records::Adopted,
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
                finds: Records::Known,
                shared_configs: None,
                groups: None,
                client_auth: false,
                chain_bytes: 0,
                rsa: false,
            })
    }

    pub fn name(&self) -> String {
        let how = match self.finds {
            Records::Known | Records::Passed => "",
            Records::Adopted => "adopted ",
            Records::Wrapped => "wrapped ",
        };
        format!("{how}{} {:?}", self.library, self.id())
    }

    /// The same suite as another provider has it, which is wrapped. `None` if that has none.
    pub fn of_provider(&self, provider: fn() -> CryptoProvider) -> Option<Self> {
        let suite = provider()
            .cipher_suites
            .into_iter()
            .find(|suite| suite.suite() == self.id())?;
        Some(Self {
            suite,
            provider,
            finds: Records::Wrapped,
            ..self.clone()
        })
    }

    /// Whether it is one of rustls's, as it is.
    pub(crate) fn is_of_rustls(&self) -> bool {
        self.finds == Records::Known
    }

    /// Whether our connections are to run direct.
    pub fn runs_direct(&self) -> bool {
        self.finds != Records::Wrapped
    }

    /// The same, with other records.
    pub fn with_records(self, records: &'static dyn RecordProvider) -> Self {
        Self { records, ..self }
    }

    /// The same, with a suite of which all records, those of the handshake too, are sealed and opened by us.
    pub fn adopted(&self) -> Self {
        let base = CryptoProvider::clone(&self.provider());
        let CryptoProvider { cipher_suites, .. } = with_records(base, self.records);
        let [suite] = cipher_suites[..] else {
            panic!("one suite became {cipher_suites:?}");
        };
        Self {
            suite,
            finds: Records::Adopted,
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
            finds: Records::Passed,
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

    /// With these key exchange groups only, the best first.
    pub fn with_groups(self, groups: &'static [NamedGroup]) -> Self {
        Self {
            groups: Some(groups),
            ..self
        }
    }

    /// Whether it is the first of its library and version, for what does not depend on the suite.
    pub fn is_first_of_its_version(&self) -> bool {
        setups()
            .iter()
            .find(|other| other.library == self.library && other.is_tls13() == self.is_tls13())
            .is_some_and(|first| first.id() == self.id())
    }

    /// With a client that shows its certificate to a server that insists on one.
    pub fn with_client_auth(self) -> Self {
        Self {
            client_auth: true,
            ..self
        }
    }

    /// With chains of certificates that are at least as long as this.
    pub fn with_chains_of(self, bytes: usize) -> Self {
        Self {
            chain_bytes: bytes,
            ..self
        }
    }

    /// With RSA keys, whose signatures are all of the same length. Not every suite of TLS 1.2 can be used with them.
    pub fn with_rsa(self) -> Self {
        Self { rsa: true, ..self }
    }

    pub fn is_tls13(&self) -> bool {
        self.suite.tls13().is_some()
    }

    /// A certificate that the suite can be used with.
    pub fn identity(&self) -> &'static Identity {
        match self.rsa || format!("{:?}", self.id()).contains("_RSA_") {
            true => Identity::rsa(),
            false => Identity::ecdsa(),
        }
    }

    /// The certificates that each side shows.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.identity().chain(self.chain_bytes)
    }

    /// The provider of both sides' configs, with this suite alone.
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

    /// Both sides show the same certificate.
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

/// The name in every [`Identity`].
pub fn server_name() -> ServerName<'static> {
    ServerName::try_from("localhost").expect("a name")
}
