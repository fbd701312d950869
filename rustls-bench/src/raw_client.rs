//! The bare AEAD calls in the place of a library: the baseline `raw`.

use testing::Setup;
use testing::raw::{Keys, Plan, Raw, raw};

use crate::library_client::LibraryClient;

/// Calls the AEAD once per record, with no TLS library around it.
pub(crate) struct RawClient {
    seal: Box<dyn Raw>,
    open: Box<dyn Raw>,
}

impl RawClient {
    pub(crate) fn new(setup: &Setup, send_keys: Keys, recv_keys: Keys) -> Self {
        Self {
            seal: raw(setup, send_keys),
            open: raw(setup, recv_keys),
        }
    }
}

impl LibraryClient for RawClient {
    fn send(&mut self, plan: &Plan, plaintext: &[u8], out: &mut [u8]) -> usize {
        self.seal.seal(plan, plaintext, out);
        plan.tls_len
    }

    fn recv(&mut self, plan: &Plan, tls: &mut [u8]) -> usize {
        let mut content = 0;
        for write in tls.chunks_exact_mut(plan.tls_len) {
            self.open.open(plan, write);
            content += plan.plain_len();
        }
        content
    }

    fn recv_into(&mut self, plan: &Plan, tls: &mut [u8], out: &mut [u8]) -> usize {
        let mut content = 0;
        for write in tls.chunks_exact_mut(plan.tls_len) {
            self.open
                .open_into(plan, write, &mut out[content..]);
            content += plan.plain_len();
        }
        content
    }
}
