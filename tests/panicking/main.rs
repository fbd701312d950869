//! Is a record wiped, and its half ended, if the crypto provider panics and the program catches the panic?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod provider;
mod record_layer;
#[cfg(feature = "std")]
mod split;
mod unbuffered;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `call`, and checks that the provider panics in it.
fn catch_panic<R>(call: impl FnOnce() -> R) {
    let panic = catch_unwind(AssertUnwindSafe(call))
        .err()
        .expect("a panic of the provider");
    assert_eq!(panic.downcast_ref(), Some(&provider::PANIC));
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
