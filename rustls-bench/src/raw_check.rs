//! Checks that `raw` and `direct` do the same work.

use std::mem;

use testing::raw::{Keys, raw};

use crate::direction::Direction;
use crate::library::Library;
use crate::rustls_server;
use crate::streamed_client::StreamedClient;
use crate::transfer::Transfer;

/// Asserts that `direct`, `direct-streamed` and `raw` do the same work on the same bytes: otherwise `raw` is no
/// baseline.
///
/// Under the same key, `direct` and `raw` seal the same bytes, and so do `direct-streamed` and `raw`. Each of the three
/// opens the records of its peer, with the right content where the content can be compared.
pub(crate) fn assert_raw_does_the_same(transfer: &Transfer<'_>) {
    let mut direct = transfer.session(Library::Direct);
    assert_raw_seals_the_same(transfer, direct.send_keys, || {
        let mut sealed = vec![0; transfer.plan.tls_len];
        let written = direct
            .client
            .send(&transfer.plan, &transfer.plaintext, &mut sealed);
        sealed.truncate(written);
        sealed
    });
    let mut server = rustls_server::new(transfer.setup);
    let mut streamed = StreamedClient::connect(transfer.setup, &mut server, Vec::new());
    let (send_keys, _) = rustls_server::client_keys(server);
    assert_raw_seals_the_same(transfer, send_keys, || {
        streamed.write_all(&transfer.plaintext);
        mem::take(&mut streamed.to)
    });
    for lib in [Library::Direct, Library::DirectStreamed, Library::Raw] {
        assert_receives(transfer, lib);
    }
}

fn assert_raw_seals_the_same(
    transfer: &Transfer<'_>,
    keys: Keys,
    mut seal: impl FnMut() -> Vec<u8>,
) {
    let mut bare_aead = raw(transfer.setup, keys);
    let mut by_raw = vec![0xff; transfer.plan.tls_len];
    transfer.plan.write_headers(&mut by_raw);
    for _ in 0..3 {
        bare_aead.seal(&transfer.plan, &transfer.plaintext, &mut by_raw);
        assert!(seal() == by_raw, "raw and direct seal different bytes");
    }
}

fn assert_receives(transfer: &Transfer<'_>, lib: Library) {
    let mut session = transfer.session(lib);
    let mut buffers = transfer.buffers(2);
    transfer.seal_by_peer(&mut session, &mut buffers.tls);
    assert_eq!(
        transfer.receive(&mut session, &mut buffers),
        2 * transfer.plaintext.len()
    );
    if transfer.direction == Direction::Into {
        let content = buffers
            .content
            .chunks(transfer.plaintext.len())
            .take(2);
        assert!(
            content
                .into_iter()
                .all(|content| content == transfer.plaintext)
        );
    }
}
