//! Counts the allocations of a program, those of its C libraries included.
//!
//! A program that depends on this crate, and calls [`allocations`], gets `malloc`, `calloc`, `realloc`,
//! `posix_memalign`, `aligned_alloc` and `memalign` of this crate's in the place of glibc's. They count, and pass on to
//! glibc. Rust's default allocator calls them too, so that there is one count for all.
//!
//! A counter of Rust's allocator alone would not do: AWS-LC takes its contexts from C.
//!
//! Where Rust has another allocator than C, [`Counting`] around it counts what Rust takes, so that the count is of both.
//!
//! On other systems than Linux with glibc nothing can be counted, and [`allocations`] says so.

#[cfg_attr(all(target_os = "linux", target_env = "gnu"), path = "glibc.rs")]
#[cfg_attr(not(all(target_os = "linux", target_env = "gnu")), path = "unknown.rs")]
mod c_allocator;
mod counting;
mod tally;

pub use counting::Counting;

/// How many allocations `work` makes on this thread, and what it returns. `None` if this system can not tell.
pub fn allocations<T>(work: impl FnOnce() -> T) -> (Option<u64>, T) {
    let before = calls();
    let result = work();
    let calls = calls()
        .zip(before)
        .map(|(after, before)| after - before);
    (calls, result)
}

/// How many allocations there were so far on this thread. `None` if this system can not tell.
pub fn allocations_so_far() -> Option<u64> {
    calls()
}

/// How many bytes more are allocated on this thread after `work` than before, and what it returns. `None` if this system
/// can not tell.
///
/// Of what C's allocator gives, they are those that can be used (`malloc_usable_size(3)`): what was asked for, rounded up.
/// Of what a [`Counting`] allocator gives, they are those that were asked for. What an allocator needs for itself is not
/// among them.
pub fn live_bytes<T>(work: impl FnOnce() -> T) -> (Option<i64>, T) {
    let (bytes, result) = tally::watch(work);
    (c_allocator::COUNTS.then_some(bytes), result)
}

fn calls() -> Option<u64> {
    c_allocator::COUNTS.then(tally::calls)
}
