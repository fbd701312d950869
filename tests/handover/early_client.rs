//! Can our client send early data? RFC 8446 s2.3.

use std::io::Write;

use rustls::HandshakeKind;
use rustls::server::ServerSessionMemoryCache;
use rustls_direct::client::{EarlyDataError, MayEncryptEarlyData, UnbufferedClientConnection};
use rustls_direct::unbuffered::{ConnectionState, EncryptError};
use testing::{
    Configs, Direct, Endpoint, Role, Setup, encode, one_setup_per_version, pattern, setups,
};

use crate::handshake_kinds::{after_a_connection, with_hello_retry};
use crate::{deliver, exchange_data, shake_hands};

/// Most early data that a server accepts, in bytes.
const MAX_EARLY_DATA: u32 = 50_000;

/// Configs whose client has a ticket that allows early data.
pub(crate) fn with_early_data_ticket(setup: &Setup, max_size: u32) -> Configs {
    let configs = setup
        .configs()
        .with_early_data(max_size);
    after_a_connection(configs, Role::Client)
}

/// Runs `test` with each of `setups` that has early data.
pub(crate) fn each_with_early_data(setups: Vec<Setup>, mut test: impl FnMut(&Setup)) {
    for setup in setups {
        if setup.is_tls13() {
            println!("{}", setup.name());
            test(&setup);
        }
    }
}

/// Lets `write` seal early data at each opportunity, and returns all that the client sends before the server's first
/// flight.
fn first_flight(
    conn: &mut UnbufferedClientConnection,
    mut write: impl FnMut(MayEncryptEarlyData<'_>) -> Vec<u8>,
) -> Vec<u8> {
    let mut flight = Vec::new();
    loop {
        match conn
            .process_tls_records(&mut [])
            .state
            .expect("to begin")
        {
            ConnectionState::EncodeTlsData(data) => encode(data, &mut flight),
            ConnectionState::TransmitTlsData(mut data) => {
                if let Some(early) = data.may_encrypt_early_data() {
                    flight.extend(write(early));
                }
                assert!(data.may_encrypt_app_data().is_none());
                data.done();
            }
            ConnectionState::BlockedHandshake => return flight,
            other => panic!("{other:?}"),
        }
    }
}

/// Seals `data` into a buffer with ample room.
fn seal(mut early: MayEncryptEarlyData<'_>, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; data.len() * 2 + 1000];
    let len = early
        .encrypt(data, &mut out)
        .expect("room for it");
    assert!(data.is_empty() || len > data.len());
    out.truncate(len);
    out
}

/// Passes `flight` to a server, completes the handshake, and exchanges data.
fn assert_accepted(
    configs: &Configs,
    conn: &mut UnbufferedClientConnection,
    flight: &[u8],
    early_data: &[u8],
) {
    let mut peer = configs.peer(Role::Server);
    peer.read(flight)
        .expect("a ClientHello and early data");
    assert!(peer.read_early().expect("accepted") == early_data);
    let mut direct = Direct::new(&mut **conn);
    peer.talk_to(&mut direct)
        .expect("a handshake");
    exchange_data(&mut direct, &mut peer);
}

#[test]
fn a_server_that_knows_the_session_accepts_early_data() {
    each_with_early_data(setups(), |setup| {
        for half_rtt in [false, true] {
            for len in [0, 1, 100, 40_000] {
                let mut configs = with_early_data_ticket(setup, MAX_EARLY_DATA);
                configs.server.send_half_rtt_data = half_rtt;
                let mut conn = configs.client();
                let data = pattern(len);
                let flight = first_flight(&mut conn, |early| seal(early, &data));

                let mut peer = configs.peer(Role::Server);
                peer.read(&flight)
                    .expect("a ClientHello and early data");
                assert!(peer.read_early() == Some(data));
                // The server may answer at once.
                let answer = pattern(20_000);
                peer.conn
                    .writer()
                    .write_all(&answer)
                    .expect("no limit");
                let mut direct = Direct::new(&mut *conn);
                shake_hands(&mut direct, &mut peer, |direct, _, flight| {
                    deliver(direct, [&flight[..]]);
                });
                assert_eq!(direct.negotiated().kind, Some(HandshakeKind::Resumed));
                assert!(direct.app().received == answer);
                direct.app().received.clear();
                exchange_data(&mut direct, &mut peer);
                assert_eq!(peer.read_early(), Some(Vec::new()), "no more early data");
            }
        }
    });
}

#[test]
fn several_writes_of_early_data_arrive_as_one_stream() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let configs = with_early_data_ticket(
            &setup
                .clone()
                .with_max_fragment_size(100),
            MAX_EARLY_DATA,
        );
        let mut conn = configs.client();
        let data = pattern(1000);
        let flight = first_flight(&mut conn, |mut early| {
            let mut flight = Vec::new();
            for piece in data.chunks(150) {
                let mut out = vec![0; 1000];
                let len = early
                    .encrypt(piece, &mut out)
                    .expect("room for it");
                flight.extend(&out[..len]);
            }
            flight
        });
        assert_accepted(&configs, &mut conn, &flight, &data);
    });
}

#[test]
fn early_data_without_enough_room_is_not_charged() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let configs = with_early_data_ticket(setup, 100);
        let mut conn = configs.client();
        let data = pattern(80);
        let flight = first_flight(&mut conn, |mut early| {
            let mut refused = |room: &mut [u8]| match early.encrypt(&data, room) {
                Err(EarlyDataError::Encrypt(EncryptError::InsufficientSize(size))) => {
                    size.required_size
                }
                other => panic!("{other:?}"),
            };
            let required = refused(&mut []);
            let mut out = vec![0xcc; required];
            assert_eq!(refused(&mut out[..required - 1]), required);
            assert!(out.iter().all(|byte| *byte == 0xcc));
            // The failed call has used none of the allowed size.
            let written = early.encrypt(&data, &mut out);
            assert_eq!(written.expect("room for it"), required);
            out
        });
        assert_accepted(&configs, &mut conn, &flight, &data);
    });
}

#[test]
fn no_more_early_data_is_sent_than_the_server_allows() {
    each_with_early_data(one_setup_per_version(), |setup| {
        const OVERHEAD: usize = 5 + 1 + 16;
        let configs = with_early_data_ticket(setup, 100);
        let mut conn = configs.client();
        let data = pattern(100);
        let flight = first_flight(&mut conn, |mut early| {
            let mut out = vec![0; 1000];
            let first = early
                .encrypt(&data[..60], &mut out)
                .expect("allowed");
            assert_eq!(first, 60 + OVERHEAD);
            // As in rustls, only the allowed part of the next write is sealed. The length shows it.
            let second = early
                .encrypt(&pattern(160)[60..], &mut out[first..])
                .expect("allowed in part");
            assert_eq!(second, 40 + OVERHEAD);
            let third = early
                .encrypt(b"more", &mut out[first + second..])
                .expect("nothing is allowed, which is no error");
            assert_eq!(third, 0);
            out.truncate(first + second);
            out
        });
        assert_accepted(&configs, &mut conn, &flight, &data);
    });
}

/// Servers that reject early data, and the kind of handshake that follows.
pub(crate) fn rejecting_servers(
    setup: &Setup,
    max_size: u32,
) -> [(&'static str, HandshakeKind, Configs); 4] {
    let [
        mut restarted_server,
        mut ticket_server,
        mut server_without_early_data,
        mut retrying_server,
    ] = [(); 4].map(|()| with_early_data_ticket(setup, max_size));
    restarted_server.server.session_storage = ServerSessionMemoryCache::new(10);
    ticket_server.server.ticketer = setup.ticketer();
    server_without_early_data
        .server
        .max_early_data_size = 0;
    retrying_server.server = with_hello_retry(setup).server;
    [
        ("restarted", HandshakeKind::Full, restarted_server),
        (
            "with tickets of another kind",
            HandshakeKind::Full,
            ticket_server,
        ),
        (
            "that resumes without",
            HandshakeKind::Resumed,
            server_without_early_data,
        ),
        (
            "that asks for another group",
            HandshakeKind::FullWithHelloRetryRequest,
            retrying_server,
        ),
    ]
}

#[test]
fn a_handshake_completes_after_its_early_data_was_rejected() {
    each_with_early_data(setups(), |setup| {
        // rustls charges a skipped record each time it sees it, up to 16 KiB if the server accepts no early data.
        for len in [0, 1, 5_000] {
            for (what, kind, configs) in rejecting_servers(setup, MAX_EARLY_DATA) {
                println!("a server {what}, {len} bytes");
                let mut conn = configs.client();
                let mut may = 0;
                let flight = first_flight(&mut conn, |early| {
                    may += 1;
                    seal(early, &pattern(len))
                });
                assert_eq!(may, 1);
                let mut peer = configs.peer(Role::Server);
                peer.read(&flight)
                    .expect("a ClientHello and early data");
                assert_eq!(peer.read_early(), None);
                let mut direct = Direct::new(&mut *conn);
                peer.talk_to(&mut direct)
                    .expect("a handshake");
                assert_eq!(direct.negotiated().kind, Some(kind));
                assert_eq!(peer.received, b"");
                exchange_data(&mut direct, &mut peer);
            }
        }
    });
}

#[test]
fn early_data_is_not_offered_after_the_first_flight() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let mut servers = vec![with_early_data_ticket(setup, MAX_EARLY_DATA)];
        servers.extend(rejecting_servers(setup, MAX_EARLY_DATA).map(|(_, _, configs)| configs));
        for configs in servers {
            let mut conn = configs.client();
            let mut incoming = Vec::new();
            let mut peer = configs.peer(Role::Server);
            peer.read(&first_flight(&mut conn, |early| seal(early, b"early")))
                .expect("a ClientHello and early data");
            let mut outgoing = Vec::new();
            let mut transmitted = 0;
            loop {
                incoming.extend(peer.write());
                let status = conn.process_tls_records(&mut incoming);
                let discard = status.discard;
                match status.state.expect("a handshake") {
                    ConnectionState::EncodeTlsData(data) => encode(data, &mut outgoing),
                    ConnectionState::TransmitTlsData(mut data) => {
                        assert!(data.may_encrypt_early_data().is_none());
                        data.done();
                        transmitted += 1;
                        peer.read(&outgoing)
                            .expect("a part of a handshake");
                        outgoing.clear();
                    }
                    ConnectionState::BlockedHandshake => {}
                    ConnectionState::WriteTraffic(_) => break,
                    other => panic!("{other:?}"),
                }
                incoming.drain(..discard);
            }
            assert!(transmitted > 0);
            assert!(conn.is_direct());
            exchange_data(&mut Direct::new(&mut *conn), &mut peer);
        }
    });
}

#[test]
fn early_data_is_offered_only_with_a_ticket_and_a_config_that_allow_it() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let with_early_data_ticket = with_early_data_ticket(setup, MAX_EARLY_DATA);
        let mut rejecting_servers = with_early_data_ticket.clone();
        rejecting_servers
            .client
            .enable_early_data = false;
        let no_ticket = setup
            .configs()
            .with_early_data(MAX_EARLY_DATA);
        let mut ticket_without_early_data = after_a_connection(setup.configs(), Role::Client);
        ticket_without_early_data
            .client
            .enable_early_data = true;
        for configs in [rejecting_servers, no_ticket, ticket_without_early_data] {
            let mut conn = configs.client();
            let flight = first_flight(&mut conn, |_| panic!("early data is offered"));
            let mut peer = configs.peer(Role::Server);
            peer.read(&flight)
                .expect("a ClientHello");
            let mut direct = Direct::new(&mut *conn);
            peer.talk_to(&mut direct)
                .expect("a handshake");
            exchange_data(&mut direct, &mut peer);
        }
    });
}
