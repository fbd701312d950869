//! Does an output slice that is too short change nothing?
//!
//! The slice keeps its contents, the error has the required size, and the next call seals the same records. The
//! expected records come from a second sealer, which has the same keys and always has room.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use rustls::crypto::cipher::OutboundChunks;
use rustls::{AlertDescription, ContentType};
use rustls_direct::cipher::{Content, OutboundRecord};
use rustls_direct::record_layer::{EncryptionError, EncryptionState};
use rustls_direct::unbuffered::{
    ConnectionState, EncodeError, EncryptError, UnbufferedConnectionCommon, UnbufferedStatus,
    WriteTraffic,
};
use testing::{
    Forger, Peer, Role, Setup, each_connection, pattern, room_for, seal, setups, shake_hands,
};

/// Lengths of writes: a byte, a whole record, two, and many.
const SIZES: [usize; 4] = [1, 16_384, 16_385, 100_000];

/// The initial contents of buffers. A byte that is written differs from at least one of them.
const FILLS: [u8; 2] = [0x00, 0xff];

/// Bytes of a buffer after the output: fewer than any record has.
const BEYOND: usize = 5;

/// Lengths that are too short for `required` bytes: none, a part of a header, and one byte too few.
fn too_short(required: usize) -> [usize; 3] {
    [0, 4, required - 1]
}

/// A buffer of `room` bytes filled with `fill`, with the content `placed` at `offset`.
fn buffer(room: usize, fill: u8, placed: &[u8], offset: usize) -> Vec<u8> {
    let mut out = vec![fill; room];
    for (out, byte) in out.iter_mut().skip(offset).zip(placed) {
        *out = *byte;
    }
    out
}

/// Checks that `record` is refused for each length that is too short, and then sealed as `expected`.
fn assert_refused_then_sealed(
    new: impl Fn() -> EncryptionState,
    record: &OutboundRecord<'_>,
    placed: &[u8],
    expected: &[u8],
) {
    let required = expected.len();
    for (fill, beyond) in FILLS
        .into_iter()
        .flat_map(|fill| [(fill, 0), (fill, BEYOND)])
    {
        let mut sealer = new();
        let (seq, offset) = (sealer.seq(), sealer.content_offset());
        for provided in too_short(required) {
            let before = buffer(provided, fill, placed, offset);
            let mut out = before.clone();
            assert_eq!(
                sealer.encrypt_outgoing(record.clone(), &mut out),
                Err(EncryptionError::InsufficientSize { required, provided })
            );
            assert!(out == before, "room of {provided} bytes was written to");
            assert_eq!(sealer.seq(), seq);
        }
        let mut out = buffer(required + beyond, fill, placed, offset);
        assert_eq!(
            sealer.encrypt_outgoing(record.clone(), &mut out),
            Ok(required)
        );
        assert!(out[..required] == *expected, "another record");
        assert!(
            out[required..]
                .iter()
                .all(|byte| *byte == fill)
        );
        assert_eq!(sealer.seq(), seq + 1);
    }
}

#[test]
fn the_sealing_half_reports_the_required_room_and_seals_the_same_record() {
    for setup in setups() {
        println!("{}", setup.name());
        for size in [0, 1, 16_383, 16_384] {
            let data = pattern(size);
            let (front, back) = data.split_at(size / 3);
            let gathered = [front, &[], back];
            let record = |content| OutboundRecord::new(ContentType::ApplicationData, content);
            let expected = seal(&mut setup.sealer(), record(data[..].into()));
            for content in [
                Content::from(&data[..]),
                OutboundChunks::new(&gathered).into(),
                Content::InPlace { len: size },
            ] {
                let placed = match content {
                    Content::InPlace { .. } => &data[..],
                    Content::Chunks(_) => &[],
                };
                assert_refused_then_sealed(|| setup.sealer(), &record(content), placed, &expected);
            }
        }
    }
}

#[test]
fn a_padded_record_needs_room_for_its_padding() {
    for setup in setups()
        .iter()
        .filter(|setup| setup.is_tls13())
    {
        println!("{}", setup.name());
        for (size, padding) in [(0, 1), (1, 1000), (16_383, 1), (0, 16_384)] {
            let data = pattern(size);
            let record = |content| {
                OutboundRecord::new(ContentType::ApplicationData, content).padded(padding)
            };
            let expected = seal(&mut setup.sealer(), record(data[..].into()));
            assert_eq!(expected.len(), 5 + size + 1 + padding + 16);
            assert_refused_then_sealed(|| setup.sealer(), &record(data[..].into()), &[], &expected);
        }
    }
}

/// A call of a connection that seals.
type Call<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<usize, EncryptError>;

/// Checks that `call` is refused for each length that is too short, and returns its output for the required length or
/// more.
fn refused_then_sealed(call: Call<'_>, fill: u8, beyond: usize) -> Vec<u8> {
    let required = room_for(call(&mut []));
    for provided in too_short(required) {
        let mut out = vec![fill; provided];
        assert_eq!(room_for(call(&mut out)), required);
        assert!(
            out.iter().all(|byte| *byte == fill),
            "room of {provided} bytes was written to"
        );
    }
    let mut out = vec![fill; required + beyond];
    assert_eq!(call(&mut out).expect("room for it"), required);
    let past = out.split_off(required);
    assert_eq!(past, vec![fill; beyond]);
    out
}

/// Fills and surplus lengths of the buffers that `call` seals into.
const BUFFERS: [(u8, usize); 3] = [(0x00, 0), (0xff, 0), (0xff, BEYOND)];

/// The `max_fragment_size` of a config, and the content length that follows from it.
const FRAGMENTS: [(Option<usize>, usize); 2] = [(None, 16_384), (Some(1000), 995)];

fn with(setup: &Setup, max_fragment_size: Option<usize>) -> Setup {
    let setup = setup.clone();
    match max_fragment_size {
        Some(size) => setup.with_max_fragment_size(size),
        None => setup,
    }
}

#[test]
fn a_refused_write_seals_the_same_records_later() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            for (fragment, max_content) in FRAGMENTS {
                let setup = with(&setup, fragment);
                let (mut direct, mut forger) = Forger::connected(&setup, role);
                for size in SIZES {
                    let data = pattern(size);
                    for (fill, beyond) in BUFFERS {
                        let sealed = refused_then_sealed(
                            &mut |out| direct.encrypt(&data, out),
                            fill,
                            beyond,
                        );
                        let expected = data.chunks(max_content).map(|content| {
                            let typ = ContentType::ApplicationData;
                            seal(&mut forger.twin, OutboundRecord::new(typ, content.into()))
                        });
                        assert!(sealed == expected.collect::<Vec<_>>().concat());
                    }
                }
                assert!(direct.is_direct());
            }
        }
    }
}

#[test]
fn rustls_opens_writes_that_were_refused_before() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            for (fragment, _) in FRAGMENTS {
                let (mut direct, mut peer) = with(&setup, fragment).connected(role);
                for size in SIZES {
                    let data = pattern(size);
                    let mut write = |out: &mut [u8]| direct.encrypt(&data, out);
                    let sealed = refused_then_sealed(&mut write, 0xff, BEYOND);
                    peer.read(&sealed).expect("in order");
                    assert!(peer.received == data);
                    peer.received.clear();
                }
            }
        }
    }
}

#[test]
fn a_close_notify_without_room_is_encoded_later() {
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut forger) = Forger::connected(&setup, role);
            let required = room_for(direct.close_notify(&mut []));

            // The close_notify is owed from now on, so that nothing else can precede it.
            direct.run().expect("a close_notify");
            let close_notify = [1, u8::from(AlertDescription::CloseNotify)];
            let expected = OutboundRecord::new(ContentType::Alert, close_notify[..].into());
            assert_eq!(direct.app().outgoing.len(), required);
            assert_eq!(direct.app().outgoing, seal(&mut forger.twin, expected));
            assert!(matches!(
                direct.encrypt(b"more", &mut [0; 64]),
                Err(EncryptError::EncryptExhausted)
            ));
        }
    }
}

#[test]
fn a_close_notify_needs_no_more_room_than_it_reports() {
    for setup in setups() {
        for role in Role::BOTH {
            for (fill, beyond) in BUFFERS {
                let required = {
                    let (mut direct, _) = Forger::connected(&setup, role);
                    room_for(direct.close_notify(&mut []))
                };
                let (mut direct, mut forger) = Forger::connected(&setup, role);
                let mut out = vec![fill; required + beyond];
                let written = direct.close_notify(&mut out);
                assert_eq!(written.expect("room for it"), required);
                let close_notify = [1, u8::from(AlertDescription::CloseNotify)];
                let expected = OutboundRecord::new(ContentType::Alert, close_notify[..].into());
                assert_eq!(out[..required], seal(&mut forger.twin, expected));
                assert!(
                    out[required..]
                        .iter()
                        .all(|byte| *byte == fill)
                );
            }
        }
    }
}

/// Runs a handshake with `peer` in which each output is refused before it is encoded.
///
/// If application data may be sent with the last flight, `early` is sent.
fn handshake_with_refusals<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    peer: &mut Peer,
    early: &[u8],
) {
    let mut incoming = peer.write();
    let mut outgoing = Vec::new();
    let mut fills = FILLS.into_iter().cycle();
    loop {
        let UnbufferedStatus { discard, state } = conn.process_tls_records(&mut incoming);
        match state.expect("a handshake") {
            ConnectionState::EncodeTlsData(mut data) => {
                let fill = fills
                    .next()
                    .expect("an endless iterator");
                let mut encode = |out: &mut [u8]| {
                    data.encode(out)
                        .map_err(|err| match err {
                            EncodeError::InsufficientSize(size) => EncryptError::from(size),
                            err => panic!("{err}"),
                        })
                };
                outgoing.extend(refused_then_sealed(&mut encode, fill, BEYOND));
            }
            ConnectionState::TransmitTlsData(mut data) => {
                if let Some(mut write) = data.may_encrypt_app_data() {
                    let mut write = |out: &mut [u8]| write.encrypt(early, out);
                    outgoing.extend(refused_then_sealed(&mut write, 0xff, BEYOND));
                }
                peer.read(&outgoing).expect("in order");
                outgoing.clear();
                data.done();
            }
            ConnectionState::WriteTraffic(_) => break,
            ConnectionState::BlockedHandshake => {
                assert!(peer.conn.wants_write(), "both sides wait");
            }
            other => panic!("{other:?} in a handshake"),
        }
        incoming.drain(..discard);
        incoming.extend(peer.write());
    }
}

/// HO-b: rustls's output is sent before our own records.
#[test]
fn refused_output_of_a_handshake_is_offered_again() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        handshake_with_refusals(conn, &mut peer, b"early");
        assert!(conn.is_direct());
        assert!(!peer.conn.is_handshaking());
        // A TLS 1.3 client sends its Finished last, a server its tickets. In TLS 1.2, the server's Finished is last.
        let is_last = setup.is_tls13() || role == Role::Server;
        let early: &[u8] = if is_last { b"early" } else { b"" };
        assert_eq!(peer.received, early);
    }
    each_connection!(test);
}

#[test]
fn a_refused_write_can_be_repeated_in_the_same_state() {
    fn assert_seals<Data>(mut write: WriteTraffic<'_, Data>, peer: &mut Peer) {
        for size in SIZES {
            let data = pattern(size);
            let sealed = refused_then_sealed(&mut |out| write.encrypt(&data, out), 0xff, BEYOND);
            peer.read(&sealed).expect("in order");
            assert!(peer.received == data);
            peer.received.clear();
        }
        let sealed = refused_then_sealed(&mut |out| write.queue_close_notify(out), 0xff, BEYOND);
        peer.read(&sealed).expect("in order");
        assert!(peer.closed);
    }
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        shake_hands(conn, &mut peer);
        match conn.process_tls_records(&mut []).state {
            Ok(ConnectionState::WriteTraffic(write)) => assert_seals(write, &mut peer),
            other => panic!("{other:?}"),
        }
    }
    each_connection!(test);
}
