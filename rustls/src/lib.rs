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
//!   [`with_records`](crypto::with_records), which makes a provider of rustls's of one of ours; `provider_test` judges it.
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
//! [`is_direct`](unbuffered::UnbufferedConnectionCommon::is_direct) tells the one from the other.
//!
//! FIPS-approved suites, and those that do not give their keys away, are refused when a connection is made, by an error
//! that names the suite.
//!
//! # Features
//!
//! - `aws_lc_rs` (default): the suites of rustls's feature of that name.
//! - `ring`: likewise.
//! - `tls12` (default): TLS 1.2. Without it, a peer that negotiates TLS 1.2 gets a `protocol_version` alert.
//! - `std` (default): rustls's `std`, and here `split`, `export_keying_material` and `server_name`. Without it this crate needs `alloc` only; aws-lc-rs needs std all the same.
//! - `provider_test`: the module of that name, for tests of crypto providers. It brings `std`, and ring to compare with.
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
mod handover;
#[cfg(feature = "std")]
mod observer;
#[cfg(feature = "provider_test")]
pub mod provider_test;
pub mod record;
pub mod record_layer;
pub mod server;
#[cfg(feature = "std")]
pub mod split;
mod traffic;
pub mod unbuffered;
