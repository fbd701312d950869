//! Checks the records of crypto providers for rustls-direct, and reports everything that is wrong.
//!
//! Implementors of [`RecordProvider`](rustls_direct::cipher::RecordProvider) call [`check`] from a test:
//!
//! ```
//! use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER; // or your own
//!
//! rustls_direct_provider_test::check(RECORD_PROVIDER).assert_passed();
//! ```
//!
//! It tries some 85,000 cases, which takes about a second, or two if rustls-direct and this crate are not optimised.
//! Only tests need it:
//!
//! ```toml
//! [dev-dependencies]
//! rustls-direct-provider-test = "0.1"
//! ```
//!
//! It uses the public API of rustls-direct alone, switches on none of its features, and brings ring to compare with.
//!
//! # What is checked
//!
//! Each suite that the provider has an algorithm for, of the nine that rustls has: AES-128-GCM, AES-256-GCM and
//! CHACHA20-POLY1305 in TLS 1.3, and the same three with ECDHE_ECDSA and ECDHE_RSA in TLS 1.2. Suites without an
//! algorithm are passed over; [`Report::suites`] says which were checked.
//!
//! [`Check`] lists what is checked. In short:
//!
//! - Records of OpenSSL and of RFC 8448 are sealed byte for byte, and opened.
//! - Records equal those of a second implementation, which puts nonce, additional data and plaintext together as RFC
//!   8446, RFC 5246, RFC 5288 and RFC 7905 say, and seals with ring's AEAD: for every length up to 257 bytes and many
//!   up to 2^14, every content type, with and without padding, from one slice, from several, and in place, and from any
//!   sequence number on.
//! - Records are opened in place and into another slice, to the same content.
//! - Records are refused as not authentic if one of their bits was changed, if they are too short or out of order, or
//!   if they were sealed with other additional data. A changed record leaves no plaintext in any buffer.
//! - Claimed lengths are true, every byte of the output is written whatever the output held before, and slices of other
//!   lengths give errors.
//! - A wrapped provider of rustls returns the type and version of the record's header: RFC 8446 s5.2. If its encrypter
//!   returns others, the report says that the record could not be sealed.
//! - With [`Kit::without_allocation`], no record allocates.
//!
//! The kit calls the encrypters and decrypters themselves, not a connection: the record layer wipes buffers after an
//! error and would hide plaintext left in them. A panic is a finding like any other, and the remaining cases are tried
//! all the same. The panic hook also prints the panic's message. With `panic = "abort"` the first panic ends the test
//! program.
//!
//! # What is asked of a provider
//!
//! What [`rustls_direct::cipher`] says, and no more. Under one key sequence numbers only rise, and after an error the
//! encrypter or decrypter is dropped.
//!
//! # What is not checked
//!
//! Time, be it speed or the secrets that timing gives away. Whether keys are wiped. Whether two threads can use what is
//! `Send` and `Sync`. Suites that rustls does not have.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod allocation;
mod check;
mod claims;
mod difference;
mod gathered;
mod kit;
mod known_answers;
mod numbers;
mod opening;
mod plain;
mod reference;
mod refusals;
mod report;
mod run;
mod sealing;
mod sizes;
mod subject;
mod suite;
mod vector;

pub use check::Check;
pub use kit::{Kit, check};
pub use report::{Finding, Report};
