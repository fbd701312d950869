//! What rustls does at the end of a handshake that would lose something, or panic, if it was not seen to.

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
    Direct, Endpoint, Forger, NewSessionTicket, Peer, Role, Secrets, Setup, few_setups, seal,
    server_name,
};

use crate::kinds::{after_another, tiny, with_long_chains, with_tickets};
use crate::{converse, records, shake_hands};

/// Runs `test` with a setup for each library and version, and each role of ours.
fn each(test: impl Fn(&Setup, Role)) {
    for setup in few_setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            test(&setup, role);
        }
    }
}

/// The same with TLS 1.3 alone.
fn each_of_tls13(test: impl Fn(&Setup, Role)) {
    each(|setup, role| {
        if setup.is_tls13() {
            test(setup, role);
        }
    });
}

/// Trap: a server that may send half-RTT data is in `WriteTraffic` before it has the client's Finished.
#[test]
fn a_server_in_write_traffic_may_not_have_shaken_hands() {
    each_of_tls13(|setup, role| {
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
        converse(&mut *direct, &mut peer);
    });
}

/// Trap: while a message is incomplete, rustls remembers where its parts lay from the start of what it was shown.
#[test]
fn a_message_is_shown_from_its_beginning_until_it_is_whole() {
    const PIECE: usize = 1000;
    each(|setup, role| {
        let setup = with_long_chains(setup);
        let mut direct = setup.direct(role);
        let mut peer = Peer::new(&tiny(&setup), role.other());
        let mut longest = 0;
        shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
            // It comes in pieces that end in the middle of a record, and each time in another buffer.
            for piece in flight.chunks(PIECE) {
                let moved = [&direct.app().incoming[..], piece].concat();
                direct.app().incoming = moved;
                direct
                    .run()
                    .expect("a part of a handshake");
                longest = longest.max(direct.app().incoming.len());
            }
        });
        // TLS 1.2 does not protect the chain, so that its records are shorter.
        let window = if setup.is_tls13() { 49 } else { 32 } * 45_000 / 27;
        assert!(longest + PIECE > window, "{longest} bytes");
        converse(&mut *direct, &mut peer);
    });
}

/// Trap: after an error rustls has to be shown the same input again to say its last words, and panics at an empty one.
#[test]
fn an_error_within_a_message_is_told_to_the_peer() {
    each(|setup, role| {
        let mut direct = setup.direct(role);
        let mut peer = Peer::new(&tiny(setup), role.other());
        direct
            .run()
            .expect("to wait for the peer");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("what comes first");
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

/// Trap: read as a header, `GET / HTTP` announces eight thousand bytes that never come.
#[test]
fn another_protocol_in_the_middle_of_a_handshake_is_not_waited_for() {
    each(|setup, role| {
        let mut direct = setup.direct(role);
        let mut peer = Peer::new(setup, role.other());
        direct
            .run()
            .expect("to wait for the peer");
        peer.read(&mem::take(&mut direct.app().outgoing))
            .expect("what comes first");
        let flight = peer.write();
        direct.app().incoming = records(&flight)[0].to_vec();
        direct.run().expect("a hello");
        assert!(direct.app().incoming.is_empty());
        direct.app().incoming = b"GET /".to_vec();
        assert_eq!(direct.run(), Err(InvalidMessage::InvalidContentType.into()));
    });
}

/// Trap, HO-h: rustls gives its keys away only if the config allows it, and the caller's does not.
#[test]
fn a_config_that_forbids_secret_extraction_will_do_and_stays_as_it_is() {
    each(|setup, role| {
        let (client, server) = (setup.client_config(), setup.server_config());
        // Its sessions stay shared: the second connection resumes that of the first.
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
            assert_eq!(direct.agreed().kind, Some(kind));
            converse(&mut *direct, &mut peer);
        }
        assert!(!client.enable_secret_extraction);
        assert!(!server.enable_secret_extraction);
    });
}

/// Trap, HO-b: rustls can not be taken over as long as it has tickets to send.
#[test]
fn tickets_that_wait_to_be_sent_do_not_stand_in_the_way() {
    each_of_tls13(|setup, role| {
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
                // It is not said that they were sent, but data can be sent behind them.
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
                .expect("what was sealed in order");
            incoming.extend(peer.write());
        }
        let Connection::Client(client) = &peer.conn else {
            panic!("the peer is a client");
        };
        assert_eq!(client.tls13_tickets_received(), 3);
        assert_eq!(peer.received, b"datadatadata");
        peer.received.clear();
        converse(&mut Direct::new(&mut *conn), &mut peer);
    });
}

/// Trap, HO-e: sequence numbers do not begin at 0 after rustls has sealed tickets, or opened them.
#[test]
fn sequence_numbers_go_on_after_any_number_of_tickets() {
    each_of_tls13(|setup, role| {
        for setup in [setup.clone(), tiny(setup)] {
            for tickets in [0, 1, 2, 7] {
                let mut configs = setup.configs();
                configs.server.send_tls13_tickets = tickets;
                let (mut direct, mut peer) = configs.connected(role);
                converse(&mut *direct, &mut peer);
            }
        }
    });
}

/// Trap, HO-e: sequence numbers do not begin at 0 in TLS 1.2, whose Finished were sealed with the same keys.
#[test]
fn sequence_numbers_go_on_after_finished() {
    each(|setup, role| {
        if setup.is_tls13() {
            return;
        }
        let (direct, peer) = Forger::connected(setup, role);
        assert!(direct.is_direct());
        assert_eq!(peer.sealer.seq(), 1, "as rustls counts");
        let (mut direct, mut peer) = setup.connected(role);
        converse(&mut *direct, &mut peer);
    });
}

/// Trap, HO-d: rustls takes a ticket without its header of four bytes, and whole, but it may come in any number of
/// records.
#[test]
fn a_ticket_in_more_than_a_thousand_records_is_put_together() {
    each_of_tls13(|setup, role| {
        if role == Role::Server {
            return;
        }
        // The server puts the client's certificates into its tickets.
        let setup = with_long_chains(setup);
        let mut configs = with_tickets(&setup);
        configs.server.max_fragment_size = Some(32);
        configs.server.send_tls13_tickets = 1;
        let resumed = after_another(configs, role);
        let (mut direct, mut peer) = resumed.connected(role);
        assert_eq!(direct.agreed().kind, Some(HandshakeKind::Resumed));
        converse(&mut *direct, &mut peer);
    });
}

/// Trap: some servers send tickets before they have the client's Finished, right behind their own.
#[test]
fn tickets_behind_a_servers_finished_are_taken() {
    each_of_tls13(|setup, role| {
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
        let behind: [(ContentType, &[u8]); 5] = [
            (ContentType::Handshake, &tickets[..50]),
            (ContentType::Handshake, &tickets[50..]),
            (ContentType::ApplicationData, b"data"),
            (ContentType::Handshake, &ticket(1)),
            (ContentType::Alert, &[1, 0]),
        ];
        for (typ, content) in behind {
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
