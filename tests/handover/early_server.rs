//! Can our server accept early data? RFC 8446 s2.3.

use std::io::Write;
use std::mem;

use rustls::{AlertDescription, ContentType, Error, HandshakeKind, PeerMisbehaved};
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record_layer::EncryptionState;
use rustls_direct::unbuffered::ConnectionState;
use testing::{
    Configs, Direct, Endpoint, Peer, Role, Secrets, Setup, encode, one_setup_per_version, pattern,
    seal, setups,
};

use crate::early_client::{each_with_early_data, with_early_data_ticket};
use crate::{deliver, exchange_data, records, shake_hands};

/// Most early data that the server accepts, in bytes.
const MAX_EARLY_DATA: u32 = 50_000;

/// Lets a client send `data` early, and delivers its flights in the pieces that `cut` makes.
fn deliver_early_data(
    configs: &Configs,
    data: &[u8],
    cut: impl for<'a> Fn(&'a [u8]) -> Vec<&'a [u8]>,
) {
    let mut direct = configs.direct(Role::Server);
    let mut peer = configs.peer(Role::Client);
    let flight = peer.send_early(data);
    deliver(&mut *direct, cut(&flight));
    assert!(direct.app().received_early == data);
    assert!(direct.app().incoming.is_empty());
    assert!(!direct.is_direct());

    // The client's data is in one buffer with its Finished.
    peer.conn
        .writer()
        .write_all(b"and then")
        .expect("no limit");
    shake_hands(&mut *direct, &mut peer, |direct, _, flight| {
        deliver(direct, cut(&flight));
    });
    assert_eq!(direct.negotiated().kind, Some(HandshakeKind::Resumed));
    assert_eq!(mem::take(&mut direct.app().received), b"and then");
    assert!(direct.app().received_early == data);
    exchange_data(&mut *direct, &mut peer);
}

/// HO-a.
#[test]
fn early_data_is_delivered_whole_and_before_other_data() {
    each_with_early_data(setups(), |setup| {
        for len in [1, 100, 40_000, MAX_EARLY_DATA as usize] {
            let configs = with_early_data_ticket(setup, MAX_EARLY_DATA);
            deliver_early_data(&configs, &pattern(len), |flight| vec![flight]);
        }
    });
}

#[test]
fn early_data_in_pieces_of_any_size_is_delivered_whole() {
    each_with_early_data(one_setup_per_version(), |setup| {
        for half_rtt in [false, true] {
            let test = |cut: &dyn for<'a> Fn(&'a [u8]) -> Vec<&'a [u8]>| {
                for setup in [
                    setup.clone(),
                    setup
                        .clone()
                        .with_max_fragment_size(100),
                ] {
                    let mut configs = with_early_data_ticket(&setup, MAX_EARLY_DATA);
                    configs.server.send_half_rtt_data = half_rtt;
                    deliver_early_data(&configs, &pattern(3000), cut);
                }
            };
            test(&records);
            test(&|flight| flight.chunks(1).collect());
            test(&|flight| flight.chunks(7).collect());
            test(&|flight| flight.chunks(1000).collect());
        }
    });
}

#[test]
fn an_early_record_is_offered_until_it_is_taken() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let configs = with_early_data_ticket(setup, MAX_EARLY_DATA);
        let mut conn = configs.server();
        let mut peer = configs.peer(Role::Client);
        let mut incoming = [b"one", b"two", b"six"]
            .into_iter()
            .flat_map(|data| peer.send_early(data))
            .collect::<Vec<_>>();
        let mut outgoing = Vec::new();
        let mut taken = Vec::new();
        let mut refused = 0;
        loop {
            // Even without input.
            if refused % 2 == 1 {
                let state = conn.process_tls_records(&mut []).state;
                assert!(matches!(state, Ok(ConnectionState::ReadEarlyData(_))));
            }
            let status = conn.process_tls_records(&mut incoming);
            let mut discard = status.discard;
            match status.state.expect("no error") {
                ConnectionState::ReadEarlyData(mut early) => {
                    assert_eq!(early.peek_len().map(|len| len.get()), Some(3));
                    refused += 1;
                    if refused % 4 == 0 {
                        let record = early
                            .next_record()
                            .expect("a record")
                            .expect("its data");
                        taken.extend_from_slice(record.payload);
                        discard += record.discard;
                        assert_eq!(early.peek_len(), None);
                        assert!(early.next_record().is_none());
                    }
                }
                ConnectionState::EncodeTlsData(data) => encode(data, &mut outgoing),
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::BlockedHandshake => break,
                other => panic!("{other:?}"),
            }
            incoming.drain(..discard);
        }
        assert_eq!(refused, 12);
        assert_eq!(taken, b"onetwosix");
        assert!(incoming.is_empty());

        let mut direct = Direct::new(&mut *conn);
        direct.app().outgoing = outgoing;
        peer.talk_to(&mut direct)
            .expect("a handshake");
        exchange_data(&mut direct, &mut peer);
    });
}

#[test]
fn early_data_can_be_answered_before_the_clients_finished() {
    each_with_early_data(setups(), |setup| {
        let mut configs = with_early_data_ticket(setup, MAX_EARLY_DATA);
        configs.server.send_half_rtt_data = true;
        let mut direct = configs.direct(Role::Server);
        let mut peer = configs.peer(Role::Client);
        let flight = peer.send_early(b"question");
        deliver(&mut *direct, [&flight[..]]);
        assert_eq!(direct.app().received_early, b"question");

        for len in [1, 40_000] {
            let answer = pattern(len);
            let tls = direct.send(&answer);
            direct.app().outgoing.extend(tls);
            assert!(!direct.is_direct());
            peer.read(&mem::take(&mut direct.app().outgoing))
                .expect("a flight and an answer");
            assert!(mem::take(&mut peer.received) == answer);
        }
        peer.talk_to(&mut *direct)
            .expect("the rest of the handshake");
        exchange_data(&mut *direct, &mut peer);
    });
}

/// A server that has received a ClientHello, its client, and a sealer of early data for the server.
fn server_expecting_early_data(
    setup: &Setup,
    max_size: u32,
) -> (Box<dyn Endpoint>, Peer, EncryptionState) {
    let secrets = Secrets::new();
    let mut configs = with_early_data_ticket(setup, max_size);
    configs.client.key_log = secrets.clone();
    let mut direct = configs.direct(Role::Server);
    let mut peer = configs.peer(Role::Client);
    let flight = peer.send_early(&[]);
    deliver(&mut *direct, [&flight[..]]);
    let sealer = setup.sealer_of(&secrets, "CLIENT_EARLY_TRAFFIC_SECRET");
    (direct, peer, sealer)
}

/// A record sealed with the key of early data.
fn early(sealer: &mut EncryptionState, typ: ContentType, content: &[u8]) -> Vec<u8> {
    seal(sealer, OutboundRecord::new(typ, content.into()))
}

#[test]
fn more_early_data_than_allowed_ends_the_handshake() {
    each_with_early_data(one_setup_per_version(), |setup| {
        for lens in [
            &[101][..],
            &[100, 1],
            &[0, 60, 0, 40, 0, 1],
            &[60, 41],
            &[16_384],
        ] {
            let (mut direct, mut peer, mut sealer) = server_expecting_early_data(setup, 100);
            let (last, before) = lens.split_last().expect("some");
            for len in before {
                let data = pattern(*len);
                let record = early(&mut sealer, ContentType::ApplicationData, &data);
                direct.app().received_early.clear();
                deliver(&mut *direct, [&record[..]]);
                assert_eq!(direct.app().received_early, data);
            }
            direct.app().received_early.clear();
            let data = pattern(*last);
            direct.app().incoming = early(&mut sealer, ContentType::ApplicationData, &data);
            let too_much = Error::from(PeerMisbehaved::TooMuchEarlyDataReceived);
            for _ in 0..3 {
                assert_eq!(direct.run(), Err(too_much.clone()));
            }
            assert!(direct.app().received_early.is_empty());
            assert_eq!(
                peer.read(&mem::take(&mut direct.app().outgoing)),
                Err(Error::AlertReceived(AlertDescription::UnexpectedMessage))
            );
        }
    });
}

#[test]
fn a_record_other_than_early_data_ends_the_handshake() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let contents: [(ContentType, &[u8]); 8] = [
            // Finished before EndOfEarlyData, a KeyUpdate, a ClientHello, and an unknown message.
            (ContentType::Handshake, &[20, 0, 0, 1, 0]),
            (ContentType::Handshake, &[24, 0, 0, 1, 0]),
            (ContentType::Handshake, &[1, 0, 0, 0]),
            (ContentType::Handshake, &[99, 0, 0, 0]),
            // EndOfEarlyData with a body, and with another message after it in the same record.
            (ContentType::Handshake, &[5, 0, 0, 1, 0]),
            (ContentType::Handshake, &[5, 0, 0, 0, 20, 0, 0, 0]),
            (ContentType::ChangeCipherSpec, &[1]),
            (ContentType::Alert, &[2, 40]),
        ];
        for (typ, content) in contents {
            for before in [0, 3] {
                let (mut direct, _, mut sealer) = server_expecting_early_data(setup, 100);
                for _ in 0..before {
                    let record = early(&mut sealer, ContentType::ApplicationData, b"early");
                    direct.app().incoming.extend(record);
                }
                let record = early(&mut sealer, typ, content);
                direct.app().incoming.extend(record);
                let error = direct.run().expect_err("not allowed");
                assert_eq!(direct.app().received_early, b"early".repeat(before));
                for _ in 0..3 {
                    assert_eq!(direct.run(), Err(error.clone()));
                }
                assert!(!direct.is_direct());
            }
        }
    });
}

#[test]
fn early_data_that_is_not_authentic_ends_the_handshake() {
    each_with_early_data(one_setup_per_version(), |setup| {
        let (mut direct, mut peer, mut sealer) = server_expecting_early_data(setup, 100);
        let mut record = early(&mut sealer, ContentType::ApplicationData, b"early");
        *record.last_mut().expect("a tag") ^= 1;
        direct.app().incoming = record;
        for _ in 0..3 {
            assert_eq!(direct.run(), Err(Error::DecryptError));
        }
        assert_eq!(
            peer.read(&mem::take(&mut direct.app().outgoing)),
            Err(Error::AlertReceived(AlertDescription::BadRecordMac))
        );
    });
}
