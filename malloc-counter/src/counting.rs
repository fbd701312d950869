//! An allocator for Rust that is not C's.

use std::alloc::{GlobalAlloc, Layout};

use crate::tally::{gave_back, took};

/// Counts what the allocator within gives, and leaves everything to it.
#[derive(Debug)]
pub struct Counting<A>(pub A);

// SAFETY: all is passed on as it came.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(|| layout.size());
        // SAFETY: passed on as it came.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(|| layout.size());
        // SAFETY: passed on as it came.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        gave_back(|| layout.size());
        took(|| new_size);
        // SAFETY: passed on as it came.
        unsafe { self.0.realloc(old, layout, new_size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        gave_back(|| layout.size());
        // SAFETY: passed on as it came.
        unsafe { self.0.dealloc(old, layout) }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;

    use super::*;
    use crate::tally::{calls, watch};

    #[test]
    fn what_is_given_and_given_back_is_counted() {
        let counting = Counting(System);
        let layout = Layout::from_size_align(100, 8).expect("a layout");
        let before = calls();
        let (bytes, old) = watch(|| {
            // SAFETY: the layout is not empty.
            unsafe { counting.alloc(layout) }
        });
        // C's allocator counts as well where it can.
        assert!(bytes >= 100, "{bytes}");
        assert!(calls() > before);
        let (bytes, ()) = watch(|| {
            // SAFETY: it comes from there.
            unsafe { counting.dealloc(old, layout) }
        });
        assert!(bytes <= -100, "{bytes}");
    }
}
