//! Can early data be sent and received with `complete_handshake`?

use std::io::Write;

use rustls_direct::unbuffered::ConnectionState;
use testing::{Role, Setup, encode, one_setup_per_version, pattern};

use crate::completing::assert_nothing_is_lost;
use crate::transports::Wire;

/// As in the documentation.
#[test]
fn early_data_can_be_read() {
    for setup in one_setup_per_version()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let configs = setup.configs().with_early_data(50_000);
        configs
            .peer(Role::Client)
            .shake_hands(&mut configs.peer(Role::Server));
        let mut wire = Wire::new(configs.peer(Role::Client));
        wire.last = Some(b"after it");
        let early = pattern(40_000);
        wire.arriving = wire.peer.send_early(&early);

        let mut conn = configs.server();
        let mut incoming = Vec::new();
        let mut early_data = Vec::new();
        while let Err(err) = conn.complete_handshake(&mut wire, &mut incoming) {
            assert!(err.to_string().contains("early data"), "{err}");
            match conn.process_tls_records(&mut []).state {
                Ok(ConnectionState::ReadEarlyData(mut read)) => {
                    while let Some(Ok(record)) = read.next_record() {
                        early_data.extend_from_slice(record.payload);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(early_data == early);
        assert_nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}

#[test]
fn a_client_may_send_early_data_first() {
    for setup in one_setup_per_version()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        let configs = setup.configs().with_early_data(50_000);
        configs
            .peer(Role::Client)
            .shake_hands(&mut configs.peer(Role::Server));
        let mut wire = Wire::new(configs.peer(Role::Server));
        wire.last = Some(b"after it");
        let mut conn = configs.client();
        let mut flight = Vec::new();
        while !matches!(
            conn.process_tls_records(&mut []).state,
            Ok(ConnectionState::BlockedHandshake)
        ) {
            match conn.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut flight),
                Ok(ConnectionState::TransmitTlsData(mut data)) => {
                    let mut early = data
                        .may_encrypt_early_data()
                        .expect("a ticket");
                    let mut out = [0; 100];
                    let len = early
                        .encrypt(b"early", &mut out)
                        .expect("room for it");
                    flight.extend(&out[..len]);
                    data.done();
                }
                other => panic!("{other:?}"),
            }
        }
        wire.write_all(&flight)
            .and_then(|()| wire.flush())
            .expect("a buffered transport");
        let mut incoming = Vec::new();
        conn.complete_handshake(&mut wire, &mut incoming)
            .expect("a handshake");
        assert_eq!(wire.peer.read_early().as_deref(), Some(&b"early"[..]));
        assert_nothing_is_lost(&mut conn, &mut wire, incoming);
    }
}
