//! The code that README and `docs/migration.md` show does what they say. The code of the latter meets a peer that
//! updates its keys.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

#[cfg(feature = "std")]
mod example;
mod links;

use testing::{Peer, Role, one_setup_per_version};

// Included, so that the functions can be private as they are shown.
include!("sample.rs");

#[test]
fn the_page_shows_the_code_that_is_run() {
    let block = format!("```rust\n{}```\n", include_str!("sample.rs"));
    assert!(include_str!("../../docs/migration.md").contains(&block));
}

/// A client by the sample, its peer, and the bytes between them.
struct Fixture {
    conn: UnbufferedClientConnection,
    peer: Peer,
    tls_in: Vec<u8>,
    received: Vec<u8>,
}

impl Fixture {
    /// Passes on what the peer has to say, and what the client answers, until both are silent. Returns whether the
    /// client expects more.
    fn settle(&mut self) -> bool {
        loop {
            self.tls_in.extend(self.peer.write());
            let mut tls_out = Vec::new();
            let take = |data: &[u8]| self.received.extend_from_slice(data);
            let may_send_more =
                receive(&mut self.conn, &mut self.tls_in, &mut tls_out, take).expect("no error");
            if tls_out.is_empty() {
                return may_send_more;
            }
            self.peer
                .read(&tls_out)
                .expect("what the client has to say");
        }
    }

    fn send(&mut self, data: &[u8]) {
        let mut tls_out = [0; 1000];
        let len = send(&mut self.conn, data, &mut tls_out).expect("room for it");
        self.peer
            .read(&tls_out[..len])
            .expect("authentic");
    }
}

fn each(test: impl Fn(&mut Fixture, bool)) {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let configs = setup.configs();
        let mut fixture = Fixture {
            conn: configs.client(),
            peer: configs.peer(Role::Server),
            tls_in: Vec::new(),
            received: Vec::new(),
        };
        assert!(fixture.settle());
        assert!(!fixture.conn.is_handshaking());
        test(&mut fixture, setup.is_tls13());
    }
}

#[test]
fn data_passes_both_ways_while_the_peer_updates_its_keys() {
    each(|fixture, is_tls13| {
        // More key updates in a row would be refused if none of them was followed by data.
        for i in 0..100_u8 {
            if is_tls13 {
                fixture
                    .peer
                    .conn
                    .refresh_traffic_keys()
                    .expect("a key update");
                assert!(fixture.settle());
            }
            let tls = fixture.peer.send(&[i]);
            fixture.tls_in.extend(tls);
            assert!(fixture.settle());
            assert_eq!(fixture.received, [i]);
            fixture.received.clear();

            fixture.send(&[i]);
            assert_eq!(fixture.peer.received, [i]);
            fixture.peer.received.clear();
        }
        fixture.peer.conn.send_close_notify();
        assert!(!fixture.settle());
    });
}

#[test]
fn an_error_is_followed_by_its_alert() {
    each(|fixture, _| {
        fixture.tls_in = vec![23, 3, 3, 0, 1, 0];
        let mut tls_out = Vec::new();
        for _ in 0..2 {
            receive(&mut fixture.conn, &mut fixture.tls_in, &mut tls_out, |_| {})
                .expect_err("this is no record");
        }
        fixture
            .peer
            .read(&tls_out)
            .expect_err("the alert");
    });
}
