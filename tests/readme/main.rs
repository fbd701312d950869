//! Does the code in README work, with a peer that updates its keys?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use testing::{Peer, Role, few_setups};

// Included, so that the functions can be private as in README.
include!("sample.rs");

#[test]
fn readme_shows_the_tested_code() {
    let block = format!("```rust\n{}```\n", include_str!("sample.rs"));
    assert!(include_str!("../../README.md").contains(&block));
}

/// A client that uses the sample, its peer, and the bytes between them.
struct SampleClient {
    conn: UnbufferedClientConnection,
    peer: Peer,
    tls_in: Vec<u8>,
    received: Vec<u8>,
}

impl SampleClient {
    /// Passes bytes between the peer and the client until both are silent. Returns whether the peer may send more.
    fn exchange_all(&mut self) -> bool {
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
                .expect("the client's output");
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

fn for_each_client(test: impl Fn(&mut SampleClient, bool)) {
    for setup in few_setups() {
        println!("{}", setup.name());
        let configs = setup.configs();
        let mut client = SampleClient {
            conn: configs.client(),
            peer: configs.peer(Role::Server),
            tls_in: Vec::new(),
            received: Vec::new(),
        };
        assert!(client.exchange_all());
        assert!(!client.conn.is_handshaking());
        test(&mut client, setup.is_tls13());
    }
}

#[test]
fn data_passes_both_ways_while_the_peer_updates_its_keys() {
    for_each_client(|client, is_tls13| {
        // Without data in between, so many key updates in a row would be refused.
        for i in 0..100_u8 {
            if is_tls13 {
                client
                    .peer
                    .conn
                    .refresh_traffic_keys()
                    .expect("a key update");
                assert!(client.exchange_all());
            }
            let tls = client.peer.send(&[i]);
            client.tls_in.extend(tls);
            assert!(client.exchange_all());
            assert_eq!(client.received, [i]);
            client.received.clear();

            client.send(&[i]);
            assert_eq!(client.peer.received, [i]);
            client.peer.received.clear();
        }
        client.peer.conn.send_close_notify();
        assert!(!client.exchange_all());
    });
}

#[test]
fn an_error_is_followed_by_its_alert() {
    for_each_client(|client, _| {
        client.tls_in = vec![23, 3, 3, 0, 1, 0];
        let mut tls_out = Vec::new();
        for _ in 0..2 {
            receive(&mut client.conn, &mut client.tls_in, &mut tls_out, |_| {})
                .expect_err("not a record");
        }
        client
            .peer
            .read(&tls_out)
            .expect_err("the alert");
    });
}
