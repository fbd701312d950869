//! Does a program see the same through rustls's unbuffered API and through ours?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod alerts;
mod application;
mod closures;
mod configs;
mod conversation;
mod differences;
mod early_data;
mod end_difference;
mod floods;
mod forged;
mod handshakes;
mod harness;
mod junk;
mod key_updates;
mod messages;
mod pieces;
mod plain;
mod remote_peer;
mod resumption;
mod secrets;
mod through_direct;
mod through_rustls;
mod trace;
mod unlisted_differences;
