//! The counters of each thread.

use std::cell::Cell;

thread_local! {
    // With constant initializers and without destructors, access never allocates.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static COUNTS_BYTES: Cell<bool> = const { Cell::new(false) };
    static BYTES: Cell<i64> = const { Cell::new(0) };
}

/// Returns the allocations of this thread so far.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.get()
}

/// Returns the difference that `work` makes to the allocated bytes, and what `work` returns.
///
/// Bytes are counted only here, because their number costs a call per allocation, which timed code should not pay for.
pub(crate) fn bytes_during<T>(work: impl FnOnce() -> T) -> (i64, T) {
    let before = BYTES.get();
    COUNTS_BYTES.set(true);
    let result = work();
    COUNTS_BYTES.set(false);
    (BYTES.get() - before, result)
}

/// Counts an allocation. `bytes` is called only if bytes are counted.
#[inline]
pub(crate) fn count_allocation(bytes: impl FnOnce() -> usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    if COUNTS_BYTES.get() {
        BYTES.set(
            BYTES
                .get()
                .saturating_add_unsigned(bytes() as u64),
        );
    }
}

/// Counts the bytes of a release. `bytes` is called only if bytes are counted.
#[inline]
pub(crate) fn count_release(bytes: impl FnOnce() -> usize) {
    if COUNTS_BYTES.get() {
        BYTES.set(
            BYTES
                .get()
                .saturating_sub_unsigned(bytes() as u64),
        );
    }
}
