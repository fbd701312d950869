//! Do calls in an unusual order work?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use std::mem;
use std::sync::Arc;

use rustls::unbuffered::EncryptError;
use rustls::{ClientConfig, ServerConfig, ServerConnection};
use rustls_direct::client::{EarlyDataError, UnbufferedClientConnection};
use rustls_direct::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};
use testing::{Direct, Endpoint, Peer, Role, Setup, pattern, server_name, setups};

/// A client that transmits everything and never acknowledges it.
struct Unacknowledging {
    conn: UnbufferedClientConnection,
    incoming: Vec<u8>,
    received: Vec<u8>,
}

impl Unacknowledging {
    /// Advances to the next `TransmitTlsData`, and returns the flight and whether data may be sent with it.
    fn next_flight(&mut self) -> (Vec<u8>, bool) {
        let mut flight = Vec::new();
        loop {
            let UnbufferedStatus { mut discard, state } = self
                .conn
                .process_tls_records(&mut self.incoming);
            let mut may_write = None;
            match state.expect("no error") {
                ConnectionState::EncodeTlsData(mut data) => {
                    let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) else {
                        panic!("nothing to encode");
                    };
                    let at = flight.len();
                    flight.resize(at + size.required_size, 0);
                    data.encode(&mut flight[at..])
                        .expect("room for it");
                }
                ConnectionState::TransmitTlsData(mut transmit) => {
                    may_write = Some(
                        transmit
                            .may_encrypt_app_data()
                            .is_some(),
                    );
                }
                ConnectionState::ReadTraffic(mut read) => {
                    while let Some(record) = read.next_record() {
                        let record = record.expect("a record");
                        self.received
                            .extend_from_slice(record.payload);
                        discard += record.discard;
                    }
                }
                other => panic!("{other:?}"),
            }
            self.incoming.drain(..discard);
            if let Some(may_write) = may_write {
                return (flight, may_write);
            }
        }
    }

    fn connected(setup: &Setup) -> (Self, Peer, Vec<u8>) {
        let mut peer = Peer::new(setup, Role::Server);
        let mut client = Self {
            conn: setup.client(),
            incoming: Vec::new(),
            received: Vec::new(),
        };
        loop {
            let (flight, may_write) = client.next_flight();
            if may_write {
                assert!(client.conn.is_direct());
                return (client, peer, flight);
            }
            peer.read(&flight).expect("authentic");
            client.incoming.extend(peer.write());
        }
    }
}

/// rustls continues to read, so neither side waits for the other if a socket is full.
#[test]
fn unacknowledged_output_does_not_prevent_reading() {
    for setup in setups() {
        println!("{}", setup.name());
        let (mut client, mut peer, flight) = Unacknowledging::connected(&setup);
        peer.read(&flight).expect("authentic");
        for _ in 0..3 {
            client
                .incoming
                .extend(peer.send(b"data"));
            let (nothing, may_write) = client.next_flight();
            assert_eq!((nothing, may_write), (vec![], true));
        }
        assert_eq!(client.received, b"datadatadata");
    }
}

/// Data sealed with the last flight follows the KeyUpdate that was requested before.
#[test]
fn a_key_update_precedes_data_sealed_in_the_same_state() {
    for setup in setups() {
        if !setup.is_tls13() {
            continue;
        }
        println!("{}", setup.name());
        let (mut client, mut peer, mut flight) = Unacknowledging::connected(&setup);
        let state = client
            .conn
            .process_tls_records(&mut [])
            .state;
        let Ok(ConnectionState::TransmitTlsData(mut transmit)) = state else {
            panic!("{state:?}");
        };
        let write = transmit
            .may_encrypt_app_data()
            .expect("after the handshake");
        write
            .refresh_traffic_keys()
            .expect("TLS 1.3");
        let mut write = transmit
            .may_encrypt_app_data()
            .expect("after the handshake");
        let mut out = [0; 100];
        let written = write
            .encrypt(b"after it", &mut out)
            .expect("room for it");
        transmit.done();
        flight.extend_from_slice(&out[..written]);
        peer.read(&flight).expect("in order");
        assert_eq!(peer.received, b"after it");

        // The peer has the request, and nothing is left to encode.
        let state = client
            .conn
            .process_tls_records(&mut [])
            .state;
        assert!(matches!(state, Ok(ConnectionState::WriteTraffic(_))));
        let answer = peer.send(b"with an answer");
        let mut direct = Direct::new(client.conn);
        direct.app().incoming = answer;
        direct.run().expect("authentic");
        assert_eq!(direct.app().received, b"with an answer");
    }
}

/// Early data that finds no room is not lost.
#[test]
fn early_data_without_room_can_be_repeated() {
    for setup in setups() {
        if !setup.is_tls13() {
            continue;
        }
        println!("{}", setup.name());
        let mut server = ServerConfig::clone(&setup.server_config());
        server.max_early_data_size = 1000;
        let server = Arc::new(server);
        let mut client = ClientConfig::clone(&setup.client_config());
        client.enable_early_data = true;
        let client = Arc::new(client);
        let connect = || {
            UnbufferedClientConnection::new(client.clone(), server_name()).expect("a connection")
        };
        let accept = || ServerConnection::new(server.clone()).expect("a connection");

        let mut direct = Direct::new(connect());
        Peer::of(accept())
            .talk_to(&mut direct)
            .expect("a handshake and tickets");

        let mut conn = connect();
        let mut hello = vec![0; 2000];
        let ConnectionState::EncodeTlsData(mut data) = conn
            .process_tls_records(&mut [])
            .state
            .expect("a ClientHello")
        else {
            panic!("no ClientHello");
        };
        let written = data
            .encode(&mut hello)
            .expect("room for it");
        hello.truncate(written);
        let mut transmit = loop {
            match conn
                .process_tls_records(&mut [])
                .state
                .expect("no error")
            {
                ConnectionState::EncodeTlsData(mut data) => {
                    let mut more = [0; 100];
                    let written = data
                        .encode(&mut more)
                        .expect("room for it");
                    hello.extend_from_slice(&more[..written]);
                }
                ConnectionState::TransmitTlsData(transmit) => break transmit,
                other => panic!("{other:?}"),
            }
        };
        let mut early = transmit
            .may_encrypt_early_data()
            .expect("a ticket that allows it");
        let data = pattern(1000);
        let refused = early.encrypt(&data, &mut []);
        let Err(EarlyDataError::Encrypt(EncryptError::InsufficientSize(size))) = refused else {
            panic!("{refused:?}");
        };
        let mut out = vec![0; size.required_size];
        let sealed = early.encrypt(&data, &mut out);
        assert_eq!(sealed.expect("room for it"), out.len());
        transmit.done();

        let mut peer = Peer::of(accept());
        peer.read(&hello)
            .expect("a ClientHello");
        peer.read(&out).expect("early data");
        let rustls::Connection::Server(accepted) = &mut peer.conn else {
            panic!("not a server");
        };
        let mut received = Vec::new();
        std::io::Read::read_to_end(&mut accepted.early_data().expect("accepted"), &mut received)
            .expect("no error");
        assert!(received == data);

        let mut direct = Direct::new(conn);
        direct.app().incoming = peer.write();
        peer.talk_to(&mut direct)
            .expect("the rest of the handshake");
        assert!(direct.is_direct());
        let sent = mem::take(&mut direct.app().outgoing);
        assert_eq!(sent, b"");
    }
}
