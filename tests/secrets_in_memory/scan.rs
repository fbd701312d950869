//! An allocator that searches freed blocks for secrets.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};

/// How many bytes of a secret are searched for.
pub(crate) const LEN: usize = 12;

/// A part of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Needle {
    pub(crate) what: &'static str,
    pub(crate) bytes: [u8; LEN],
}

/// The parts of secrets. They use no memory of their own in which they would be found.
struct Needles {
    all: [Needle; 256],
    len: usize,
}

thread_local! {
    // Constants without destructors, so that the allocator can use them.
    static NEEDLES: RefCell<Needles> = const {
        RefCell::new(Needles { all: [Needle { what: "", bytes: [0; LEN] }; 256], len: 0 })
    };
    static WATCHES: Cell<bool> = const { Cell::new(false) };
    static FOUND: Cell<Option<(&'static str, usize)>> = const { Cell::new(None) };
}

impl Needles {
    /// Adds both ends of `secret`.
    fn add(&mut self, what: &'static str, secret: &[u8]) {
        let ends = [secret.first_chunk(), secret.last_chunk()];
        for bytes in ends.into_iter().flatten() {
            let needle = Needle {
                what,
                bytes: *bytes,
            };
            if !self.all[..self.len].contains(&needle) {
                self.all[self.len] = needle;
                self.len += 1;
            }
        }
    }

    fn find(&self, block: &[u8]) -> Option<&'static str> {
        block.windows(LEN).find_map(|bytes| {
            self.all[..self.len]
                .iter()
                .find(|needle| needle.bytes == bytes)
                .map(|needle| needle.what)
        })
    }
}

/// Searches for `secret` from now on, and calls it `what`.
pub(crate) fn look_for(what: &'static str, secret: &[u8]) {
    NEEDLES.with_borrow_mut(|needles| needles.add(what, secret));
}

/// Forgets all secrets.
pub(crate) fn forget_secrets() {
    NEEDLES.with_borrow_mut(|needles| needles.len = 0);
}

/// The parts of secrets that are searched for.
pub(crate) fn known_parts() -> Vec<Needle> {
    NEEDLES.with_borrow(|needles| needles.all[..needles.len].to_vec())
}

/// Returns the secret that `work` has left in a freed block, and the length of the block.
pub(crate) fn found_after<R>(work: impl FnOnce() -> R) -> (Option<(&'static str, usize)>, R) {
    FOUND.set(None);
    WATCHES.set(true);
    let result = work();
    WATCHES.set(false);
    (FOUND.take(), result)
}

struct Scanning;

#[global_allocator]
static SCANNING: Scanning = Scanning;

/// # Safety
/// `block` is the start of `len` bytes that were allocated by [`Scanning`] and are not freed yet.
unsafe fn scan(block: *const u8, len: usize) {
    if !WATCHES.get() {
        return;
    }
    // SAFETY: the block has `len` bytes, which were zeroed at first, and no one else uses them.
    let block = unsafe { std::slice::from_raw_parts(block, len) };
    let found = NEEDLES.with_borrow(|needles| needles.find(block));
    if let Some(what) = found {
        FOUND.set(Some((what, len)));
    }
}

// SAFETY: all memory is the system allocator's.
unsafe impl GlobalAlloc for Scanning {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that only the owner of the block can have written a secret into it.
        // SAFETY: passed on unchanged.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is freed only afterwards.
        unsafe { scan(block, layout.size()) };
        // SAFETY: passed on unchanged.
        unsafe { System.dealloc(block, layout) }
    }

    // `realloc` is the default: it allocates a new block, copies, and frees the old one.
}
