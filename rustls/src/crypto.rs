//! The implementations that seal and open records, and the rules that select one.
//!
//! The cipher suite determines the implementation of a connection. The first rule that applies wins:
//!
//! 1. The record provider that was passed to `new_with_provider` protects every suite.
//! 2. For the suites of rustls's `aws_lc_rs` and `ring` providers, our implementation over the same library is used, if
//!    the feature of that name is on. For a suite of [`with_records`], the record provider that was passed there is
//!    used.
//! 3. Any other suite protects records with its own objects, which this crate wraps.
//!
//! With the first two rules a connection [`is_direct`](crate::unbuffered::CommonState::is_direct),
//! unless the program passed a `CryptoProvider` of rustls as the record provider: its objects are wrapped as well.
//! [`record_source`](crate::unbuffered::CommonState::record_source) names the implementation, and says
//! why a suite's objects are wrapped.
//!
//! # Other crypto providers
//!
//! Any crypto provider of rustls 0.23 works, during the handshake and after it, with every function of this crate. But
//! the `encrypt` of rustls's trait seals its records and returns an owned message: each record is sealed in a new
//! allocation, then copied into the caller's slice. A record is opened in place, and copied if it has to end up in
//! another slice. To avoid these costs, a provider implements one method, [`encrypt_into`]. [`cipher`] defines what it
//! writes, and [`docs/providers.md`] shows how.
//!
//! Requirements, checked when a connection is created:
//!
//! - The suites return their keys from `extract_keys`, labelled with the suite's own AEAD. The suites of rustls and
//!   those of [`with_records`] do.
//! - The encrypters use the sequence number that they are given, whichever comes first. They do not count by
//!   themselves.
//! - The encrypters return the type and version that belong in the record's header: in TLS 1.3 `ApplicationData`, in
//!   TLS 1.2 the record's own type, and `TLSv1_2` in both.
//! - The suites are not FIPS-approved. A FIPS-approved interface does not let its caller choose nonces.
//! - Without the feature `std`, the keys have 32 bytes: rustls's `AeadKey` cannot be made from 16 bytes then.
//!
//! With the feature `std`, each thread remembers the last eight providers that passed, and does not check them again.
//! It holds weak references to them, so `Arc::get_mut` returns `None` for these providers.
//!
//! A server that rejects early data recognises the records to skip by the bytes that a failed attempt to open them
//! leaves: zeros with AWS-LC, ring and graviola. A trial finds out whether another provider leaves other bytes after a
//! failure, or only zeros even after a success. With such a provider a skipped record stays in the input, and rustls
//! counts it again whenever another record comes. The handshake may then fail with `bad_record_mac`, and the client may
//! send at most 256 records before its Finished.
//!
//! [`encrypt_into`]: crate::cipher::MessageEncrypter::encrypt_into
//! [`cipher`]: crate::cipher
//! [`docs/providers.md`]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/providers.md

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
