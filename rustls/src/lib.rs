//! TLS records sealed and opened in the caller's own buffers, for rustls.
//!
//! rustls does the handshake. The moment it is complete this crate takes the connection over, and from then on every
//! record goes straight between the application's bytes and the caller's TLS buffer: no allocation, no zero-fill, and no
//! copy but the one that ring needs, which seals in place only, and that aws-lc-rs gains by with short records of
//! CHACHA20-POLY1305. It builds on the released rustls 0.23 through its public API.
//!
//! # Where to begin
//!
//! - **An application** that drives rustls's unbuffered API: [`client`], [`server`] and [`unbuffered`] have the names,
//!   signatures and states of rustls's modules.
//! - **Two threads**, or a loop without states: `split` cuts a connection into a reader and a writer.
//! - **A protocol of one's own** around TLS records, or a test with known keys: [`record_layer`] seals and opens whole
//!   records from raw keys.
//! - **A crypto provider**: [`cipher`] has the traits, of which [`encrypt_into`](cipher::MessageEncrypter::encrypt_into)
//!   is the centre; [`crypto`] has the implementations for aws-lc-rs and ring, and
//!   [`with_records`](crypto::with_records), which makes a provider of rustls's of one of ours. The crate
//!   `rustls-direct-provider-test` checks an implementation.
//!
//! # What it adds to a record
//!
//! | suite | header | explicit nonce | type | tag | sum |
//! | --- | --- | --- | --- | --- | --- |
//! | TLS 1.3 | 5 | 0 | 1 | 16 | 22 bytes |
//! | TLS 1.2, AES-GCM | 5 | 8 | 0 | 16 | 29 bytes |
//! | TLS 1.2, CHACHA20-POLY1305 | 5 | 0 | 0 | 16 | 21 bytes |
//!
//! # What runs
//!
//! The cipher suites of rustls's `aws_lc_rs` and `ring` providers are recognised, and their records are protected by the
//! same library, directly. So are suites made by [`with_records`](crypto::with_records), and whatever is passed to
//! `new_with_provider`. With any other provider the connection works through the provider's own objects, at rustls's
//! cost: [`crypto`] says which, and what it takes to do better.
//! [`record_source`](unbuffered::CommonState::record_source) says which it is, and why.
//!
//! FIPS-approved suites, and those that do not give their keys away, are refused when a connection is made, by an error
//! that names the suite.
//!
//! # Features
//!
//! - `aws_lc_rs` (default): the suites of rustls's feature of that name.
//! - `ring`: likewise.
//! - `tls12` (default): TLS 1.2. Without it, a peer that negotiates TLS 1.2 gets a `protocol_version` alert.
//! - `std` (default): rustls's `std`, and here `split`, `complete_handshake`, `UnbufferedAcceptor`,
//!   `export_keying_material` and `server_name`. Without it this crate needs `alloc` only, but aws-lc-rs still needs
//!   std.
//!
//! # Which library
//!
//! With aws-lc-rs:
//!
//! ```toml
//! [dependencies]
//! rustls = { version = "0.23", default-features = false, features = ["aws_lc_rs", "std", "tls12"] }
//! rustls-direct = { version = "0.1", default-features = false, features = ["aws_lc_rs", "std", "tls12"] }
//! ```
//!
//! With ring:
//!
//! ```toml
//! [dependencies]
//! rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
//! rustls-direct = { version = "0.1", default-features = false, features = ["ring", "std", "tls12"] }
//! ```
//!
//! The rule: **name the same library in both lines, and no other.** Cargo builds one rustls for the whole program, with the
//! features that any of its crates asks for. rustls-direct's `aws_lc_rs` and `ring` switch on those of rustls, and `aws_lc_rs`
//! is a default feature of both. If both libraries are on in rustls, `ClientConfig::builder()` and `ServerConfig::builder()`
//! panic:
//!
//! ```text
//! Could not automatically determine the process-level CryptoProvider from Rustls crate features.
//! Call CryptoProvider::install_default() before this point to select a provider manually, or make sure exactly one of the 'aws-lc-rs' and 'ring' features is enabled.
//! ```
//!
//! If another crate of the program brings the second library, choose one at the start of `main`, for example by
//! `rustls::crypto::ring::default_provider().install_default()`, or pass it to `builder_with_provider`.
//!
//! In the table, the first two columns are the features in the program's own `Cargo.toml`. The third column is the
//! provider that `builder()` takes if none is installed. The last two columns are what a connection's
//! [`record_source`](unbuffered::CommonState::record_source) says with the suites of that library,
//! passed to `builder_with_provider`. "–" is a library that rustls is built without.
//!
//! | rustls | rustls-direct | `ClientConfig::builder()` | suites of aws-lc-rs | suites of ring |
//! | --- | --- | --- | --- | --- |
//! | none | none | panics | – | – |
//! | `aws_lc_rs` | none | aws-lc-rs | wrapped: rustls-direct's `aws_lc_rs` is off | – |
//! | `ring` | none | ring | – | wrapped: rustls-direct's `ring` is off |
//! | `aws_lc_rs`, `ring` | none | panics | wrapped: rustls-direct's `aws_lc_rs` is off | wrapped: rustls-direct's `ring` is off |
//! | none | `aws_lc_rs` | aws-lc-rs | direct | – |
//! | `aws_lc_rs` | `aws_lc_rs` | aws-lc-rs | direct | – |
//! | `ring` | `aws_lc_rs` | panics | direct | wrapped: rustls-direct's `ring` is off |
//! | `aws_lc_rs`, `ring` | `aws_lc_rs` | panics | direct | wrapped: rustls-direct's `ring` is off |
//! | none | `ring` | ring | – | direct |
//! | `aws_lc_rs` | `ring` | panics | wrapped: rustls-direct's `aws_lc_rs` is off | direct |
//! | `ring` | `ring` | ring | – | direct |
//! | `aws_lc_rs`, `ring` | `ring` | panics | wrapped: rustls-direct's `aws_lc_rs` is off | direct |
//! | none | `aws_lc_rs`, `ring` | panics | direct | direct |
//! | `aws_lc_rs` | `aws_lc_rs`, `ring` | panics | direct | direct |
//! | `ring` | `aws_lc_rs`, `ring` | panics | direct | direct |
//! | `aws_lc_rs`, `ring` | `aws_lc_rs`, `ring` | panics | direct | direct |
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod cipher;
pub mod client;
mod config;
pub mod crypto;
mod error;
mod handover;
#[cfg(feature = "std")]
mod observer;
pub mod record;
pub mod record_layer;
pub mod server;
#[cfg(feature = "std")]
pub mod split;
mod traffic;
pub mod unbuffered;

pub use unbuffered::CommonState;
