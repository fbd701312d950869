//! Buffers that are the same to every run.
//!
//! How many instructions a copy takes depends on where its two ends lie in their pages, and a check that they do not
//! overlap on which of them comes first.

use std::cell::Cell;

const PAGE_LEN: usize = 4096;

/// Enough for all that is ever placed, in the order in which that is asked for. Nothing is given back.
const GROUND_LEN: usize = 256 << 20;

thread_local! {
    static GROUND: Cell<&'static mut [u8]> = Cell::new(vec![0; GROUND_LEN].leak());
}

/// Bytes to be read: they begin where a page does.
pub(crate) fn input(content: &[u8]) -> &'static mut [u8] {
    place(0, content)
}

/// Bytes to be written: they begin in the middle of a page, as far from all input as can be.
pub(crate) fn output(content: &[u8]) -> &'static mut [u8] {
    place(PAGE_LEN / 2, content)
}

fn place(offset: usize, content: &[u8]) -> &'static mut [u8] {
    let ground = GROUND.take();
    let start = ground.as_ptr().align_offset(PAGE_LEN) + offset;
    let (placed, rest) = ground[start..].split_at_mut(content.len());
    GROUND.set(rest);
    placed.copy_from_slice(content);
    placed
}
