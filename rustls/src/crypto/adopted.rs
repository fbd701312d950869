//! Adopted cipher suites: copies of a provider's suites whose handshake records we protect as well.

use alloc::boxed::Box;

use once_cell::race::OnceBox;
#[cfg(feature = "tls12")]
use rustls::Tls12CipherSuite;
use rustls::crypto::CryptoProvider;
use rustls::{CipherSuiteCommon, SupportedCipherSuite, Tls13CipherSuite};

use super::for_rustls::AlgorithmForRustls;
use super::suites::{Cipher, is_same, is_same_provider};
use super::trial::try_algorithm;
use crate::cipher::RecordProvider;

/// Returns `base` with `records` sealing and opening all records, even in the handshake.
///
/// Key exchange, signatures, randomness, hashes and QUIC remain those of `base`. Each cipher suite is replaced by one
/// whose records are protected by the algorithm that `records` has for it. The order stays. A suite is left out if:
///
/// - `records` has no algorithm for it,
/// - it is not one of rustls's nine suites, because rustls has no type for its extracted keys, or
/// - its algorithm rejects a key of the suite, or fails to open a record that it has sealed.
///
/// The returned provider is not FIPS-approved, even if `base` is. The `fips` methods of rustls's configs report that.
///
/// Connections of this crate recognise such a suite after the handshake, and keep its algorithm:
/// [`is_direct`](crate::unbuffered::CommonState::is_direct) is true. rustls's own connections can use
/// the provider like any other.
///
/// rustls's suites are static, so each new one is leaked. Calls with the same suite and records return the same static,
/// so a program may call this any number of times.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "ring")]
/// # fn main() -> Result<(), rustls::Error> {
/// use std::sync::Arc;
///
/// use rustls::{ClientConfig, RootCertStore};
/// use rustls_direct::crypto::{ring, with_records};
///
/// let provider = with_records(rustls::crypto::ring::default_provider(), ring::RECORD_PROVIDER);
/// let config = ClientConfig::builder_with_provider(Arc::new(provider))
///     .with_safe_default_protocol_versions()?
///     .with_root_certificates(RootCertStore::empty())
///     .with_no_client_auth();
/// # let _ = config;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "ring"))]
/// # fn main() {}
/// ```
pub fn with_records(base: CryptoProvider, records: &'static dyn RecordProvider) -> CryptoProvider {
    let cipher_suites = base
        .cipher_suites
        .iter()
        .filter_map(|suite| adopt(*suite, records))
        .collect();
    CryptoProvider {
        cipher_suites,
        ..base
    }
}

/// Returns the record provider that `suite` was adopted with.
pub(super) fn record_provider_of(
    suite: SupportedCipherSuite,
) -> Option<&'static dyn RecordProvider> {
    adopted()
        .find(|known| is_same(known.suite, suite))
        .map(|known| known.records)
}

/// Iterates over all adopted suites.
pub(super) fn suites() -> impl Iterator<Item = SupportedCipherSuite> {
    adopted().map(|known| known.suite)
}

fn adopt(
    base: SupportedCipherSuite,
    records: &'static dyn RecordProvider,
) -> Option<SupportedCipherSuite> {
    // Adopting an adopted suite starts from its base, so that suites do not form a chain that grows with every call.
    let base = adopted()
        .find(|known| is_same(known.suite, base))
        .map_or(base, |known| known.base);
    let algorithm = records.algorithm(base.suite())?;
    let cipher = Cipher::of(base.suite())?;
    if let Some(known) = adopted().find(|known| known.is_of(base, records)) {
        return Some(known.suite);
    }
    // rustls's traits have no error for a rejected key, and rustls panics if sealing fails.
    if algorithm.key_len() != cipher.key_len() || try_algorithm(algorithm).is_none() {
        return None;
    }
    let suite = copy_with(base, AlgorithmForRustls::new(algorithm, cipher))?;
    Some(
        remember(Adopted {
            base,
            records,
            suite,
        })
        .suite,
    )
}

/// Copies `base` with another AEAD. `None` for TLS 1.2 without the feature `tls12`.
fn copy_with(
    base: SupportedCipherSuite,
    algorithm: AlgorithmForRustls,
) -> Option<SupportedCipherSuite> {
    let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
        suite: common.suite,
        hash_provider: common.hash_provider,
        confidentiality_limit: common.confidentiality_limit,
    };
    match base {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(base) => Some(SupportedCipherSuite::Tls12(Box::leak(
            Box::new(Tls12CipherSuite {
                common: common(&base.common),
                prf_provider: base.prf_provider,
                kx: base.kx,
                sign: base.sign,
                aead_alg: Box::leak(Box::new(algorithm)),
            }),
        ))),
        base => base.tls13().map(|base| {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&base.common),
                hkdf_provider: base.hkdf_provider,
                aead_alg: Box::leak(Box::new(algorithm)),
                quic: base.quic,
            })))
        }),
    }
}

/// An adopted suite, and the suite and record provider that it was made from.
struct Adopted {
    base: SupportedCipherSuite,
    records: &'static dyn RecordProvider,
    suite: SupportedCipherSuite,
}

impl Adopted {
    fn is_of(&self, base: SupportedCipherSuite, records: &'static dyn RecordProvider) -> bool {
        is_same_provider(self.records, records) && is_same(self.base, base)
    }
}

/// All adopted suites, in a linked list that only grows, so that no thread waits for a lock.
static ADOPTED: OnceBox<Link> = OnceBox::new();

struct Link {
    adopted: Adopted,
    next: OnceBox<Self>,
}

fn adopted() -> impl Iterator<Item = &'static Adopted> {
    core::iter::successors(ADOPTED.get(), |link| link.next.get()).map(|link| &link.adopted)
}

/// Appends `adopted` to the list, unless another thread has just added the same. Returns the one in the list.
fn remember(adopted: Adopted) -> &'static Adopted {
    let mut end = &ADOPTED;
    let mut link = Box::new(Link {
        adopted,
        next: OnceBox::new(),
    });
    loop {
        if let Some(there) = end.get() {
            if there
                .adopted
                .is_of(link.adopted.base, link.adopted.records)
            {
                return &there.adopted;
            }
            end = &there.next;
        } else if let Err(refused) = end.set(link) {
            link = refused;
        } else if let Some(there) = end.get() {
            return &there.adopted;
        } else {
            unreachable!("it was just set");
        }
    }
}
