//! Counts the instructions per record besides those of the bare AEAD call.
//!
//! Times are too noisy to show a few nanoseconds. The instructions that callgrind counts are the same in every run.
//!
//! - `cargo bench --bench instructions` counts, and compares the counts with `benches/instructions.txt`. It fails if a
//!   count has grown by more than 20 instructions.
//! - `cargo bench --bench instructions -- --save` rewrites that file.
//!
//! The bare call does the same work on the same bytes. For content that is gathered, written in place or padded, it
//! seals in place.

mod aligned_buffers;
mod bare_call;
mod baseline;
mod buffers;
mod callgrind;
mod callgrind_profile;
mod case;
mod connection;
mod measure;
mod pieces;
mod record_layer;
mod run;
mod split;
mod state_machine;

use std::env;
use std::process::ExitCode;

use crate::callgrind::{UNDER_CALLGRIND, count_all};
use crate::run::run_all;

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some(UNDER_CALLGRIND) => {
            run_all();
            ExitCode::SUCCESS
        }
        Some("--save") => {
            baseline::save(&count_all());
            ExitCode::SUCCESS
        }
        _ => baseline::compare(&count_all()),
    }
}
