//! The implementations that records are sealed and opened with, and the choice between them.
//!
//! Which one a connection takes follows from its cipher suite, in this order:
//!
//! 1. What was passed to `new_with_provider`, for every suite.
//! 2. For the suites of rustls's `aws_lc_rs` and `ring` providers, ours over the same library, if the feature of that
//!    name is on; for a suite of [`with_records`], what was passed there.
//! 3. For every other suite its own objects, wrapped.
//!
//! With the first two a connection [`is_direct`](crate::unbuffered::CommonState::is_direct), unless what
//! was passed is itself a wrapped provider of rustls's.
//! [`record_source`](crate::unbuffered::CommonState::record_source) names the implementation, and says why
//! the objects of a suite are wrapped.
//!
//! # What a provider gets that does nothing
//!
//! Any crypto provider of rustls 0.23 works, in the handshake and after it, and everything else that this crate does
//! works with it as well. But its records are sealed by the `encrypt` of rustls's trait, which returns an owned message:
//! each takes an allocation, is sealed there, and copied into the caller's slice. A record is opened where it lies, and
//! copied if it is to be opened into another slice. One method, [`encrypt_into`], makes the difference: [`cipher`] says
//! what is to be written, and `docs/providers.md` how.
//!
//! Requirements, checked when a connection is created:
//!
//! - Its suites give their keys away (`extract_keys`), under the name of the suite's own AEAD. The suites of rustls and
//!   those of [`with_records`] do.
//! - Its encrypters go by the sequence number that they are given, whichever is the first, and do not count by themselves.
//! - Its encrypters return the type and version of the record's header: in TLS 1.3 `ApplicationData`, in TLS 1.2 the
//!   record's own type, and `TLSv1_2` in both.
//! - It is not the FIPS-approved one. There nonces may not be chosen from outside.
//! - Without the feature `std`, keys are 32 bytes: rustls's `AeadKey` can not be made of 16 then.
//!
//! With the feature `std`, a thread remembers the last eight providers of which that was true, and does not ask again. It
//! holds on to them by weak references, so that `Arc::get_mut` gives none for them.
//!
//! A server that rejects early data recognises a record that it has to skip by what a failed attempt to open it
//! leaves: zeros, as with AWS-LC, ring and graviola. A trial finds out whether a provider leaves something else, or
//! zeros also where it succeeds. With such a provider a skipped record stays in the input, and rustls counts it again
//! whenever another one comes. So the handshake may fail with `bad_record_mac`, and the client may send at most 256
//! records before its Finished.
//!
//! [`encrypt_into`]: crate::cipher::MessageEncrypter::encrypt_into
//! [`cipher`]: crate::cipher

use alloc::format;
use alloc::sync::Arc;
use core::ptr;

use rustls::crypto::CryptoProvider;
use rustls::{Error, SupportedCipherSuite};

use crate::cipher::{AeadAlgorithm, RecordProvider};
use crate::error::explained;
use crate::record::Version;

mod adopted;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod aead;
mod aead_key;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod algorithm;
#[cfg(feature = "aws_lc_rs")]
pub mod aws_lc_rs;
#[cfg(feature = "std")]
mod checked;
mod extraction;
mod owned;
#[cfg(feature = "ring")]
pub mod ring;
mod rustls_suites;
mod suites;
#[cfg(all(feature = "tls12", any(feature = "aws_lc_rs", feature = "ring")))]
mod tls12;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod tls13;
mod trial;
mod wrapped;

pub use adopted::with_records;
pub(crate) use suites::{Cipher, confidentiality_limit};

/// Which implementations a connection uses.
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

    /// Whether both ask the same one.
    #[cfg(feature = "std")]
    fn is_same(self, other: Self) -> bool {
        match (self.provider, other.provider) {
            (None, None) => true,
            (Some(one), Some(other)) => is_same_provider(one, other),
            _ => false,
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
        self.algorithm_beside(suite, known_records_of(suite))
    }

    /// The same, with what is `known` of `suite` without a choice.
    fn algorithm_beside(
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
                wrapped::wrapped(suite).filter(|algorithm| wrapped::can_be_given_keys(*algorithm)),
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
        if checked::contains(rustls, *self) {
            return Ok(());
        }
        for suite in &rustls.cipher_suites {
            if cfg!(feature = "tls12") || Version::of(suite.suite()) == Version::Tls13 {
                let known = known_records_of(*suite);
                self.algorithm_beside(*suite, known)?;
                if known.is_none() {
                    extraction::check(*suite)?;
                }
            }
        }
        #[cfg(feature = "std")]
        checked::remember(rustls, *self);
        Ok(())
    }
}

/// Whether both are the same static.
fn is_same_provider(one: &'static dyn RecordProvider, other: &'static dyn RecordProvider) -> bool {
    // Two types without a size may lie at one place, but then they have other methods.
    ptr::eq(one, other)
}

fn refuse<T>(suite: SupportedCipherSuite, why: &str) -> Result<T, Error> {
    Err(explained(format!("{:?} {why}", suite.suite())))
}

/// Whether the bytes of a record tell what became of it after rustls has tried to open it with the objects of `suite`:
/// something that is not zero stays of a record that was opened, and nothing but zeros of one that could not be.
///
/// AWS-LC and ring do so, and suites of ours see to it. Others are tried.
pub(crate) fn tells_whether_opened(suite: SupportedCipherSuite) -> bool {
    let leaves_traces = || {
        wrapped::wrapped(suite)
            .and_then(trial::trial)
            .is_some_and(|trial| trial.leaves_traces)
    };
    known_records_of(suite).is_some()
        || wrapped::leaves_zeros_where_opening_fails(suite) && leaves_traces()
}

/// The library whose static `suite` is, or what it was adopted for.
fn known_records_of(suite: SupportedCipherSuite) -> Option<&'static dyn RecordProvider> {
    #[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
    let is_of = |statics: &[SupportedCipherSuite]| {
        statics
            .iter()
            .any(|known| suites::is_same(*known, suite))
    };
    #[cfg(feature = "aws_lc_rs")]
    if is_of(rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES) {
        return Some(aws_lc_rs::RECORD_PROVIDER);
    }
    #[cfg(feature = "ring")]
    if is_of(rustls::crypto::ring::ALL_CIPHER_SUITES) {
        return Some(ring::RECORD_PROVIDER);
    }
    adopted::records_of(suite)
}
