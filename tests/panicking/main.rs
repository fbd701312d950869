//! A crypto provider panics, and the program catches the panic: nothing of the record is left, and its half has ended.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod provider;
mod record_layer;
#[cfg(feature = "std")]
mod split;
mod unbuffered;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `call`, in which the provider panics.
fn caught<R>(call: impl FnOnce() -> R) {
    let panic = catch_unwind(AssertUnwindSafe(call))
        .err()
        .expect("a panic of the provider");
    assert_eq!(panic.downcast_ref(), Some(&provider::PANIC));
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
