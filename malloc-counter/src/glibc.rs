//! Functions that take the place of glibc's allocator, count, and call it.

use std::ffi::{c_int, c_void};
use std::ptr;

use crate::thread_counters::{count_allocation, count_release};

/// Whether this system can count.
pub(crate) const COUNTS: bool = true;

const EINVAL: c_int = 22;
const ENOMEM: c_int = 12;

// SAFETY: glibc exports these functions for programs that replace its allocator.
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
    // SAFETY: the caller's duties are those of the function that is called.
    let new = unsafe { __libc_malloc(size) };
    // SAFETY: the pointer comes from glibc, or is null, which has 0 bytes.
    count_allocation(|| unsafe { malloc_usable_size(new) });
    new
}

/// # Safety
/// As `calloc(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(items: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's duties are those of the function that is called.
    let new = unsafe { __libc_calloc(items, size) };
    // SAFETY: the pointer comes from glibc, or is null, which has 0 bytes.
    count_allocation(|| unsafe { malloc_usable_size(new) });
    new
}

/// # Safety
/// As `realloc(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the pointer is not yet freed and comes from glibc, or is null, which has 0 bytes.
    count_release(|| unsafe { malloc_usable_size(old) });
    // SAFETY: the caller's duties are those of the function that is called.
    let new = unsafe { __libc_realloc(old, size) };
    // SAFETY: the pointer comes from glibc, or is null, which has 0 bytes.
    count_allocation(|| unsafe { malloc_usable_size(new) });
    new
}

/// # Safety
/// As `free(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(old: *mut c_void) {
    // SAFETY: the pointer is not yet freed and comes from glibc, or is null, which has 0 bytes.
    count_release(|| unsafe { malloc_usable_size(old) });
    // SAFETY: the caller's duties are those of the function that is called.
    unsafe { __libc_free(old) }
}

/// # Safety
/// As `posix_memalign(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    if !alignment.is_power_of_two() || alignment % size_of::<*mut c_void>() != 0 {
        return EINVAL;
    }
    // SAFETY: the alignment is valid, and a valid `out` is the caller's duty.
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
    // SAFETY: the caller's duties are those of the function that is called.
    unsafe { memalign(alignment, size) }
}

/// # Safety
/// As `memalign(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's duties are those of the function that is called.
    let new = unsafe { __libc_memalign(alignment, size) };
    // SAFETY: the pointer comes from glibc, or is null, which has 0 bytes.
    count_allocation(|| unsafe { malloc_usable_size(new) });
    new
}
