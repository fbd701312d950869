//! TLS records sealed and opened in the caller's own buffers, for rustls.
//!
//! rustls does the handshake. When it is complete, this crate takes the connection over. From then on each record goes
//! directly between the application's bytes and the caller's TLS buffer, without an allocation or a zero-fill. Content
//! in one slice is not copied, with two exceptions: ring seals in place only, and with aws-lc-rs a copy is faster for
//! CHACHA20-POLY1305 records below 4 KiB. The crate builds on the released rustls 0.23 through its public API.
//!
//! ```no_run
//! use std::error::Error;
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::sync::Arc;
//!
//! use rustls_direct::client::{ClientConfig, UnbufferedClientConnection};
//! use rustls_direct::record::{INCOMING_BUFFER_LEN, OUTGOING_BUFFER_LEN};
//! use rustls_direct::split::{Event, Received};
//!
//! /// Sends `request` and returns everything that the server sends until it closes the connection.
//! fn exchange(
//!     mut socket: TcpStream,
//!     config: Arc<ClientConfig>,
//!     request: &[u8],
//! ) -> Result<Vec<u8>, Box<dyn Error>> {
//!     let mut conn = UnbufferedClientConnection::new(config, "localhost".try_into()?)?;
//!     let mut tls = Vec::new();
//!     conn.complete_handshake(&mut socket, &mut tls)?; // Bytes that were read ahead stay in `tls`.
//!     let (mut reader, mut writer) = conn.split()?;
//!
//!     let mut out = [0; OUTGOING_BUFFER_LEN];
//!     let mut unsent = request;
//!     while !unsent.is_empty() {
//!         let sealed = writer.write(unsent, &mut out)?; // As many records as fit into `out`.
//!         socket.write_all(&out[..sealed.written])?;
//!         unsent = &unsent[sealed.consumed..];
//!     }
//!
//!     let mut answer = Vec::new();
//!     let mut filled = tls.len();
//!     tls.resize(INCOMING_BUFFER_LEN, 0);
//!     loop {
//!         let received = reader.read(&mut tls[..filled]);
//!         let owed = writer.flush(&mut out)?; // The answer to a KeyUpdate, or an alert.
//!         socket.write_all(&out[..owed])?;
//!         let Received { discard, event, .. } = received?;
//!         match event {
//!             Event::Data(data) => answer.extend_from_slice(data), // `data` is a slice of `tls`.
//!             Event::Incomplete => match socket.read(&mut tls[filled..])? {
//!                 0 => return Err("the connection was cut off".into()),
//!                 len => filled += len,
//!             },
//!             Event::Closed => break,
//!         }
//!         tls.copy_within(discard..filled, 0);
//!         filled -= discard;
//!     }
//!     let len = writer.close_notify(&mut out)?;
//!     socket.write_all(&out[..len])?;
//!     Ok(answer)
//! }
//! ```
//!
//! # Three ways in
//!
//! - [`unbuffered`], with [`client`] and [`server`]: the state machine. Names, signatures and states are those of
//!   rustls's unbuffered API; the [migration page][migration] lists the differences.
//! - `split` (needs `std`): a reader and a writer for two threads, or for a plain loop instead of a state machine. The
//!   example above uses them.
//! - [`record_layer`] and [`cipher`]: single records. [`record_layer`] seals and opens records from raw keys, for
//!   protocols around TLS records and for tests. [`cipher`] has the traits that a crypto provider implements, above all
//!   [`encrypt_into`](cipher::MessageEncrypter::encrypt_into). [`crypto`] has the implementations for aws-lc-rs and
//!   ring, and [`with_records`](crypto::with_records), which turns a record provider into a rustls crypto provider. The
//!   crate `rustls-direct-provider-test` checks a provider.
//!
//! # How it works
//!
#![doc = include_str!("../docs/architecture.svg")]
//!
//! The [architecture page][architecture] explains the picture, and the [design page][design] gives the reasons.
//!
//! # Bytes added to a record
//!
//! | suite | header | explicit nonce | type | tag | sum |
//! | --- | --- | --- | --- | --- | --- |
//! | TLS 1.3 | 5 | 0 | 1 | 16 | 22 bytes |
//! | TLS 1.2, AES-GCM | 5 | 8 | 0 | 16 | 29 bytes |
//! | TLS 1.2, CHACHA20-POLY1305 | 5 | 0 | 0 | 16 | 21 bytes |
//!
//! # Which library seals
//!
//! The crate recognises the cipher suites of rustls's `aws_lc_rs` and `ring` providers and protects their records
//! directly with the same library. A record provider that the program passes to
//! [`with_records`](crypto::with_records) or to `new_with_provider` protects records directly as well. With any other
//! crypto provider, the connection wraps the objects that the provider has for rustls, and a record costs what it costs
//! in rustls: [`crypto`] explains how to avoid these costs, and the [provider page][providers] shows how.
//! [`record_source`](unbuffered::CommonState::record_source) names the library that seals, or says why the provider's
//! objects are wrapped.
//!
//! Creating a connection fails, with an error that names the suite, if the config has a suite that is FIPS-approved or
//! does not return its keys from `extract_keys`.
//!
//! # Features
//!
//! Each feature switches on rustls's feature of the same name.
//!
//! - `aws_lc_rs` (default): our implementation for the suites of rustls's `aws_lc_rs` provider.
//! - `ring`: the same for rustls's `ring` provider.
//! - `tls12` (default): TLS 1.2. Without it, a peer that negotiates TLS 1.2 gets a `protocol_version` alert.
//! - `std` (default): `split`, `complete_handshake`, `UnbufferedAcceptor`, `export_keying_material` and `server_name`.
//!   Without it this crate needs `alloc` only, but aws-lc-rs still needs std.
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
//! The rule: **name the same library in both lines, and no other.** If rustls has both features,
//! `ClientConfig::builder()` and `ServerConfig::builder()` panic. The [features page][features] explains why, and shows
//! what every combination of the features does.
//!
//! [architecture]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/architecture.md
//! [design]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/design.md
//! [features]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/features.md
//! [migration]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/migration.md
//! [providers]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/providers.md
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
