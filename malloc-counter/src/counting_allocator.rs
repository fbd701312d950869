//! Counts the allocations of a Rust allocator other than C's.

use std::alloc::{GlobalAlloc, Layout};

use crate::thread_counters::{count_allocation, count_release};

/// Passes everything on to the allocator within, and counts its allocations.
#[derive(Debug)]
pub struct CountingAllocator<A>(pub A);

// SAFETY: every call is passed on unchanged.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_allocation(|| layout.size());
        // SAFETY: the caller's duties are those of the function that is called.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_allocation(|| layout.size());
        // SAFETY: the caller's duties are those of the function that is called.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count_release(|| layout.size());
        count_allocation(|| new_size);
        // SAFETY: the caller's duties are those of the function that is called.
        unsafe { self.0.realloc(old, layout, new_size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        count_release(|| layout.size());
        // SAFETY: the caller's duties are those of the function that is called.
        unsafe { self.0.dealloc(old, layout) }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;

    use super::*;
    use crate::thread_counters::{allocations, bytes_during};

    #[test]
    fn allocations_and_released_bytes_are_counted() {
        let allocator = CountingAllocator(System);
        let layout = Layout::from_size_align(100, 8).expect("a layout");
        let before = allocations();
        let (bytes, old) = bytes_during(|| {
            // SAFETY: the layout is not empty.
            unsafe { allocator.alloc(layout) }
        });
        // `System` allocates by C's allocator, which may count too.
        assert!(bytes >= 100, "{bytes}");
        assert!(allocations() > before);
        let (bytes, ()) = bytes_during(|| {
            // SAFETY: the pointer comes from `alloc` with the same layout.
            unsafe { allocator.dealloc(old, layout) }
        });
        assert!(bytes <= -100, "{bytes}");
    }
}
