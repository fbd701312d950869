//! Can our server send data before it has the client's Finished? RFC 8446 s4.4.4.

use std::mem;

use rustls::Connection;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct::unbuffered::{ConnectionState, EncryptError};
use testing::{
    Configs, Direct, Endpoint, Peer, Role, Setup, encode, one_setup_per_version, pattern, room_for,
    setups,
};

use crate::exchange_data;
use crate::handshake_kinds::{after_a_connection, with_tiny_records};

/// Runs `test` with each of `setups` that has half-RTT data.
fn for_each_tls13(setups: Vec<Setup>, test: impl Fn(&Setup, Configs)) {
    for setup in setups {
        if setup.is_tls13() {
            println!("{}", setup.name());
            test(&setup, with_half_rtt_data(&setup));
        }
    }
}

/// Configs whose server may send data before the client's Finished.
fn with_half_rtt_data(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server.send_half_rtt_data = true;
    configs
}

/// A server that has answered a ClientHello, and a client that has read the server's flight.
fn server_waiting_for_finished(configs: &Configs) -> (Box<dyn Endpoint>, Peer) {
    let mut direct = configs.direct(Role::Server);
    let mut peer = configs.peer(Role::Client);
    direct.app().incoming = peer.write();
    direct.run().expect("a ClientHello");
    peer.read(&mem::take(&mut direct.app().outgoing))
        .expect("a flight");
    assert!(!direct.is_direct());
    (direct, peer)
}

/// After half-RTT data, the server's sequence numbers do not begin at 0.
#[test]
fn sequence_numbers_continue_after_half_rtt_data() {
    for_each_tls13(setups(), |_, configs| {
        for mut configs in [configs.clone(), after_a_connection(configs, Role::Server)] {
            for tickets in [0, 2] {
                configs.server.send_tls13_tickets = tickets;
                for lens in [&[][..], &[1], &[100, 40_000, 7]] {
                    let (mut direct, mut peer) = server_waiting_for_finished(&configs);
                    for len in lens {
                        let data = pattern(*len);
                        peer.read(&direct.send(&data))
                            .expect("half-RTT data");
                        assert!(mem::take(&mut peer.received) == data);
                    }
                    assert!(!direct.is_direct());
                    peer.talk_to(&mut *direct)
                        .expect("the rest of the handshake");
                    exchange_data(&mut *direct, &mut peer);
                }
            }
        }
    });
}

/// Returns the server's output after `incoming`, with `data` sealed at the first opportunity.
fn flight_with_data(
    conn: &mut UnbufferedServerConnection,
    mut incoming: Vec<u8>,
    data: &[u8],
) -> Vec<u8> {
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
fn half_rtt_data_can_be_sent_with_the_servers_flight() {
    for_each_tls13(one_setup_per_version(), |_, configs| {
        let mut conn = configs.server();
        let mut peer = configs.peer(Role::Client);
        let sent = flight_with_data(&mut conn, peer.write(), b"along with it");
        peer.read(&sent)
            .expect("a flight and data");
        assert_eq!(mem::take(&mut peer.received), b"along with it");
        let mut direct = Direct::new(&mut *conn);
        peer.talk_to(&mut direct)
            .expect("the rest of the handshake");
        exchange_data(&mut direct, &mut peer);
    });
}

#[test]
fn a_server_sends_none_if_it_requires_a_certificate_or_its_config_does_not_allow_it() {
    for_each_tls13(one_setup_per_version(), |setup, _| {
        let with_client_auth = with_half_rtt_data(&setup.clone().with_client_auth());
        for configs in [with_client_auth, setup.configs()] {
            let mut conn = configs.server();
            let mut peer = configs.peer(Role::Client);
            let sent = flight_with_data(&mut conn, peer.write(), b"not yet");
            let state = conn.process_tls_records(&mut []).state;
            assert!(matches!(state, Ok(ConnectionState::BlockedHandshake)));
            peer.read(&sent).expect("a flight");
            assert_eq!(peer.received, b"");

            // The server can send data with its tickets.
            let sent = flight_with_data(&mut conn, peer.write(), b"now");
            peer.read(&sent)
                .expect("tickets and data");
            assert_eq!(mem::take(&mut peer.received), b"now");
            exchange_data(&mut Direct::new(&mut *conn), &mut peer);
        }
    });
}

#[test]
fn a_write_without_enough_room_changes_nothing() {
    for_each_tls13(one_setup_per_version(), |setup, _| {
        let configs = with_half_rtt_data(
            &setup
                .clone()
                .with_max_fragment_size(100),
        );
        let (mut direct, mut peer) = server_waiting_for_finished(&configs);
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
        exchange_data(&mut *direct, &mut peer);
    });
}

#[test]
fn a_client_message_in_several_records_is_waited_for() {
    for_each_tls13(one_setup_per_version(), |setup, configs| {
        let mut direct = configs.direct(Role::Server);
        // The Finished is split over several records.
        let mut peer = with_half_rtt_data(&with_tiny_records(setup)).peer(Role::Client);
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
        exchange_data(&mut *direct, &mut peer);
    });
}

/// The close_notify waits until the handshake is complete, because the server's tickets have to precede it.
#[test]
fn a_server_that_has_closed_sends_only_the_end_of_its_handshake() {
    for_each_tls13(one_setup_per_version(), |_, mut configs| {
        for tickets in [0, 2] {
            configs.server.send_tls13_tickets = tickets;
            let (mut direct, mut peer) = server_waiting_for_finished(&configs);
            peer.read(&direct.send(b"the end"))
                .expect("half-RTT data");
            let is_closed = |direct: &mut dyn Endpoint| {
                assert!(matches!(
                    direct.encrypt(b"more", &mut [0; 100]),
                    Err(EncryptError::EncryptExhausted)
                ));
                // The close_notify is queued already, so it needs no room here.
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
