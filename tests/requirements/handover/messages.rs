//! Does rustls or do we handle a message that directly follows the handshake, and always one side alone?

use rustls::Error;
use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};
use rustls_direct::cipher::TrafficKeys;
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use rustls_direct::record_layer::DecryptionState;
use testing::raw::Keys;
use testing::{Forger, Peer, Role, Target, server_name};

use super::pair::Pair;

/// Likewise, with TLS 1.3 only.
fn for_each_tls13(test: impl Fn(&Pair)) {
    Pair::each(|pair| {
        if pair.setup.is_tls13() {
            test(pair);
        }
    });
}

/// Runs `test` with a client, and a server that splits its tickets over records.
fn each_with_tickets_in_parts(test: impl Fn(&Pair)) {
    for_each_tls13(|pair| {
        if pair.role == Role::Client {
            let mut pair = pair.clone();
            pair.configs.server.max_fragment_size = Some(32);
            test(&pair);
        }
    });
}

/// HO-d: a ticket split over records is accepted, because we read all of it.
#[test]
fn a_ticket_in_parts_after_the_handshake_is_accepted() {
    each_with_tickets_in_parts(|pair| {
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        let flight = pair.last_flight(&mut target, &mut peer);
        target
            .receive(&flight)
            .expect("a flight");
        assert!(target.is_direct());
        peer.read(&target.answer())
            .expect("the client's Finished");
        let tickets = peer.write();
        assert!(tickets.len() > 2 * (32 + 1 + 16), "more than one record");
        for byte in tickets {
            target
                .receive(&[byte])
                .expect("a part of a ticket");
        }
        target
            .receive(&peer.send(b"data"))
            .expect("data");
        assert_eq!(target.received(), b"data");
    });
}

/// HO-d: rustls's unbuffered connection can be taken over in the middle of a ticket, and keeps its first part.
#[test]
fn rustls_can_be_taken_over_in_the_middle_of_a_ticket() {
    each_with_tickets_in_parts(|pair| {
        let mut target =
            UnbufferedClientConnection::new(pair.configs.client.clone().into(), server_name())
                .expect("a connection");
        let mut peer = pair.peer();
        let mut incoming = Vec::new();
        peer.read(&run(&mut target, &mut incoming))
            .expect("a ClientHello");
        incoming.extend(peer.write());
        peer.read(&run(&mut target, &mut incoming))
            .expect("a Finished");
        assert_eq!(incoming, []);

        let tickets = peer.write();
        let header = RecordHeader::read(&tickets).expect("a header");
        let (first, rest) = tickets.split_at(HEADER_LEN + header.payload_len());
        incoming.extend_from_slice(first);
        assert_eq!(run(&mut target, &mut incoming), []);
        // A whole record that rustls has opened and not discarded.
        assert_eq!(incoming.len(), first.len());
        assert_ne!(incoming, first);

        let (secrets, _) = target
            .dangerous_into_kernel_connection()
            .expect("no reason to refuse");
        let Keys { seq, key, iv } = secrets.rx.into();
        assert_eq!(seq, 1, "the record was counted");
        let keys = TrafficKeys::new(&key, &iv).expect("key and iv");
        let open = |seq, mut tls: Vec<u8>| {
            DecryptionState::new(pair.setup.records, pair.setup.id(), &keys, seq)
                .expect("keys of the suite")
                .decrypt_incoming(&mut tls)
                .map(|_| ())
        };
        open(0, incoming).expect_err("opened already");
        open(1, rest.to_vec()).expect("the middle of the ticket");
    });
}

/// Runs rustls's connection until it needs more input, and returns its output.
fn run(conn: &mut UnbufferedClientConnection, incoming: &mut Vec<u8>) -> Vec<u8> {
    let mut outgoing = Vec::new();
    loop {
        let UnbufferedStatus { discard, state } = conn.process_tls_records(incoming);
        let mut idle = false;
        match state.expect("a handshake") {
            ConnectionState::EncodeTlsData(mut data) => {
                let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) else {
                    panic!("nothing to encode");
                };
                let at = outgoing.len();
                outgoing.resize(at + size.required_size, 0);
                data.encode(&mut outgoing[at..])
                    .expect("room for it");
            }
            ConnectionState::TransmitTlsData(data) => data.done(),
            _ => idle = true,
        }
        incoming.drain(..discard);
        if idle {
            return outgoing;
        }
    }
}

/// Completes the handshake, and delivers a request for new keys of `peer` directly after it.
fn deliver_update_request(pair: &Pair, target: &mut dyn Target, peer: &mut Peer) {
    let mut all = pair.last_flight(target, peer);
    if pair.role == Role::Client {
        // A server of rustls sends it only after the client's Finished.
        target.receive(&all).expect("a flight");
        peer.read(&target.answer())
            .expect("the client's Finished");
        all = Vec::new();
    }
    peer.conn
        .refresh_traffic_keys()
        .expect("the handshake is complete");
    all.extend(peer.write());
    target
        .receive(&all)
        .expect("a KeyUpdate");
}

/// HO-f: a peer that requests new keys directly after its handshake gets its answer.
#[test]
fn a_key_update_after_the_handshake_is_answered() {
    for_each_tls13(|pair| {
        let (mut target, mut peer) = (pair.ours(), pair.peer());
        deliver_update_request(pair, &mut target, &mut peer);
        assert!(target.is_direct());
        peer.read(&target.answer())
            .expect("the answer");
        let sent = target.write(b"out");
        peer.read(&sent.expect("to write"))
            .expect("data under the next key");
        assert_eq!(peer.received, b"out");
        target
            .receive(&peer.send(b"in"))
            .expect("data");
        assert_eq!(target.received(), b"in");
    });
}

/// HO-f: rustls gives the next key, and drops the answer that would announce it.
#[test]
fn rustls_loses_its_answer_to_a_key_update() {
    for_each_tls13(|pair| {
        let (mut target, mut peer) = (pair.rustls(), pair.peer());
        deliver_update_request(pair, &mut target, &mut peer);
        let rest = target.answer();
        peer.read(&rest)
            .expect("nothing or tickets");
        let mut taken = Forger::new(&pair.setup, target);
        let data = taken.seal(rustls::ContentType::ApplicationData, b"out");
        assert_eq!(peer.read(&data), Err(Error::DecryptError));
    });
}
