//! Section H: Is our unsent output bounded if a peer requests answers and does not read them?

use rustls::{AlertDescription, ContentType, Error};
use rustls_direct::unbuffered::{ConnectionState, EncodeError, UnbufferedConnectionCommon};
use testing::{
    Forger, Role, Setup, UPDATE_REQUESTED, each_connection, failure, key_update, setups,
};

use crate::renegotiation;

/// Completes a handshake, and returns the peer and records of it that request answers.
fn requests<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
    count: usize,
) -> (Forger, Vec<Vec<u8>>) {
    let mut forger = Forger::of(setup, role, conn);
    let records = (0..count)
        .map(|_| match setup.is_tls13() {
            true => {
                let update = key_update(UPDATE_REQUESTED);
                let record = forger.seal(ContentType::Handshake, &update);
                forger.update_sealer();
                record
            }
            false => {
                let request = renegotiation(setup, role);
                forger.seal(ContentType::Handshake, &request)
            }
        })
        .collect();
    (forger, records)
}

/// Encodes one answer.
fn encode<Data>(conn: &mut UnbufferedConnectionCommon<Data>, incoming: &mut [u8]) -> Vec<u8> {
    let Ok(ConnectionState::EncodeTlsData(mut data)) = conn.process_tls_records(incoming).state
    else {
        panic!("nothing to encode");
    };
    let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) else {
        panic!("no size");
    };
    let mut out = vec![0; size.required_size];
    data.encode(&mut out)
        .expect("room for it");
    out
}

/// IMP-out: until an answer is encoded, no other record is read that could request one.
#[test]
fn no_second_answer_is_owed_while_one_is_offered() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let (mut forger, records) = requests(setup, role, conn, 4);
        let mut incoming = Vec::new();
        for record in &records {
            incoming.extend(record);
            let status = conn.process_tls_records(&mut incoming);
            assert!(matches!(
                status.state,
                Ok(ConnectionState::EncodeTlsData(_))
            ));
            let discard = status.discard;
            incoming.drain(..discard);
        }
        assert_eq!(incoming, records[1..].concat(), "not read");
        let answer = encode(conn, &mut incoming);
        let (typ, _) = forger.open(&answer);
        let expected = match setup.is_tls13() {
            true => ContentType::Handshake,
            false => ContentType::Alert,
        };
        assert_eq!(typ, expected);
        let state = conn.process_tls_records(&mut []).state;
        let Ok(ConnectionState::TransmitTlsData(transmit)) = state else {
            panic!("{state:?}");
        };
        transmit.done();
        assert!(conn.is_direct());
    }
    each_connection!(test, setups());
}

/// IMP-out: several requests are answered by one record.
#[test]
fn requests_that_arrive_together_get_one_answer() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let (mut forger, records) = requests(setup, role, conn, 4);
        let mut incoming = records.concat();
        let status = conn.process_tls_records(&mut incoming);
        assert!(matches!(
            status.state,
            Ok(ConnectionState::EncodeTlsData(_))
        ));
        assert_eq!(status.discard, incoming.len());
        let answer = encode(conn, &mut []);
        forger.open(&answer);
        let state = conn.process_tls_records(&mut []).state;
        let Ok(ConnectionState::TransmitTlsData(transmit)) = state else {
            panic!("{state:?}");
        };
        transmit.done();
        let state = conn.process_tls_records(&mut []).state;
        assert!(matches!(state, Ok(ConnectionState::WriteTraffic(_))));
    }
    each_connection!(test, setups());
}

/// IMP-out: the alert replaces the owed answer.
#[test]
fn a_failed_connection_has_one_alert_to_send() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let (mut forger, mut records) = requests(setup, role, conn, 2);
        let mut bad = forger.seal(ContentType::ApplicationData, b"data");
        *bad.last_mut().expect("a tag") ^= 1;
        records.push(bad);
        let (error, sent) = failure(conn, &mut records.concat());
        assert_eq!(error, Error::DecryptError);
        let alert = [2, u8::from(AlertDescription::BadRecordMac)];
        assert_eq!(forger.open(&sent), (ContentType::Alert, alert.to_vec()));
    }
    each_connection!(test, setups());
}
