//! Checks the records of crypto providers for rustls-direct, and reports every fault that it finds.
//!
//! # How to use it
//!
//! 1. Add the crate to the `Cargo.toml` of your provider. Only tests need it:
//!
//!    ```toml
//!    [dev-dependencies]
//!    rustls-direct-provider-test = "0.1"
//!    ```
//!
//! 2. Call [`check`] from a test, with your [`RecordProvider`](rustls_direct::cipher::RecordProvider):
//!
//!    ```
//!    use rustls::CipherSuite;
//!    use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER; // or your own
//!
//!    let report = rustls_direct_provider_test::check(RECORD_PROVIDER);
//!    report.assert_passed();
//!    // A missing suite is no finding, so assert the suites that your provider should have.
//!    assert!(report.suites().contains(&CipherSuite::TLS13_AES_128_GCM_SHA256));
//!    ```
//!
//! 3. If your test program can count allocations, check with [`Kit::counting_allocations`] that no record allocates.
//!
//! [`check`] tries some 85,000 cases. That takes about a second, or two if rustls-direct and this crate are not
//! optimised.
//!
//! The crate uses only the public API of rustls-direct, and switches on none of its features. It depends on ring,
//! because its second implementation of the record format seals with ring.
//!
//! rustls's `CryptoProvider` implements `RecordProvider`, so `check` also accepts a provider that does not know
//! rustls-direct.
//!
//! # How to read a report
//!
//! [`Report::assert_passed`] panics with the report if there are findings. This is the report of a provider that opens
//! a plaintext of zeros as an empty record:
//!
//! ```text
//! MyProvider: failed 10 of 10268 cases
//! TLS13_AES_128_GCM_SHA256
//!   no content type: 10
//!     a plaintext of zeros, 1 byte, opened in place
//!       expected Err(NoContentType)
//!       got      Ok(Opened { typ: ApplicationData, content: 0..0 })
//!     a plaintext of zeros, 2 bytes, opened in place
//!       expected Err(NoContentType)
//!       got      Ok(Opened { typ: ApplicationData, content: 0..0 })
//!     a plaintext of zeros, 16 bytes, opened in place
//!       expected Err(NoContentType)
//!       got      Ok(Opened { typ: ApplicationData, content: 0..0 })
//!     and 7 more
//! checked: TLS13_AES_128_GCM_SHA256
//! ```
//!
//! - The first line has the provider's `Debug` output, and the number of cases that failed.
//! - Findings are grouped by suite and by [`Check`], with the number of findings in each group. Three of each are
//!   shown. [`Report::findings`] returns all.
//! - Each finding names the record and the operation on it, then the expected and the actual result. If bytes differ,
//!   both results are shown from the first byte that differs.
//! - The last line lists the suites that were checked. A suite without an algorithm is no finding, unless no suite has
//!   one.
//!
//! One fault often makes several checks fail. Wrong additional data, for example, makes nearly all checks fail that
//! compare sealed records.
//!
//! # What is checked
//!
//! The kit knows the nine suites that rustls has: AES-128-GCM, AES-256-GCM and CHACHA20-POLY1305 in TLS 1.3, and the
//! same three with ECDHE_ECDSA and ECDHE_RSA in TLS 1.2. It checks each suite for which the provider has an algorithm.
//!
//! [`Check`] lists all checks. In short:
//!
//! - The provider seals records of OpenSSL and of RFC 8448 byte for byte, and opens them.
//! - The provider's records equal those of a second implementation, which follows RFC 8446, RFC 5246, RFC 5288 and RFC
//!   7905, and seals with ring's AEADs. They are compared for every length up to 257 bytes and many up to 2^14, for
//!   known and unknown content types, with and without padding, for content in one slice, in several slices and in
//!   place, and from any sequence number on.
//! - Records are opened in place and into another slice, to the same content.
//! - Records are refused as not authentic if one of their bits was changed, if they are too short or out of order, or
//!   if they were sealed with other additional data. A changed record leaves no plaintext in any buffer.
//! - Claimed lengths are true. Every byte of the output is written, whatever the output held before. An output of
//!   another length is an error.
//! - A wrapped provider of rustls returns the type and version of the record's header: RFC 8446 s5.2. If its encrypter
//!   returns others, the report says that the record could not be sealed.
//! - With [`Kit::counting_allocations`], no record allocates.
//!
//! The kit calls the encrypters and decrypters directly, without a connection: the record layer wipes buffers after an
//! error and would hide plaintext left in them. A panic is a finding like any other, and the kit continues with the
//! next case. The panic hook also prints the panic's message. With `panic = "abort"` the first panic ends the test
//! program.
//!
//! # What a provider has to do
//!
//! The kit expects what [`rustls_direct::cipher`] says, and no more. Under one key the kit only raises sequence
//! numbers. After an error it drops the encrypter or decrypter.
//!
//! # What is not checked
//!
//! - Time: neither speed, nor whether timing reveals secrets.
//! - Whether keys are wiped.
//! - Whether two threads can use types that are `Send` and `Sync`.
//! - Suites that rustls does not have.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod allocation;
mod check;
mod claims;
mod content_lens;
mod difference;
mod gathered;
mod kit;
mod known_answers;
mod opening;
mod plain_record;
mod reference;
mod refusals;
mod report;
mod run;
mod sealing;
mod sequence_numbers;
mod subject;
mod suite;
mod vector;

pub use check::Check;
pub use kit::{Kit, check};
pub use report::{Finding, Report};
