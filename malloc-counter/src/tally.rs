//! What is counted, of each thread.

use std::cell::Cell;

thread_local! {
    // Initialised by constants and without destructors, so that reading them never allocates.
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static BYTES: Cell<i64> = const { Cell::new(0) };
}

pub(crate) fn calls() -> u64 {
    CALLS.get()
}

/// Counts bytes while `work` goes on. They cost a call each, which what is timed should not pay for.
pub(crate) fn watch<T>(work: impl FnOnce() -> T) -> (i64, T) {
    let before = BYTES.get();
    WATCHED.set(true);
    let result = work();
    WATCHED.set(false);
    (BYTES.get() - before, result)
}

/// Of an allocation of so many bytes, which are asked for only if they are counted.
#[inline]
pub(crate) fn took(bytes: impl FnOnce() -> usize) {
    CALLS.set(CALLS.get() + 1);
    if WATCHED.get() {
        BYTES.set(
            BYTES
                .get()
                .saturating_add_unsigned(bytes() as u64),
        );
    }
}

/// As [`took`], of so many bytes that are given back.
#[inline]
pub(crate) fn gave_back(bytes: impl FnOnce() -> usize) {
    if WATCHED.get() {
        BYTES.set(
            BYTES
                .get()
                .saturating_sub_unsigned(bytes() as u64),
        );
    }
}
