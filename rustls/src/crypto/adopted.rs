//! Cipher suites of which we seal the records of the handshake as well.

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

/// A provider whose records are all sealed and opened by `records`, those of the handshake too.
///
/// Key exchange, signatures, randomness and hashes are those of `base`, and so is QUIC. Each cipher suite of `base` that
/// `records` has an algorithm for becomes one whose records that algorithm protects; the others are left out. So are
/// suites other than the nine of rustls, whose keys rustls can not name, and those whose algorithm does not take a key of
/// the suite, or does not open what it has sealed. The order stays.
///
/// None of it is FIPS-approved any more, whatever `base` was, and rustls's configs say so.
///
/// The connections of this crate recognise such a suite after the handshake, and go on with the same algorithm:
/// [`is_direct`](crate::unbuffered::CommonState::is_direct) is true. For those of rustls it is a provider
/// like any other.
///
/// Suites live for ever in rustls. One that was made before, of the same suite and records, comes again, so that a
/// program may call this as often as it likes.
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

/// Whose records `suite` has, if it is one that we have adopted.
pub(super) fn record_provider_of(
    suite: SupportedCipherSuite,
) -> Option<&'static dyn RecordProvider> {
    adopted()
        .find(|known| is_same(known.suite, suite))
        .map(|known| known.records)
}

/// All suites that we have adopted.
pub(super) fn suites() -> impl Iterator<Item = SupportedCipherSuite> {
    adopted().map(|known| known.suite)
}

fn adopt(
    base: SupportedCipherSuite,
    records: &'static dyn RecordProvider,
) -> Option<SupportedCipherSuite> {
    // Of a suite that was adopted before, only what it was made of counts: a chain of them would grow without end.
    let base = adopted()
        .find(|known| is_same(known.suite, base))
        .map_or(base, |known| known.base);
    let algorithm = records.algorithm(base.suite())?;
    let cipher = Cipher::of(base.suite())?;
    if let Some(known) = adopted().find(|known| known.is_of(base, records)) {
        return Some(known.suite);
    }
    // rustls has no way to hear that an algorithm does not take a key, and panics.
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

/// `None` for TLS 1.2 without the feature `tls12`.
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

/// A suite that was made for `records`, and of which it was made.
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

/// All of them: a list that only grows, so that nobody ever waits.
static ADOPTED: OnceBox<Link> = OnceBox::new();

struct Link {
    adopted: Adopted,
    next: OnceBox<Self>,
}

fn adopted() -> impl Iterator<Item = &'static Adopted> {
    core::iter::successors(ADOPTED.get(), |link| link.next.get()).map(|link| &link.adopted)
}

/// Puts it at the end of the list, unless another thread has just put the same there: then that one counts.
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
