//! Does the handover withstand what would lose something, or panic, in a naive use of rustls?

use std::mem;

use rustls::{
    AlertDescription, ClientConnection, Connection, ContentType, Error, HandshakeKind,
    InvalidMessage, ServerConnection,
};
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};
use testing::{
    Direct, Endpoint, Forger, NewSessionTicket, Peer, Role, Secrets, Setup, one_setup_per_version,
    seal, server_name,
};

use crate::handshake_kinds::{
    after_a_connection, with_long_chains, with_tickets, with_tiny_records,
};
use crate::{exchange_data, records, shake_hands};

/// Runs `test` with a setup for each library and version, and each role of ours.
fn for_each_setup_and_role(test: impl Fn(&Setup, Role)) {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&setup, role);
        }
    }
}

/// Likewise, with TLS 1.3 only.
fn for_each_tls13(test: impl Fn(&Setup, Role)) {
    for_each_setup_and_role(|setup, role| {
        if setup.is_tls13() {
            test(setup, role);
        }
    });
}

/// A server that may send half-RTT data is in `WriteTraffic` before it has the client's Finished.
#[test]
fn a_server_in_write_traffic_is_not_taken_over_before_finished() {
    for_each_tls13(|setup, role| {
        if role == Role::Client {
            return;
        }
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        let mut direct = configs.direct(role);
        let mut peer = configs.peer(Role::Client);
        direct.app().incoming = peer.write();
        direct.run().expect("a ClientHello");
        assert!(!direct.is_direct());
        peer.talk_to(&mut *direct)
            .expect("the rest of the handshake");
        exchange_data(&mut *direct, &mut peer);
    });
}

/// While a message is incomplete, rustls remembers the offsets of its parts from the start of the input.
#[test]
fn a_message_is_kept_in_the_input_until_it_is_whole() {
    const PIECE: usize = 1000;
    for_each_setup_and_role(|setup, role| {
        let setup = with_long_chains(setup);
        let mut direct = setup.direct(role);
        let mut peer = Peer::new(&with_tiny_records(&setup), role.other());
        let mut longest = 0;
        shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
            // Each piece ends in the middle of a record, and each time the input is in another buffer.
            for piece in flight.chunks(PIECE) {
                let moved = [&direct.app().incoming[..], piece].concat();
                direct.app().incoming = moved;
                direct
                    .run()
                    .expect("a part of a handshake");
                longest = longest.max(direct.app().incoming.len());
            }
        });
        // TLS 1.2 does not protect the chain, so its records are shorter.
        let window = if setup.is_tls13() { 49 } else { 32 } * 45_000 / 27;
        assert!(longest + PIECE > window, "{longest} bytes");
        exchange_data(&mut *direct, &mut peer);
    });
}

/// After an error rustls needs the same input again to write its alert, and panics at an empty one.
#[test]
fn an_error_in_the_middle_of_a_message_sends_an_alert() {
    for_each_setup_and_role(|setup, role| {
        let mut direct = setup.direct(role);
        let mut peer = Peer::new(&with_tiny_records(setup), role.other());
        direct
            .run()
            .expect("to wait for the peer");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a first flight");
        let mut incoming = peer.write();
        incoming.truncate(3 * 32);
        incoming.extend([99, 3, 3, 0, 1]);
        direct.app().incoming = incoming;
        for _ in 0..3 {
            assert_eq!(direct.run(), Err(InvalidMessage::InvalidContentType.into()));
        }
        let alert = peer.read(&mem::take(&mut direct.app().outgoing));
        assert_eq!(
            alert,
            Err(Error::AlertReceived(AlertDescription::DecodeError))
        );
    });
}

/// Read as a header, `GET / HTTP` announces eight thousand bytes that never arrive.
#[test]
fn another_protocol_in_the_middle_of_a_handshake_is_refused_at_once() {
    for_each_setup_and_role(|setup, role| {
        let mut direct = setup.direct(role);
        let mut peer = Peer::new(setup, role.other());
        direct
            .run()
            .expect("to wait for the peer");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a first flight");
        let flight = peer.write();
        direct.app().incoming = records(&flight)[0].to_vec();
        direct.run().expect("a hello");
        assert!(direct.app().incoming.is_empty());
        direct.app().incoming = b"GET /".to_vec();
        assert_eq!(direct.run(), Err(InvalidMessage::InvalidContentType.into()));
    });
}

/// HO-h: rustls gives its keys only if the config allows it, and the caller's config does not.
#[test]
fn a_config_that_forbids_secret_extraction_is_accepted_and_not_changed() {
    for_each_setup_and_role(|setup, role| {
        let (client, server) = (setup.client_config(), setup.server_config());
        // The sessions stay shared: the second connection resumes that of the first.
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut direct: Box<dyn Endpoint> = match role {
                Role::Client => {
                    let conn = UnbufferedClientConnection::new(client.clone(), server_name());
                    Box::new(Direct::new(conn.expect("a connection")))
                }
                Role::Server => {
                    let conn = UnbufferedServerConnection::new(server.clone());
                    Box::new(Direct::new(conn.expect("a connection")))
                }
            };
            let mut peer = match role {
                Role::Client => Peer::of(ServerConnection::new(server.clone()).expect("a peer")),
                Role::Server => {
                    Peer::of(ClientConnection::new(client.clone(), server_name()).expect("a peer"))
                }
            };
            peer.talk_to(&mut *direct)
                .expect("a handshake");
            assert_eq!(direct.negotiated().kind, Some(kind));
            exchange_data(&mut *direct, &mut peer);
        }
        assert!(!client.enable_secret_extraction);
        assert!(!server.enable_secret_extraction);
    });
}

/// HO-b: rustls cannot be taken over while it has tickets to send.
#[test]
fn data_can_be_sent_after_tickets_that_are_not_sent_yet() {
    for_each_tls13(|setup, role| {
        if role == Role::Client {
            return;
        }
        let mut configs = setup.configs();
        configs.server.send_tls13_tickets = 3;
        let mut conn = configs.server();
        let mut peer = configs.peer(Role::Client);
        let mut incoming = peer.write();
        let mut to_peer = Vec::new();
        let mut data = 0;
        while data < 3 {
            let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
            let mut out = vec![0; 10_000];
            match state.expect("no error") {
                ConnectionState::EncodeTlsData(mut chunk) => {
                    let len = chunk
                        .encode(&mut out)
                        .expect("room for it");
                    to_peer.extend(&out[..len]);
                }
                // The tickets are not acknowledged as sent, but data can be sealed after them.
                ConnectionState::TransmitTlsData(mut transmit) => {
                    match transmit.may_encrypt_app_data() {
                        Some(mut write) => {
                            let len = write
                                .encrypt(b"data", &mut out)
                                .expect("room for it");
                            to_peer.extend(&out[..len]);
                            data += 1;
                            if data == 3 {
                                transmit.done();
                            }
                        }
                        None => transmit.done(),
                    }
                }
                ConnectionState::BlockedHandshake => {}
                other => panic!("{other:?}"),
            }
            incoming.drain(..discard);
            peer.read(&mem::take(&mut to_peer))
                .expect("records in order");
            incoming.extend(peer.write());
        }
        let Connection::Client(client) = &peer.conn else {
            panic!("the peer is a client");
        };
        assert_eq!(client.tls13_tickets_received(), 3);
        assert_eq!(peer.received, b"datadatadata");
        peer.received.clear();
        exchange_data(&mut Direct::new(&mut *conn), &mut peer);
    });
}

/// HO-e: after rustls has sealed or opened tickets, sequence numbers do not begin at 0.
#[test]
fn sequence_numbers_continue_after_any_number_of_tickets() {
    for_each_tls13(|setup, role| {
        for setup in [setup.clone(), with_tiny_records(setup)] {
            for tickets in [0, 1, 2, 7] {
                let mut configs = setup.configs();
                configs.server.send_tls13_tickets = tickets;
                let (mut direct, mut peer) = configs.connected(role);
                exchange_data(&mut *direct, &mut peer);
            }
        }
    });
}

/// HO-e: in TLS 1.2, sequence numbers do not begin at 0, because Finished was sealed with the same keys.
#[test]
fn sequence_numbers_continue_after_finished() {
    for_each_setup_and_role(|setup, role| {
        if setup.is_tls13() {
            return;
        }
        let (direct, peer) = Forger::connected(setup, role);
        assert!(direct.is_direct());
        assert_eq!(peer.sealer.seq(), 1, "as rustls counts");
        let (mut direct, mut peer) = setup.connected(role);
        exchange_data(&mut *direct, &mut peer);
    });
}

/// HO-d: rustls takes a ticket whole and without its header of four bytes, but it may come in any number of records.
#[test]
fn a_ticket_in_more_than_a_thousand_records_is_put_together() {
    for_each_tls13(|setup, role| {
        if role == Role::Server {
            return;
        }
        // The server puts the client's certificates into its tickets.
        let setup = with_long_chains(setup);
        let mut configs = with_tickets(&setup);
        configs.server.max_fragment_size = Some(32);
        configs.server.send_tls13_tickets = 1;
        let resumed = after_a_connection(configs, role);
        let (mut direct, mut peer) = resumed.connected(role);
        assert_eq!(direct.negotiated().kind, Some(HandshakeKind::Resumed));
        exchange_data(&mut *direct, &mut peer);
    });
}

/// Some servers send tickets before they have the client's Finished, directly after their own.
#[test]
fn tickets_directly_after_a_servers_finished_are_accepted() {
    for_each_tls13(|setup, role| {
        if role == Role::Server {
            return;
        }
        let secrets = Secrets::new();
        let mut configs = setup.configs();
        configs.server.key_log = secrets.clone();
        let mut direct = configs.direct(role);
        let mut peer = configs.peer(role.other());
        direct.run().expect("to begin");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("a ClientHello");
        direct.app().incoming = peer.write();

        let mut sealer = setup.sealer_of(&secrets, "SERVER_TRAFFIC_SECRET_0");
        let ticket = |len| NewSessionTicket::with_len(len).message();
        let tickets = [ticket(9), ticket(100)].concat();
        let after: [(ContentType, &[u8]); 5] = [
            (ContentType::Handshake, &tickets[..50]),
            (ContentType::Handshake, &tickets[50..]),
            (ContentType::ApplicationData, b"data"),
            (ContentType::Handshake, &ticket(1)),
            (ContentType::Alert, &[1, 0]),
        ];
        for (typ, content) in after {
            let record = seal(&mut sealer, OutboundRecord::new(typ, content.into()));
            direct.app().incoming.extend(record);
        }
        direct
            .run()
            .expect("a handshake and what follows it");
        assert!(direct.is_direct());
        assert_eq!(direct.app().received, b"data");
        assert!(direct.app().peer_closed);
        assert!(direct.app().incoming.is_empty());

        let finished = mem::take(&mut direct.app().outgoing);
        peer.read(&finished)
            .expect("a Finished");
        peer.read(&direct.send(b"data"))
            .expect("rustls opens what we sealed");
        assert_eq!(peer.received, b"data");
    });
}
