//! What the tests and benchmarks share: who the peers are, and how two connections talk to each other.
// Without a library no test runs, and much of this has no use.
#![cfg_attr(
    not(any(feature = "aws_lc_rs", feature = "ring")),
    allow(dead_code, unused_mut)
)]

mod agreed;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
mod attack;
mod configs;
mod direct;
mod foreign;
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
mod victim;

pub use agreed::Agreed;
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub use attack::{Make, Scene, Verdict, attack};
pub use configs::Configs;
pub use direct::{Application, Direct, Endpoint, room_for};
pub use foreign::{KeysGiven, Objects, Traits, foreign};
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub use forger::{Forger, seal};
#[cfg(any(feature = "aws_lc_rs", feature = "ring"))]
pub use forgery::Forgery;
pub use handshake::{complete_handshake, shake_hands};
pub use identity::Identity;
pub use key_schedule::Secrets;
pub use messages::{NewSessionTicket, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, message};
#[cfg(all(feature = "std", any(feature = "aws_lc_rs", feature = "ring")))]
pub use pair::{Pair, Whole, each_pair, sealed, split};
pub use pattern::pattern;
pub use peer::Peer;
pub use random::Xorshift;
pub use role::Role;
pub use setup::{Setup, every_way, few_setups, server_name, setups};
pub use states::{encode, failure};
pub use victim::{Ours, Victim};

/// So that the README's example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
