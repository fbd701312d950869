//! Early data that our client sends. RFC 8446 s2.3.

use std::io::Write;

use rustls::HandshakeKind;
use rustls::server::ServerSessionMemoryCache;
use rustls_direct::client::{EarlyDataError, MayEncryptEarlyData, UnbufferedClientConnection};
use rustls_direct::unbuffered::{ConnectionState, EncryptError};
use testing::{Configs, Direct, Endpoint, Role, Setup, encode, few_setups, pattern, setups};

use crate::kinds::{after_another, retried};
use crate::{converse, deliver, shake_hands};

/// Most early data that a server takes, in bytes.
const MAX: u32 = 50_000;

/// Configs whose client has a ticket that allows early data.
pub(crate) fn acquainted(setup: &Setup, max_size: u32) -> Configs {
    let configs = setup
        .configs()
        .with_early_data(max_size);
    after_another(configs, Role::Client)
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

/// Lets `write` seal early data wherever it may, and returns all that the client sends before it hears from the server.
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

/// Seals `data` into much room.
fn seal(mut early: MayEncryptEarlyData<'_>, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; data.len() * 2 + 1000];
    let len = early
        .encrypt(data, &mut out)
        .expect("room for it");
    assert!(data.is_empty() || len > data.len());
    out.truncate(len);
    out
}

/// Shows `flight` to a server, and goes on to the end of the handshake and beyond.
fn is_taken(
    configs: &Configs,
    conn: &mut UnbufferedClientConnection,
    flight: &[u8],
    early_data: &[u8],
) {
    let mut peer = configs.peer(Role::Server);
    peer.read(flight)
        .expect("a ClientHello and early data");
    assert!(peer.read_early().expect("it is taken") == early_data);
    let mut direct = Direct::new(&mut **conn);
    peer.talk_to(&mut direct)
        .expect("a handshake");
    converse(&mut direct, &mut peer);
}

#[test]
fn a_server_that_knows_us_takes_it() {
    each_with_early_data(setups(), |setup| {
        for half_rtt in [false, true] {
            for len in [0, 1, 100, 40_000] {
                let mut configs = acquainted(setup, MAX);
                configs.server.send_half_rtt_data = half_rtt;
                let mut conn = configs.client();
                let data = pattern(len);
                let flight = first_flight(&mut conn, |early| seal(early, &data));

                let mut peer = configs.peer(Role::Server);
                peer.read(&flight)
                    .expect("a ClientHello and early data");
                assert!(peer.read_early() == Some(data));
                // It may answer at once.
                let answer = pattern(20_000);
                peer.conn
                    .writer()
                    .write_all(&answer)
                    .expect("no limit");
                let mut direct = Direct::new(&mut *conn);
                shake_hands(&mut direct, &mut peer, |direct, _, flight| {
                    deliver(direct, [&flight[..]]);
                });
                assert_eq!(direct.agreed().kind, Some(HandshakeKind::Resumed));
                assert!(direct.app().received == answer);
                direct.app().received.clear();
                converse(&mut direct, &mut peer);
                assert_eq!(peer.read_early(), Some(Vec::new()), "there is no more");
            }
        }
    });
}

#[test]
fn many_writes_are_one_stream() {
    each_with_early_data(few_setups(), |setup| {
        let configs = acquainted(
            &setup
                .clone()
                .with_max_fragment_size(100),
            MAX,
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
        is_taken(&configs, &mut conn, &flight, &data);
    });
}

#[test]
fn too_little_room_is_said_and_costs_nothing() {
    each_with_early_data(few_setups(), |setup| {
        let configs = acquainted(setup, 100);
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
            // A part of what is allowed was not spent on it.
            let written = early.encrypt(&data, &mut out);
            assert_eq!(written.expect("room for it"), required);
            out
        });
        is_taken(&configs, &mut conn, &flight, &data);
    });
}

#[test]
fn no_more_is_sent_than_the_server_allows() {
    each_with_early_data(few_setups(), |setup| {
        const OVERHEAD: usize = 5 + 1 + 16;
        let configs = acquainted(setup, 100);
        let mut conn = configs.client();
        let data = pattern(100);
        let flight = first_flight(&mut conn, |mut early| {
            let mut out = vec![0; 1000];
            let first = early
                .encrypt(&data[..60], &mut out)
                .expect("allowed");
            assert_eq!(first, 60 + OVERHEAD);
            // As by rustls, of the next as much is sealed as is allowed. That shows in the length.
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
        is_taken(&configs, &mut conn, &flight, &data);
    });
}

/// Servers that do not take it, and the handshake that comes of it.
pub(crate) fn unwilling(
    setup: &Setup,
    max_size: u32,
) -> [(&'static str, HandshakeKind, Configs); 4] {
    let [mut restarted, mut stateless, mut reluctant, mut retrying] =
        [(); 4].map(|()| acquainted(setup, max_size));
    restarted.server.session_storage = ServerSessionMemoryCache::new(10);
    stateless.server.ticketer = setup.ticketer();
    reluctant.server.max_early_data_size = 0;
    retrying.server = retried(setup).server;
    [
        ("restarted", HandshakeKind::Full, restarted),
        (
            "with tickets of another kind",
            HandshakeKind::Full,
            stateless,
        ),
        ("that resumes without", HandshakeKind::Resumed, reluctant),
        (
            "that asks for another group",
            HandshakeKind::FullWithHelloRetryRequest,
            retrying,
        ),
    ]
}

#[test]
fn a_server_that_rejects_it_is_talked_to_as_if_it_had_not_been_sent() {
    each_with_early_data(setups(), |setup| {
        // rustls counts what it skips each time that it looks at it, and no more than 16 KiB of that if it takes none.
        for len in [0, 1, 5_000] {
            for (what, kind, configs) in unwilling(setup, MAX) {
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
                assert_eq!(direct.agreed().kind, Some(kind));
                assert_eq!(peer.received, b"");
                converse(&mut direct, &mut peer);
            }
        }
    });
}

#[test]
fn it_is_not_offered_again_once_it_was_rejected_or_the_handshake_is_complete() {
    each_with_early_data(few_setups(), |setup| {
        let mut servers = vec![acquainted(setup, MAX)];
        servers.extend(unwilling(setup, MAX).map(|(_, _, configs)| configs));
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
            converse(&mut Direct::new(&mut *conn), &mut peer);
        }
    });
}

#[test]
fn it_is_not_offered_without_a_ticket_or_the_wish_for_it() {
    each_with_early_data(few_setups(), |setup| {
        let acquainted = acquainted(setup, MAX);
        let mut unwilling = acquainted.clone();
        unwilling.client.enable_early_data = false;
        let strangers = setup.configs().with_early_data(MAX);
        let mut of_another = after_another(setup.configs(), Role::Client);
        of_another.client.enable_early_data = true;
        for configs in [unwilling, strangers, of_another] {
            let mut conn = configs.client();
            let flight = first_flight(&mut conn, |_| panic!("it may not be sent"));
            let mut peer = configs.peer(Role::Server);
            peer.read(&flight)
                .expect("a ClientHello");
            let mut direct = Direct::new(&mut *conn);
            peer.talk_to(&mut direct)
                .expect("a handshake");
            converse(&mut direct, &mut peer);
        }
    });
}
