//! Judges a crypto provider: everything that a record needs is tried, and everything that is wrong is reported.
//!
//! Whoever implements [`RecordProvider`] calls [`check`] from a test:
//!
//! ```
//! # #[cfg(feature = "aws_lc_rs")]
//! # {
//! use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER; // or your own
//! use rustls_direct::provider_test;
//!
//! provider_test::check(RECORD_PROVIDER).assert_passed();
//! # }
//! ```
//!
//! It tries some 85,000 cases, which takes about a second, or two where this crate is not optimised. It is for tests
//! alone, and brings ring with it:
//!
//! ```toml
//! [dev-dependencies]
//! rustls-direct = { version = "0.1", default-features = false, features = ["provider_test"] }
//! ```
//!
//! # What is checked
//!
//! Each suite that the provider has an algorithm for, of the nine that rustls has: in TLS 1.3 AES-128-GCM, AES-256-GCM
//! and CHACHA20-POLY1305, and with the feature `tls12` the same three with ECDHE_ECDSA and ECDHE_RSA. Others are passed
//! over; [`Report::suites`] says which were checked.
//!
//! [`Check`] lists what is looked into. In short:
//!
//! - Records of OpenSSL and of RFC 8448 are sealed byte for byte, and opened.
//! - Records are what ring's AEAD makes of them when nonce, additional data and plaintext are put together anew, as RFC
//!   8446, RFC 5246, RFC 5288 and RFC 7905 say: for every length up to 257 bytes and many up to 2^14, every type, with
//!   and without padding, from one slice, from several, and where they will be sealed, and from any sequence number on.
//! - Records are opened where they lie and into another slice, to the same content.
//! - Records of which a bit was changed, that are too short, come out of turn, or were sealed with other additional
//!   data are refused as not authentic, and of the changed ones no plaintext is left in any buffer.
//! - What is said of lengths is true, every byte of the output is written whatever it held, and slices of other lengths
//!   give errors.
//! - A wrapped provider of rustls's shows the type and version that the record's header has: RFC 8446 s5.2. For records
//!   that show another, it finds that they could not be sealed.
//! - With [`Kit::without_allocation`], that no record allocates.
//!
//! The encrypters and decrypters themselves are asked, not a connection: the record layer wipes buffers after an error
//! and would hide what was left in them. A panic is a finding like any other, and the rest is tried all the same; its
//! message is also printed by the panic hook. With `panic = "abort"` it is the end.
//!
//! # What is asked of a provider
//!
//! What [`cipher`](crate::cipher) says, and no more. Under one key sequence numbers only rise, and after an error the
//! encrypter or decrypter is dropped.
//!
//! # What is not checked
//!
//! How long anything takes, be it for speed or for what it gives away of a secret. Whether keys are wiped. Whether two
//! threads can use what is `Send` and `Sync`. Suites that rustls does not have.

mod allocation;
mod check;
mod claims;
mod difference;
mod gathered;
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

use alloc::format;
use core::fmt;

pub use self::check::Check;
use self::reference::Keys;
pub use self::report::{Finding, Report};
use self::run::{Run, caught};
use self::subject::Subject;
use self::suite::Suite;
use self::vector::Vector;
use crate::cipher::{AeadAlgorithm, RecordProvider};

/// Checks everything but allocations. See the [module](self).
pub fn check(provider: &dyn RecordProvider) -> Report {
    Kit::new(provider).run()
}

/// What is to be checked of a provider.
///
/// It is for what [`check`] can not know:
///
/// ```
/// # #[cfg(feature = "aws_lc_rs")]
/// # {
/// # use rustls_direct::crypto::aws_lc_rs::RECORD_PROVIDER;
/// use rustls_direct::provider_test::Kit;
///
/// // How often the test's own global allocator was called on this thread.
/// let count = || 0;
/// let report = Kit::new(RECORD_PROVIDER)
///     .without_allocation(&count)
///     .run();
/// report.assert_passed();
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Kit<'a> {
    provider: &'a dyn RecordProvider,
    count: Option<&'a dyn Fn() -> u64>,
}

impl<'a> Kit<'a> {
    /// What [`check`] does.
    pub fn new(provider: &'a dyn RecordProvider) -> Self {
        Self {
            provider,
            count: None,
        }
    }

    /// Checks as well that sealing or opening a record allocates nothing.
    ///
    /// `count` says how many allocations there were so far on this thread. Only whoever builds the program can count
    /// them, by a global allocator, or by a `malloc` if the provider is a C library.
    pub fn without_allocation(self, count: &'a dyn Fn() -> u64) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// Tries everything.
    pub fn run(&self) -> Report {
        let mut report = Report::new(format!("{:?}", self.provider));
        let vectors = Vector::all();
        for suite in Suite::all() {
            report.cases += 1;
            match caught(|| Ok(self.provider.algorithm(suite.id))) {
                Ok(Some(algorithm)) => {
                    report.suites.push(suite.id);
                    self.run_suite(suite, algorithm, &vectors, &mut report);
                }
                Ok(None) => {}
                Err(panic) => report.findings.push(Finding {
                    suite: Some(suite.id),
                    check: Check::Suites,
                    case: format!("algorithm({:?})", suite.id),
                    expected: panic.expected,
                    came: panic.came,
                }),
            }
        }
        report.cases += 1;
        if report.suites.is_empty() {
            report.findings.push(Finding {
                suite: None,
                check: Check::Suites,
                case: "every suite".into(),
                expected: "an algorithm for one at least".into(),
                came: "none".into(),
            });
        }
        report
    }

    fn run_suite(
        &self,
        suite: &'static Suite,
        algorithm: &'static dyn AeadAlgorithm,
        vectors: &[Vector],
        report: &mut Report,
    ) {
        let mut run = Run {
            subject: Subject::new(suite, algorithm, Keys::some(suite, 1)),
            report,
        };
        claims::check(&mut run);
        known_answers::check(&mut run, vectors);
        sealing::check(&mut run);
        gathered::check(&mut run);
        numbers::check(&mut run);
        opening::check(&mut run);
        refusals::check(&mut run);
        if let Some(count) = self.count {
            allocation::check(&mut run, count);
        }
    }
}

impl fmt::Debug for Kit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
