//! Cipher suites of which we seal the records of the handshake as well.

use alloc::boxed::Box;
use core::ptr;

use once_cell::race::OnceBox;
#[cfg(feature = "tls12")]
use rustls::Tls12CipherSuite;
use rustls::crypto::CryptoProvider;
use rustls::{CipherSuiteCommon, SupportedCipherSuite, Tls13CipherSuite};

use super::owned::Owned;
use super::suites::{Cipher, is_same};
use crate::cipher::RecordProvider;

/// A provider whose records are all sealed and opened by `records`, those of the handshake too.
///
/// Key exchange, signatures, randomness and hashes are those of `base`, and so is QUIC. Each cipher suite of `base` that
/// `records` has an algorithm for becomes one whose records that algorithm protects; the others are left out, and so are
/// suites other than the nine of rustls, whose keys rustls can not name. The order stays.
///
/// The connections of this crate recognise such a suite after the handshake, and go on with the same algorithm:
/// [`is_direct`](crate::unbuffered::UnbufferedConnectionCommon::is_direct) is true. For those of rustls it is a provider
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
pub(super) fn records_of(suite: SupportedCipherSuite) -> Option<&'static dyn RecordProvider> {
    adopted()
        .find(|known| is_same(known.suite, suite))
        .map(|known| known.records)
}

fn adopt(
    base: SupportedCipherSuite,
    records: &'static dyn RecordProvider,
) -> Option<SupportedCipherSuite> {
    let algorithm = records.algorithm(base.suite())?;
    let known = adopted().find(|known| {
        // Two types without a size may lie at one place, but then they have other methods.
        let same_records = ptr::eq(known.records, records);
        same_records && is_same(known.base, base)
    });
    if let Some(known) = known {
        return Some(known.suite);
    }
    let owned = Owned::new(algorithm, Cipher::of(base.suite())?);
    let suite = copy_with(base, Box::leak(Box::new(owned)))?;
    remember(Adopted {
        base,
        records,
        suite,
    });
    Some(suite)
}

/// `None` for TLS 1.2 without the feature `tls12`.
fn copy_with(base: SupportedCipherSuite, aead_alg: &'static Owned) -> Option<SupportedCipherSuite> {
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
                aead_alg,
            }),
        ))),
        base => base.tls13().map(|base| {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&base.common),
                hkdf_provider: base.hkdf_provider,
                aead_alg,
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

/// All of them: a list that only grows, so that nobody ever waits.
static ADOPTED: OnceBox<Link> = OnceBox::new();

struct Link {
    adopted: Adopted,
    next: OnceBox<Self>,
}

fn adopted() -> impl Iterator<Item = &'static Adopted> {
    core::iter::successors(ADOPTED.get(), |link| link.next.get()).map(|link| &link.adopted)
}

fn remember(adopted: Adopted) {
    let mut end = &ADOPTED;
    let mut link = Box::new(Link {
        adopted,
        next: OnceBox::new(),
    });
    while let Err(refused) = end.set(link) {
        link = refused;
        end = match end.get() {
            Some(there) => &there.next,
            None => end,
        };
    }
}
