//! Data that our server sends before it has the client's Finished. RFC 8446 s4.4.4.

use std::mem;

use rustls::Connection;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct::unbuffered::{ConnectionState, EncryptError};
use testing::{
    Configs, Direct, Endpoint, Peer, Role, Setup, encode, few_setups, pattern, room_for, setups,
};

use crate::converse;
use crate::kinds::{after_another, tiny};

/// Runs `test` with each of `setups` that has half-RTT data.
fn each(setups: Vec<Setup>, test: impl Fn(&Setup, Configs)) {
    for setup in setups {
        if setup.is_tls13() {
            println!("{}", setup.name());
            test(&setup, eager(&setup));
        }
    }
}

/// Configs whose server does not wait for the client's Finished.
fn eager(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server.send_half_rtt_data = true;
    configs
}

/// A server that has had a ClientHello, and a client that has had all that the server sent.
fn waits_for_finished(configs: &Configs) -> (Box<dyn Endpoint>, Peer) {
    let mut direct = configs.direct(Role::Server);
    let mut peer = configs.peer(Role::Client);
    direct.app().incoming = peer.write();
    direct.run().expect("a ClientHello");
    peer.read(&mem::take(&mut direct.app().outgoing))
        .expect("a flight");
    assert!(!direct.is_direct());
    (direct, peer)
}

/// Trap: a server's sequence numbers do not begin at 0 after it has sent data before the client's Finished.
#[test]
fn sequence_numbers_go_on_after_half_rtt_data() {
    each(setups(), |_, configs| {
        for mut configs in [configs.clone(), after_another(configs, Role::Server)] {
            for tickets in [0, 2] {
                configs.server.send_tls13_tickets = tickets;
                for lens in [&[][..], &[1], &[100, 40_000, 7]] {
                    let (mut direct, mut peer) = waits_for_finished(&configs);
                    for len in lens {
                        let data = pattern(*len);
                        peer.read(&direct.send(&data))
                            .expect("half-RTT data");
                        assert!(mem::take(&mut peer.received) == data);
                    }
                    assert!(!direct.is_direct());
                    peer.talk_to(&mut *direct)
                        .expect("the rest of the handshake");
                    converse(&mut *direct, &mut peer);
                }
            }
        }
    });
}

/// What the server sends after `incoming`, and `data` along with it, at the first opportunity.
fn sends(conn: &mut UnbufferedServerConnection, mut incoming: Vec<u8>, data: &[u8]) -> Vec<u8> {
    let mut sent = Vec::new();
    loop {
        let status = conn.process_tls_records(&mut incoming);
        let discard = status.discard;
        match status.state.expect("no error") {
            ConnectionState::EncodeTlsData(data) => encode(data, &mut sent),
            ConnectionState::TransmitTlsData(mut transmit) => {
                if let Some(mut write) = transmit.may_encrypt_app_data() {
                    let at = sent.len();
                    sent.resize(at + data.len() + 100, 0);
                    let len = write
                        .encrypt(data, &mut sent[at..])
                        .expect("room for it");
                    sent.truncate(at + len);
                }
                transmit.done();
                return sent;
            }
            other => panic!("{other:?}"),
        }
        incoming.drain(..discard);
    }
}

#[test]
fn it_can_go_along_with_the_servers_flight() {
    each(few_setups(), |_, configs| {
        let mut conn = configs.server();
        let mut peer = configs.peer(Role::Client);
        let sent = sends(&mut conn, peer.write(), b"along with it");
        peer.read(&sent)
            .expect("a flight and data");
        assert_eq!(mem::take(&mut peer.received), b"along with it");
        let mut direct = Direct::new(&mut *conn);
        peer.talk_to(&mut direct)
            .expect("the rest of the handshake");
        converse(&mut direct, &mut peer);
    });
}

#[test]
fn a_server_that_waits_for_the_clients_certificate_or_is_not_eager_sends_none() {
    each(few_setups(), |setup, _| {
        let careful = eager(&setup.clone().with_client_auth());
        for configs in [careful, setup.configs()] {
            let mut conn = configs.server();
            let mut peer = configs.peer(Role::Client);
            let sent = sends(&mut conn, peer.write(), b"not yet");
            let state = conn.process_tls_records(&mut []).state;
            assert!(matches!(state, Ok(ConnectionState::BlockedHandshake)));
            peer.read(&sent).expect("a flight");
            assert_eq!(peer.received, b"");

            // With the tickets it can.
            let sent = sends(&mut conn, peer.write(), b"now");
            peer.read(&sent)
                .expect("tickets and data");
            assert_eq!(mem::take(&mut peer.received), b"now");
            converse(&mut Direct::new(&mut *conn), &mut peer);
        }
    });
}

#[test]
fn too_little_room_is_said_and_costs_nothing() {
    each(few_setups(), |setup, _| {
        let configs = eager(
            &setup
                .clone()
                .with_max_fragment_size(100),
        );
        let (mut direct, mut peer) = waits_for_finished(&configs);
        let data = pattern(1000);
        let required = room_for(direct.encrypt(&data, &mut []));
        let mut out = vec![0xcc; required + 1];
        let again = room_for(direct.encrypt(&data, &mut out[..required - 1]));
        assert_eq!(again, required);
        assert!(out.iter().all(|byte| *byte == 0xcc));
        let written = direct.encrypt(&data, &mut out);
        assert_eq!(written.expect("room for it"), required);
        assert_eq!(out.pop(), Some(0xcc));
        peer.read(&out).expect("half-RTT data");
        assert!(mem::take(&mut peer.received) == data);
        peer.talk_to(&mut *direct)
            .expect("the rest of the handshake");
        converse(&mut *direct, &mut peer);
    });
}

#[test]
fn a_clients_message_that_is_half_read_is_waited_for() {
    each(few_setups(), |setup, configs| {
        let mut direct = configs.direct(Role::Server);
        // Its Finished is more than one record.
        let mut peer = eager(&tiny(setup)).peer(Role::Client);
        direct.app().incoming = peer.write();
        direct.run().expect("a ClientHello");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a flight");
        let finished = peer.write();
        for byte in &finished[..finished.len() - 1] {
            direct.app().incoming.push(*byte);
            direct
                .run()
                .expect("a part of a Finished");
            assert!(!direct.is_direct());
        }
        direct
            .app()
            .incoming
            .extend(finished.last());
        direct.run().expect("a Finished");
        peer.talk_to(&mut *direct)
            .expect("the rest of the handshake");
        converse(&mut *direct, &mut peer);
    });
}

/// The close_notify waits until the handshake is complete, since the server's tickets have to come before it.
#[test]
fn a_server_that_has_closed_sends_nothing_more_than_the_end_of_its_handshake() {
    each(few_setups(), |_, mut configs| {
        for tickets in [0, 2] {
            configs.server.send_tls13_tickets = tickets;
            let (mut direct, mut peer) = waits_for_finished(&configs);
            peer.read(&direct.send(b"the end"))
                .expect("half-RTT data");
            let is_closed = |direct: &mut dyn Endpoint| {
                assert!(matches!(
                    direct.encrypt(b"more", &mut [0; 100]),
                    Err(EncryptError::EncryptExhausted)
                ));
                // It is queued already, and takes no room here.
                assert_eq!(direct.close_notify(&mut []).ok(), Some(0));
            };
            assert_eq!(direct.close_notify(&mut []).ok(), Some(0));
            is_closed(&mut *direct);

            direct.app().incoming = peer.write();
            direct
                .app()
                .incoming
                .extend(peer.send(b"still here"));
            direct
                .run()
                .expect("a Finished and data");
            assert!(direct.is_direct());
            assert_eq!(direct.app().received, b"still here");
            assert!(!peer.closed);
            peer.read(&mem::take(&mut direct.app().outgoing))
                .expect("tickets and close_notify");
            assert!(peer.closed);
            assert_eq!(peer.received, b"the end");
            let Connection::Client(client) = &peer.conn else {
                panic!("the peer is a client");
            };
            assert_eq!(client.tls13_tickets_received() as usize, tickets);

            is_closed(&mut *direct);
            direct.run().expect("to wait for more");
            assert!(direct.app().outgoing.is_empty());
        }
    });
}
