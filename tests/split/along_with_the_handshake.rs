//! Where the state machine can write at the end of a handshake, it has all ways to write; before that only rustls's.

use std::mem;

use rustls_direct::split::WriteError;
use rustls_direct::unbuffered::{
    ConnectionState, UnbufferedConnectionCommon, UnbufferedStatus, WriteTraffic,
};
use testing::{Peer, Role, Setup, each_connection, encode, setups};

use crate::{FILL, is_untouched};

/// Runs a handshake with `peer`, and has `write` seal what it likes along with what is transmitted.
fn shake_hands_and<Data>(
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

/// Whether nothing can be sealed but by `encrypt`, since the handshake goes on.
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

/// The same four bytes in every way there is.
fn in_every_way<Data>(write: &mut WriteTraffic<'_, Data>, padding: usize) -> Vec<u8> {
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

/// How often something could be sealed before the handshake was complete, and after that.
struct Times {
    early: usize,
    late: usize,
}

fn seals_along_with_the_handshake<Data>(
    setup: &Setup,
    role: Role,
    conn: &mut UnbufferedConnectionCommon<Data>,
) -> Times {
    let mut peer = Peer::new(setup, role.other());
    let padding = if setup.is_tls13() { 50 } else { 0 };
    let mut times = Times { early: 0, late: 0 };
    shake_hands_and(conn, &mut peer, |mut write| {
        if is_early(&mut write) {
            times.early += 1;
            let mut out = [0; 200];
            let written = write
                .encrypt(b"early", &mut out)
                .expect("room for it");
            return out[..written].to_vec();
        }
        times.late += 1;
        in_every_way(&mut write, padding)
    });
    let expected = [b"early".repeat(times.early), b"data".repeat(3 * times.late)].concat();
    assert_eq!(peer.received, expected);
    times
}

#[test]
fn there_are_all_ways_to_write_along_with_the_last_word_of_a_handshake() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let times = seals_along_with_the_handshake(setup, role, conn);
        assert_eq!(times.early, 0);
        // In TLS 1.2 the server has it. In TLS 1.3 the client does, and then the server sends its tickets.
        assert_eq!(times.late > 0, setup.is_tls13() || role == Role::Server);
    }
    each_connection!(test);
}

/// A server of TLS 1.3 may write before it has heard of the client's Finished, if its config allows that.
#[test]
fn there_is_only_one_way_to_write_before_the_handshake_is_complete() {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        let mut conn = configs.server();
        let times = seals_along_with_the_handshake(&setup, Role::Server, &mut conn);
        assert!(times.early > 0 && times.late > 0);
    }
}
