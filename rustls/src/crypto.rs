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
mod detection;
mod extraction;
mod for_rustls;
mod known;
#[cfg(feature = "ring")]
pub mod ring;
mod rustls_suites;
mod selector;
mod suites;
#[cfg(all(feature = "tls12", any(feature = "aws_lc_rs", feature = "ring")))]
mod tls12;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod tls13;
mod trial;
mod wrapped;

pub use adopted::with_records;
pub(crate) use detection::can_detect_failed_opening;
pub(crate) use selector::AlgorithmSelector;
pub(crate) use suites::{Cipher, confidentiality_limit};
