//! Do getters still report after the handover what the handshake agreed on?

use std::mem;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::{Error, HandshakeKind};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::unbuffered::{ConnectionState, UnbufferedConnectionCommon};
use testing::{
    Direct, Endpoint, Negotiated, Peer, Role, Setup, each_connection, one_setup_per_version,
    server_name, setups,
};

use crate::handshake_kinds::{after_a_connection, with_tiny_records};
use crate::{exchange_data, records};

/// After rustls is taken over, it reports only the suite and the version.
#[test]
fn getters_answer_as_long_as_the_connection_lives() {
    for setup in setups() {
        let setup = setup
            .with_client_auth()
            .with_chains_of(2000);
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut configs = setup.configs();
            configs.client.alpn_protocols = vec![b"first".to_vec(), b"second".to_vec()];
            configs.server.alpn_protocols = vec![b"second".to_vec()];
            let configs = after_a_connection(configs, role);
            for kind in [HandshakeKind::Resumed, HandshakeKind::Full] {
                let mut configs = configs.clone();
                if kind == HandshakeKind::Full {
                    configs.client.resumption = Resumption::disabled();
                }
                let (mut direct, mut peer) = configs.connected(role);
                let agreed = Negotiated::by_rustls(&peer.conn);
                assert_eq!(agreed.version, Some(setup.suite.version().version));
                assert_eq!(agreed.suite, Some(setup.id()));
                assert_eq!(agreed.kind, Some(kind));
                assert_eq!(agreed.alpn.as_deref(), Some(&b"second"[..]));
                assert_eq!(agreed.peer_certificates, Some(setup.chain()));
                // A session of TLS 1.2 is resumed without a key exchange.
                let exchanged = setup.is_tls13() || kind == HandshakeKind::Full;
                assert_eq!(agreed.group.is_some(), exchanged);

                assert_eq!(direct.negotiated(), agreed);
                exchange_data(&mut *direct, &mut peer);
                assert_eq!(direct.negotiated(), agreed);
                // Even after it has failed.
                let mut bad = peer.send(b"bad");
                *bad.last_mut().expect("a tag") ^= 1;
                let (error, _) = direct.failure(&mut bad);
                assert_eq!(error, Error::DecryptError);
                assert_eq!(direct.negotiated(), agreed);
            }
        }
    }
}

#[test]
fn getters_answer_during_the_handshake_and_after_it_has_failed() {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            // Passes rustls only the first record of the same flight.
            let first_flight = |read: &mut dyn FnMut(&[u8]) -> Vec<u8>| {
                let mut peer = Peer::new(&setup, role.other());
                let hello = read(&[]);
                peer.read(&hello).expect("a hello");
                read(records(&peer.write())[0]);
            };
            let mut direct = setup.direct(role);
            first_flight(&mut |tls| {
                direct.app().incoming.extend(tls);
                direct.run().expect("a hello");
                mem::take(&mut direct.app().outgoing)
            });
            let mut rustls = Peer::new(&setup, role);
            first_flight(&mut |tls| {
                rustls.read(tls).expect("a hello");
                rustls.write()
            });
            let agreed = Negotiated::by_rustls(&rustls.conn);
            assert!(agreed.version.is_some() && agreed.suite.is_some());
            assert_eq!(direct.negotiated(), agreed);

            direct.app().incoming = b"GET /".to_vec();
            direct.run().expect_err("not TLS");
            assert_eq!(direct.negotiated(), agreed);
        }
    }
}

#[test]
fn a_client_can_offer_other_protocols_than_its_config() {
    for setup in one_setup_per_version() {
        println!("{}", setup.name());
        let mut configs = setup.configs();
        configs.client.alpn_protocols = vec![b"config".to_vec()];
        configs.server.alpn_protocols = vec![b"config".to_vec(), b"call".to_vec()];
        for (offered, agreed) in [
            (vec![b"call".to_vec()], Some(&b"call"[..])),
            (vec![b"call".to_vec(), b"config".to_vec()], Some(b"config")),
            (vec![], None),
        ] {
            let conn = UnbufferedClientConnection::new_with_alpn(
                Arc::new(configs.client.clone()),
                server_name(),
                offered,
            )
            .expect("a connection");
            let mut direct = Direct::new(conn);
            let mut peer = configs.peer(Role::Server);
            peer.talk_to(&mut direct)
                .expect("a handshake");
            assert_eq!(direct.negotiated().alpn.as_deref(), agreed);
            assert_eq!(peer.conn.alpn_protocol(), agreed);
            exchange_data(&mut direct, &mut peer);
        }
    }
}

#[test]
fn received_tickets_are_counted() {
    for setup in one_setup_per_version() {
        for setup in [setup.clone(), with_tiny_records(&setup)] {
            println!("{}", setup.name());
            for tickets in [0, 1, 2, 7] {
                let mut configs = setup.configs();
                configs.server.send_tls13_tickets = tickets;
                let mut conn = configs.client();
                let mut peer = configs.peer(Role::Server);
                assert_eq!(conn.tls13_tickets_received(), 0);
                peer.talk_to(&mut Direct::new(&mut *conn))
                    .expect("a handshake");
                assert!(conn.is_direct());
                let expected = if setup.is_tls13() { tickets } else { 0 };
                assert_eq!(conn.tls13_tickets_received() as usize, expected);

                let mut junk = [23, 3, 3, 0, 1, 0];
                assert!(
                    conn.process_tls_records(&mut junk)
                        .state
                        .is_err()
                );
                assert_eq!(conn.tls13_tickets_received() as usize, expected);
            }
        }
    }
}

/// Whether the connection is handshaking, wants to read, and wants to write.
fn activity<Data>(conn: &UnbufferedConnectionCommon<Data>) -> [bool; 3] {
    [conn.is_handshaking(), conn.wants_read(), conn.wants_write()]
}

#[test]
fn a_connection_reports_its_activity() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let begins = role == Role::Client;
        assert_eq!(activity(conn), [true, !begins, begins]);
        let mut direct = Direct::new(&mut *conn);
        direct.run().expect("to begin");
        let hello = mem::take(&mut direct.app().outgoing);
        assert_eq!(activity(conn), [true, true, false]);

        let mut peer = Peer::new(setup, role.other());
        peer.read(&hello).expect("a hello");
        let mut direct = Direct::new(&mut *conn);
        peer.talk_to(&mut direct)
            .expect("a handshake");
        assert_eq!(activity(conn), [false, true, false]);

        let mut tls = peer.send(b"data");
        let untaken = conn.process_tls_records(&mut tls);
        assert!(matches!(untaken.state, Ok(ConnectionState::ReadTraffic(_))));
        assert_eq!(activity(conn), [false, false, false]);
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = tls;
        direct.run().expect("a record");
        assert_eq!(activity(conn), [false, true, false]);

        let mut direct = Direct::new(&mut *conn);
        peer.conn.send_close_notify();
        direct.app().incoming = peer.write();
        direct.run().expect("a close_notify");
        assert!(direct.is_direct());
        assert_eq!(activity(conn), [false, false, false]);
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_handshake_that_has_failed_is_never_complete() {
    fn test<Data>(_: &Setup, _: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = b"GET /".to_vec();
        direct.run().expect_err("not TLS");
        assert!(!direct.is_direct());
        assert!(conn.is_handshaking());
        // The alert is still to be sent.
        assert!(conn.wants_write());
        let mut direct = Direct::new(&mut *conn);
        direct
            .run()
            .expect_err("a repeated error");
        assert!(!direct.app().outgoing.is_empty());
        assert!(conn.is_handshaking());
        assert!(!conn.wants_write());
    }
    each_connection!(test, one_setup_per_version());
}
