//! Selects the implementation that protects a suite's records.

use alloc::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{Error, SupportedCipherSuite};

#[cfg(feature = "std")]
use super::checked;
use super::extraction;
use super::known::known_record_provider;
use super::suites::refuse;
use super::wrapped;
use crate::cipher::{AeadAlgorithm, RecordProvider};
use crate::record::Version;

/// Selects the algorithm for each suite of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AlgorithmSelector {
    /// The record provider that the caller passed. If there is one, no other is used.
    provider: Option<&'static dyn RecordProvider>,
}

impl AlgorithmSelector {
    /// Makes a selector that uses `provider` for every suite.
    pub(crate) fn new(provider: &'static dyn RecordProvider) -> Self {
        Self {
            provider: Some(provider),
        }
    }

    /// Returns the algorithm for `suite`.
    ///
    /// # Errors
    ///
    /// If there is none, or if it may not be used with `suite`. The message names the suite.
    pub(crate) fn algorithm_of(
        &self,
        suite: SupportedCipherSuite,
    ) -> Result<&'static dyn AeadAlgorithm, Error> {
        self.select(suite, known_record_provider(suite))
    }

    /// As [`algorithm_of`](Self::algorithm_of). `known` is the suite's [`known_record_provider`].
    fn select(
        &self,
        suite: SupportedCipherSuite,
        known: Option<&'static dyn RecordProvider>,
    ) -> Result<&'static dyn AeadAlgorithm, Error> {
        if Version::of(suite.suite()) == Version::Tls12 && !cfg!(feature = "tls12") {
            return refuse(
                suite,
                "is a suite of TLS 1.2, for which rustls-direct needs its feature `tls12`",
            );
        }
        if suite.fips() {
            return refuse(
                suite,
                "is FIPS-approved, and rustls-direct cannot seal its records: \
                 it chooses nonces itself, which the approved interfaces do not allow",
            );
        }
        let (algorithm, why_not) = match self.provider.or(known) {
            Some(provider) => (
                provider.algorithm(suite.suite()),
                "is not a suite that the passed record provider supports",
            ),
            None => (
                wrapped::wrapped(suite).filter(|algorithm| wrapped::can_make_keys_for(*algorithm)),
                "comes from a crypto provider that rustls-direct does not know, and without its feature `std` \
                 rustls-direct cannot make keys of 16 bytes for it: pass a record provider to `new_with_provider`",
            ),
        };
        algorithm.map_or_else(|| refuse(suite, why_not), Ok)
    }

    /// Checks that the handover can take over a handshake with each suite of `rustls`.
    ///
    /// If our feature `tls12` is off, suites of TLS 1.2 are not checked, because a config does not tell whether it
    /// allows TLS 1.2. [`algorithm_of`](Self::algorithm_of) refuses such a suite after it was negotiated.
    ///
    /// Providers that passed before on this thread are not checked again.
    ///
    /// # Errors
    ///
    /// If a suite is not supported. The message names it.
    pub(crate) fn check(&self, rustls: &Arc<CryptoProvider>) -> Result<(), Error> {
        #[cfg(feature = "std")]
        if checked::contains(rustls, self.provider) {
            return Ok(());
        }
        for suite in &rustls.cipher_suites {
            if cfg!(feature = "tls12") || Version::of(suite.suite()) == Version::Tls13 {
                let known = known_record_provider(*suite);
                self.select(*suite, known)?;
                if known.is_none() {
                    extraction::check_extraction(*suite)?;
                }
            }
        }
        #[cfg(feature = "std")]
        checked::remember(rustls, self.provider);
        Ok(())
    }
}
