//! The choice between the implementations.

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

/// Which implementations a connection uses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AlgorithmSelector {
    /// What the caller passed, which is asked first and alone.
    provider: Option<&'static dyn RecordProvider>,
}

impl AlgorithmSelector {
    /// Uses `provider` for every suite.
    pub(crate) fn new(provider: &'static dyn RecordProvider) -> Self {
        Self {
            provider: Some(provider),
        }
    }

    /// The implementation for `suite`.
    ///
    /// # Errors
    ///
    /// If there is none, or if it may not be used with `suite`. The error names the suite.
    pub(crate) fn algorithm_of(
        &self,
        suite: SupportedCipherSuite,
    ) -> Result<&'static dyn AeadAlgorithm, Error> {
        self.select(suite, known_record_provider(suite))
    }

    /// The same, with what is `known` of `suite` without a choice.
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
                "is the FIPS-approved one, whose records rustls-direct can not seal: \
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
                "comes from a crypto provider that rustls-direct does not know, and without its feature `std` it has no \
                 keys of 16 bytes for that: pass an implementation of its records to `new_with_provider`",
            ),
        };
        algorithm.map_or_else(|| refuse(suite, why_not), Ok)
    }

    /// Refuses a config of which a handshake could come that we can not take over.
    ///
    /// Suites of TLS 1.2 are let pass if our feature `tls12` is off, because a config does not tell whether TLS 1.2 is
    /// switched on in it: [`algorithm_of`](Self::algorithm_of) refuses them once one was negotiated.
    ///
    /// What this thread remembers is not looked at again.
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
