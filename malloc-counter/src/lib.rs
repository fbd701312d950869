//! Counts the allocations of a program, those of its C libraries included.
//!
//! A program that depends on this crate, and calls [`allocations`], gets `malloc`, `calloc`, `realloc`,
//! `posix_memalign`, `aligned_alloc` and `memalign` of this crate's in the place of glibc's. They count, and pass on to
//! glibc. Rust's default allocator calls them too, so that there is one count for all.
//!
//! A counter of Rust's allocator alone would not do: AWS-LC takes its contexts from C.
//!
//! On other systems than Linux with glibc nothing can be counted, and [`allocations`] says so.

/// How many allocations `work` makes on this thread, and what it returns. `None` if this system can not tell.
pub fn allocations<T>(work: impl FnOnce() -> T) -> (Option<u64>, T) {
    let before = imp::calls();
    let result = work();
    let calls = imp::calls()
        .zip(before)
        .map(|(after, before)| after - before);
    (calls, result)
}

/// How many allocations there were so far on this thread. `None` if this system can not tell.
pub fn allocations_so_far() -> Option<u64> {
    imp::calls()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod imp {
    pub(super) fn calls() -> Option<u64> {
        None
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod imp {
    use std::cell::Cell;
    use std::ffi::{c_int, c_void};
    use std::ptr;

    thread_local! {
        // Initialised by a constant and without a destructor, so that reading it never allocates.
        static CALLS: Cell<u64> = const { Cell::new(0) };
    }

    pub(super) fn calls() -> Option<u64> {
        Some(CALLS.get())
    }

    fn count() {
        CALLS.set(CALLS.get() + 1);
    }

    // SAFETY: these are glibc's own, which it exports for programs that put something before them.
    unsafe extern "C" {
        fn __libc_malloc(size: usize) -> *mut c_void;
        fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
        fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
        fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    }

    const EINVAL: c_int = 22;
    const ENOMEM: c_int = 12;

    /// # Safety
    /// As `malloc(3)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
        count();
        // SAFETY: passed on as it came.
        unsafe { __libc_malloc(size) }
    }

    /// # Safety
    /// As `calloc(3)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn calloc(items: usize, size: usize) -> *mut c_void {
        count();
        // SAFETY: passed on as it came.
        unsafe { __libc_calloc(items, size) }
    }

    /// # Safety
    /// As `realloc(3)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
        count();
        // SAFETY: passed on as it came.
        unsafe { __libc_realloc(old, size) }
    }

    /// # Safety
    /// As `posix_memalign(3)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn posix_memalign(
        out: *mut *mut c_void,
        alignment: usize,
        size: usize,
    ) -> c_int {
        if !alignment.is_power_of_two() || alignment % size_of::<*mut c_void>() != 0 {
            return EINVAL;
        }
        // SAFETY: the alignment is one that is allowed, and `out` is the caller's duty.
        unsafe {
            let new = memalign(alignment, size);
            if ptr::eq(new, ptr::null()) {
                return ENOMEM;
            }
            out.write(new);
        }
        0
    }

    /// # Safety
    /// As `aligned_alloc(3)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
        // SAFETY: passed on as it came.
        unsafe { memalign(alignment, size) }
    }

    /// # Safety
    /// As `memalign(3)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
        count();
        // SAFETY: passed on as it came.
        unsafe { __libc_memalign(alignment, size) }
    }
}
