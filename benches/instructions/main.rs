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

mod bare;
mod cases;
mod count;
mod halves;
mod placed;
mod profile;
mod record_layer;
mod state_machine;
mod table;

use std::env;
use std::process::ExitCode;

use rustls::ContentType;
use rustls_direct::client::UnbufferedClientConnection;
use testing::{Forger, Role, pattern, shake_hands};

use crate::cases::Case;
use crate::count::{RECORDS, UNDER_CALLGRIND, count_all, run_all};

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some(UNDER_CALLGRIND) => {
            run_all();
            ExitCode::SUCCESS
        }
        Some("--save") => {
            table::save(&count_all());
            ExitCode::SUCCESS
        }
        _ => table::compare(&count_all()),
    }
}

/// A client after its handshake, and records for it.
fn connected(case: &Case) -> (UnbufferedClientConnection, Vec<&'static mut [u8]>) {
    let mut client = case.setup.client();
    let mut peer = Forger::peer(&case.setup, Role::Server);
    shake_hands(&mut client, &mut peer);
    let mut forger = Forger::new(&case.setup, peer);
    let plaintext = pattern(case.size);
    let records = (0..=RECORDS)
        .map(|_| placed::input(&forger.seal(ContentType::ApplicationData, &plaintext)))
        .collect();
    (client, records)
}

/// Content that is to be gathered.
fn pieces(content: &[u8]) -> [&[u8]; 3] {
    let (front, rest) = content.split_at(content.len() / 4);
    let (middle, back) = rest.split_at(rest.len() / 3);
    [front, middle, back]
}
