//! What the tests and benchmarks share: setups, configs, peers, forgers, and how two connections talk to each other.
// Without a cryptography library no test runs, and much of this is unused.
#![cfg_attr(
    not(any(feature = "aws_lc_rs", feature = "ring")),
    allow(dead_code, unused_mut)
)]

#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod attack;
mod configs;
mod direct;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod forger;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod forgery;
#[cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]
mod halves;
mod handshake;
mod identity;
mod key_schedule;
mod messages;
mod negotiated;
#[cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]
mod pair;
mod pattern;
mod peer;
mod random;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub mod raw;
mod role;
mod setup;
mod states;
mod target;
mod unrecognised_suite;

#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub use attack::{Fixture, Implementation, Outcome, attack};
pub use configs::Configs;
pub use direct::{Application, Direct, Endpoint, room_for};
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub use forger::{Forger, seal};
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub use forgery::Forgery;
pub use handshake::{complete_handshake, shake_hands};
pub use identity::Identity;
pub use key_schedule::Secrets;
pub use messages::{NewSessionTicket, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, message};
pub use negotiated::Negotiated;
#[cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]
pub use pair::{Pair, Splittable, each_pair, sealed, split};
pub use pattern::pattern;
pub use peer::Peer;
pub use random::Xorshift;
pub use role::Role;
pub use setup::{
    Setup, one_setup_per_version, server_name, setups, setups_with_every_record_source,
};
pub use states::{encode, failure};
pub use target::{StateMachineTarget, Target};
pub use unrecognised_suite::{CipherBehavior, ExtractedKeys, Quirks, unrecognised_suite};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
