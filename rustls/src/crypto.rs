//! The cryptography libraries that records can be sealed and opened with, and the choice between them.

use alloc::format;

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{Error, SupportedCipherSuite};

use crate::cipher::{NONCE_LEN, RecordProvider, TrafficKeys};
use crate::record::Version;

#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod aead;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod algorithm;
#[cfg(feature = "aws_lc_rs")]
pub mod aws_lc_rs;
#[cfg(feature = "ring")]
pub mod ring;
#[cfg(all(feature = "tls12", any(feature = "aws_lc_rs", feature = "ring")))]
mod tls12;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod tls13;

/// Which implementations of [`encrypt_into`](crate::cipher::MessageEncrypter::encrypt_into) a connection uses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice {
    /// What the caller passed, which is asked first and alone.
    provider: Option<&'static dyn RecordProvider>,
}

impl Choice {
    /// Uses `provider` for every suite.
    pub(crate) fn of(provider: &'static dyn RecordProvider) -> Self {
        Self {
            provider: Some(provider),
        }
    }

    /// The implementation for `suite`.
    ///
    /// # Errors
    ///
    /// If there is none, or if it may not be used with `suite`. The error names the suite.
    pub(crate) fn provider_for(
        &self,
        suite: SupportedCipherSuite,
    ) -> Result<&'static dyn RecordProvider, Error> {
        let refuse = |why| Err(Error::General(format!("{:?} {why}", suite.suite())));

        if Version::of(suite.suite()) == Version::Tls12 && !cfg!(feature = "tls12") {
            return refuse(
                "is a suite of TLS 1.2, for which rustls-direct needs its feature `tls12`",
            );
        }
        if suite.fips() {
            return refuse(
                "is the FIPS-approved one, whose records rustls-direct can not seal: \
                 it chooses nonces itself, which the approved interfaces do not allow",
            );
        }
        let Some(provider) = self
            .provider
            .or_else(|| library_of(suite))
        else {
            return refuse(
                "comes from a crypto provider that rustls-direct does not know, or was built without the feature for: \
                 pass an implementation of its records to `new_with_provider`",
            );
        };
        if provider
            .algorithm(suite.suite())
            .is_none()
        {
            return refuse("is not a suite that the passed record provider supports");
        }
        if library_of(suite).is_none() && !keys_can_be_extracted(suite) {
            return refuse("comes from a crypto provider that does not give its keys away");
        }
        Ok(provider)
    }

    /// Refuses a config of which a handshake could come that we can not take over.
    ///
    /// Suites of TLS 1.2 are let pass if our feature `tls12` is off, because a config does not tell whether TLS 1.2 is
    /// switched on in it: [`provider_for`](Self::provider_for) refuses them once one was negotiated.
    pub(crate) fn check(&self, rustls: &CryptoProvider) -> Result<(), Error> {
        for suite in &rustls.cipher_suites {
            if cfg!(feature = "tls12") || Version::of(suite.suite()) == Version::Tls13 {
                self.provider_for(*suite)?;
            }
        }
        Ok(())
    }
}

/// The library whose static `suite` is.
///
/// The statics are compared, not the ids: another provider's AES may be anything, and belongs to that provider.
fn library_of(suite: SupportedCipherSuite) -> Option<&'static dyn RecordProvider> {
    let _ = suite;
    #[cfg(feature = "aws_lc_rs")]
    if contains(rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES, suite) {
        return Some(aws_lc_rs::RECORD_PROVIDER);
    }
    #[cfg(feature = "ring")]
    if contains(rustls::crypto::ring::ALL_CIPHER_SUITES, suite) {
        return Some(ring::RECORD_PROVIDER);
    }
    None
}

#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
fn contains(statics: &[SupportedCipherSuite], suite: SupportedCipherSuite) -> bool {
    statics
        .iter()
        .any(|known| match (*known, suite) {
            #[cfg(feature = "tls12")]
            (SupportedCipherSuite::Tls12(a), SupportedCipherSuite::Tls12(b)) => core::ptr::eq(a, b),
            (a, b) => match (a.tls13(), b.tls13()) {
                (Some(a), Some(b)) => core::ptr::eq(a, b),
                _ => false,
            },
        })
}

/// Asks before a handshake, because afterwards the question uses up the connection.
fn keys_can_be_extracted(suite: SupportedCipherSuite) -> bool {
    let key = AeadKey::from([0; TrafficKeys::MAX_KEY_LEN]);
    match suite {
        #[cfg(feature = "tls12")]
        SupportedCipherSuite::Tls12(suite) => {
            let shape = suite.aead_alg.key_block_shape();
            let iv = alloc::vec![0; shape.fixed_iv_len];
            let explicit = alloc::vec![0; shape.explicit_nonce_len];
            suite
                .aead_alg
                .extract_keys(key, &iv, &explicit)
                .is_ok()
        }
        suite => suite.tls13().is_some_and(|suite| {
            suite
                .aead_alg
                .extract_keys(key, Iv::from([0; NONCE_LEN]))
                .is_ok()
        }),
    }
}
