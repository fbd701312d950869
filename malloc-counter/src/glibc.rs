//! The allocator of glibc, with our functions before it.

use std::ffi::{c_int, c_void};
use std::ptr;

use crate::tally::{gave_back, took};

pub(crate) const COUNTS: bool = true;

const EINVAL: c_int = 22;
const ENOMEM: c_int = 12;

// SAFETY: these are glibc's own, which it exports for programs that put something before them.
unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_free(old: *mut c_void);
    fn malloc_usable_size(of: *mut c_void) -> usize;
}

/// # Safety
/// As `malloc(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: passed on as it came.
    let new = unsafe { __libc_malloc(size) };
    // SAFETY: it is glibc's, or null, which has no bytes.
    took(|| unsafe { malloc_usable_size(new) });
    new
}

/// # Safety
/// As `calloc(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(items: usize, size: usize) -> *mut c_void {
    // SAFETY: passed on as it came.
    let new = unsafe { __libc_calloc(items, size) };
    // SAFETY: it is glibc's, or null, which has no bytes.
    took(|| unsafe { malloc_usable_size(new) });
    new
}

/// # Safety
/// As `realloc(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: it is glibc's still, or null, which has no bytes.
    gave_back(|| unsafe { malloc_usable_size(old) });
    // SAFETY: passed on as it came.
    let new = unsafe { __libc_realloc(old, size) };
    // SAFETY: it is glibc's, or null, which has no bytes.
    took(|| unsafe { malloc_usable_size(new) });
    new
}

/// # Safety
/// As `free(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(old: *mut c_void) {
    // SAFETY: it is glibc's still, or null, which has no bytes.
    gave_back(|| unsafe { malloc_usable_size(old) });
    // SAFETY: passed on as it came.
    unsafe { __libc_free(old) }
}

/// # Safety
/// As `posix_memalign(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
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
    // SAFETY: passed on as it came.
    let new = unsafe { __libc_memalign(alignment, size) };
    // SAFETY: it is glibc's, or null, which has no bytes.
    took(|| unsafe { malloc_usable_size(new) });
    new
}

#[cfg(test)]
mod tests {
    use crate::{allocations, live_bytes};

    #[test]
    fn bytes_count_while_they_are_held() {
        let (bytes, held) = live_bytes(|| {
            drop(vec![0_u8; 100_000]);
            vec![0_u8; 1000]
        });
        let bytes = bytes.expect("glibc can tell");
        assert!((1000..1100).contains(&bytes), "{bytes}");
        let (freed, ()) = live_bytes(|| drop(held));
        assert_eq!(freed, Some(-bytes));
    }

    #[test]
    fn growing_counts_once() {
        let (bytes, held) = live_bytes(|| {
            let mut held = vec![0_u8; 10];
            held.reserve_exact(5000);
            held
        });
        assert!((5000..5100).contains(&bytes.expect("glibc can tell")));
        drop(held);
    }

    #[test]
    fn allocations_are_counted_and_frees_are_not() {
        let (calls, ()) = allocations(|| drop(vec![0_u8; 10]));
        assert_eq!(calls, Some(1));
    }
}
