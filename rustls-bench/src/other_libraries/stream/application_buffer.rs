//! The application's buffer, to which a library copies received content.

use std::hint::black_box;

use rustls_direct::record::MAX_CONTENT_LEN;
use testing::raw::Plan;

/// Holds one whole write, or as many short writes as fill a record.
#[derive(Default)]
pub(super) struct ApplicationBuffer(Vec<u8>);

impl ApplicationBuffer {
    /// Has `read` fill the buffer again and again until `writes` writes are read. Returns their bytes of content.
    pub(super) fn receive(
        &mut self,
        plan: &Plan,
        writes: usize,
        mut read: impl FnMut(&mut [u8]) -> usize,
    ) -> usize {
        let write = plan.plain_len();
        self.0
            .resize(write * MAX_CONTENT_LEN.div_ceil(write), 0);
        let mut left = writes * write;
        while left > 0 {
            let room = self.0.len().min(left);
            fill(&mut self.0[..room], &mut read);
            black_box(&self.0);
            left -= room;
        }
        writes * write
    }
}

/// Calls `read` until `out` is full.
pub(super) fn fill(out: &mut [u8], mut read: impl FnMut(&mut [u8]) -> usize) {
    let mut at = 0;
    while at < out.len() {
        at += read(&mut out[at..]);
    }
}
