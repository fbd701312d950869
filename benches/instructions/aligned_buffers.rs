//! Buffers whose addresses do not make a difference between runs.
//!
//! The number of instructions of a copy depends on the offsets of source and destination in their pages. That of a
//! check for overlap depends on which of the two comes first.

use std::cell::Cell;

const PAGE_LEN: usize = 4096;

/// Enough for all buffers. They are placed one after the other, and never freed.
const POOL_LEN: usize = 256 << 20;

thread_local! {
    static POOL: Cell<&'static mut [u8]> = Cell::new(vec![0; POOL_LEN].leak());
}

/// Returns a buffer with `content` to read from. It begins at the start of a page.
pub(crate) fn input(content: &[u8]) -> &'static mut [u8] {
    place(0, content)
}

/// Returns a buffer with `content` to write to. It begins in the middle of a page, as far from the inputs' offset as
/// possible.
pub(crate) fn output(content: &[u8]) -> &'static mut [u8] {
    place(PAGE_LEN / 2, content)
}

fn place(offset: usize, content: &[u8]) -> &'static mut [u8] {
    let pool = POOL.take();
    let start = pool.as_ptr().align_offset(PAGE_LEN) + offset;
    let (placed, rest) = pool[start..].split_at_mut(content.len());
    POOL.set(rest);
    placed.copy_from_slice(content);
    placed
}
