//! How many instructions a record takes besides those of the bare AEAD call.
//!
//! Time is too noisy to see a few nanoseconds; instructions, counted by callgrind, come out the same every time.
//!
//! - `cargo bench --bench instructions` counts, and compares with what stands in `benches/instructions.txt`. It fails
//!   if a path has grown by more than 20 instructions.
//! - `cargo bench --bench instructions -- --save` writes that file anew.
//!
//! The bare call is the one that does the same to the same bytes: where content is gathered, written in place or padded,
//! it is sealed where it lies.

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
