//! The same conversations through rustls's unbuffered API and through ours.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod alerts;
mod application;
mod choices;
mod closures;
mod configs;
mod conversation;
mod differences;
mod early_data;
mod floods;
mod forged;
mod handshakes;
mod junk;
mod key_updates;
mod messages;
mod near_misses;
mod opposite;
mod pieces;
mod plain;
mod resumption;
mod secrets;
mod stage;
mod through_direct;
mod through_rustls;
mod trace;
