//! Which ways to write does the state machine offer at the end of a handshake, and which before?

use std::mem;

use rustls_direct::split::WriteError;
use rustls_direct::unbuffered::{
    ConnectionState, UnbufferedConnectionCommon, UnbufferedStatus, WriteTraffic,
};
use testing::{Peer, Role, Setup, each_connection, encode, setups};

use crate::{FILL, is_untouched};

/// Runs a handshake with `peer`, and adds the output of `write` whenever it can be transmitted with the handshake.
fn shake_hands_and_write<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    peer: &mut Peer,
    mut write: impl FnMut(WriteTraffic<'_, Data>) -> Vec<u8>,
) {
    let (mut incoming, mut outgoing) = (peer.write(), Vec::new());
    loop {
        let is_handshaking = conn.is_handshaking();
        let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
        match state.expect("a handshake") {
            ConnectionState::EncodeTlsData(data) => encode(data, &mut outgoing),
            ConnectionState::TransmitTlsData(mut data) => {
                if let Some(writer) = data.may_encrypt_app_data() {
                    outgoing.extend(write(writer));
                }
                data.done();
                peer.read(&mem::take(&mut outgoing))
                    .expect("in order");
            }
            ConnectionState::WriteTraffic(_) if !is_handshaking => break,
            ConnectionState::WriteTraffic(_) | ConnectionState::BlockedHandshake => {}
            other => panic!("{other:?} in a handshake"),
        }
        incoming.drain(..discard);
        incoming.extend(peer.write());
    }
    assert!(conn.is_direct());
}

/// Whether only `encrypt` can seal, because the handshake is not complete.
fn is_early<Data>(write: &mut WriteTraffic<'_, Data>) -> bool {
    let mut out = [FILL; 200];
    let is_not_complete =
        |error: Option<WriteError>| matches!(error, Some(WriteError::HandshakeNotComplete));
    let refused = [
        is_not_complete(write.write(b"", &mut out).err()),
        is_not_complete(write.reserve(0, &mut out).err()),
        is_not_complete(
            write
                .encrypt_padded(b"", 0, &mut out)
                .err(),
        ),
    ];
    assert!(is_untouched(&out));
    assert!(refused == [refused[0]; 3], "{refused:?}");
    if refused[0] {
        for refused in [
            write.write(b"data", &mut out).err(),
            write.reserve(4, &mut out).err(),
            write
                .encrypt_padded(b"data", 1, &mut out)
                .err(),
        ] {
            assert!(is_not_complete(refused));
        }
        assert!(is_untouched(&out));
    }
    refused[0]
}

/// Seals the same four bytes by each of the three calls.
fn sealed_by_each_call<Data>(write: &mut WriteTraffic<'_, Data>, padding: usize) -> Vec<u8> {
    let mut tls = Vec::new();
    let mut out = [0; 200];
    let written = write
        .write(b"data", &mut out)
        .expect("room for it");
    tls.extend(&out[..written.written]);
    let written = write
        .encrypt_padded(b"data", padding, &mut out)
        .expect("room for it");
    tls.extend(&out[..written]);
    let mut reservation = write
        .reserve(4, &mut out)
        .expect("room for it");
    reservation
        .content()
        .copy_from_slice(b"data");
    let written = reservation
        .seal(4, padding)
        .expect("room for it");
    tls.extend(&out[..written]);
    tls
}

/// How often data could be sealed before the handshake was complete, and after that.
struct Times {
    early: usize,
    late: usize,
}

fn write_during_handshake<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
) -> Times {
    let mut peer = Peer::new(setup, role.other());
    let padding = if setup.is_tls13() { 50 } else { 0 };
    let mut times = Times { early: 0, late: 0 };
    shake_hands_and_write(conn, &mut peer, |mut write| {
        if is_early(&mut write) {
            times.early += 1;
            let mut out = [0; 200];
            let written = write
                .encrypt(b"early", &mut out)
                .expect("room for it");
            return out[..written].to_vec();
        }
        times.late += 1;
        sealed_by_each_call(&mut write, padding)
    });
    let expected = [b"early".repeat(times.early), b"data".repeat(3 * times.late)].concat();
    assert_eq!(peer.received, expected);
    times
}

#[test]
fn every_call_seals_with_the_last_flight_of_a_handshake() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let times = write_during_handshake(setup, role, conn);
        assert_eq!(times.early, 0);
        // In TLS 1.2 the server sends the last flight. In TLS 1.3 the client does, and then the server sends its
        // tickets.
        assert_eq!(times.late > 0, setup.is_tls13() || role == Role::Server);
    }
    each_connection!(test);
}

/// A TLS 1.3 server may write before it has the client's Finished, if its config allows it.
#[test]
fn only_encrypt_seals_before_the_handshake_is_complete() {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        let mut conn = configs.server();
        let times = write_during_handshake(&setup, Role::Server, &mut conn);
        assert!(times.early > 0 && times.late > 0);
    }
}
