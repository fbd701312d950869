//! Counts the allocations of a program, including those of its C libraries.
//!
//! In a program that depends on this crate and calls [`allocations`], the functions `malloc`, `calloc`, `realloc`,
//! `free`, `posix_memalign`, `aligned_alloc` and `memalign` of this crate replace those of glibc. They count, and call
//! glibc's. Rust's default allocator calls them too, so one count covers both languages.
//!
//! A counter of Rust's allocator alone would not suffice: AWS-LC allocates its contexts in C.
//!
//! If Rust uses another allocator than C, wrap it in a [`CountingAllocator`], so that the count covers both.
//!
//! Only Linux with glibc can count. On other systems [`allocations`] returns `None`.

#[cfg_attr(all(target_os = "linux", target_env = "gnu"), path = "glibc.rs")]
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu")),
    path = "unsupported.rs"
)]
mod c_allocator;
mod counting_allocator;
mod thread_counters;

pub use counting_allocator::CountingAllocator;

/// Returns the number of allocations that `work` makes on this thread, and what `work` returns.
///
/// The number is `None` if this system cannot count.
pub fn allocations<T>(work: impl FnOnce() -> T) -> (Option<u64>, T) {
    let before = allocations_so_far();
    let result = work();
    let allocations = allocations_so_far()
        .zip(before)
        .map(|(after, before)| after - before);
    (allocations, result)
}

/// Returns the number of allocations on this thread so far, or `None` if this system cannot count.
pub fn allocations_so_far() -> Option<u64> {
    c_allocator::COUNTS.then(thread_counters::allocations)
}

/// Returns how many more bytes are allocated on this thread after `work` than before, and what `work` returns.
///
/// The number is `None` if this system cannot count. It is negative if `work` frees more than it allocates.
///
/// For C's allocator the usable bytes count (`malloc_usable_size(3)`): the requested ones, rounded up. For a
/// [`CountingAllocator`] the requested bytes count. The allocator's own bookkeeping does not count.
pub fn live_bytes<T>(work: impl FnOnce() -> T) -> (Option<i64>, T) {
    let (bytes, result) = thread_counters::bytes_during(work);
    (c_allocator::COUNTS.then_some(bytes), result)
}
