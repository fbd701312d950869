//! Do the halves, and the calls that they share with the state machine, work without allocations?

use std::io::IoSlice;

use rustls::ContentType::ApplicationData;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::split::{Event, Gathered, Writer, Written};
use rustls_direct::unbuffered::{ConnectionState, UnbufferedConnectionCommon, WriteTraffic};
use testing::{Forger, Pair, Role, Setup, each_connection, each_pair, pattern, shake_hands};

use crate::{NONE, SIZES, count};

/// Runs `test` with the halves of a connection, after a record each way.
fn for_each_pair(change: impl Fn(Setup) -> Setup, test: impl Fn(&Setup, Pair)) {
    each_pair(change, |setup, mut pair| {
        pair.passes_data();
        test(setup, pair);
    });
}

/// Checks that sealing `data` by `seal` allocates nothing, and seals all of it.
fn assert_sealed_without_allocation(
    forger: &mut Forger,
    what: &str,
    data: &[u8],
    out: &mut [u8],
    seal: impl FnOnce(&mut [u8]) -> usize,
) {
    let (sealed, written) = count(|| seal(out));
    assert_eq!(sealed, NONE, "{what}, {} bytes", data.len());
    let contents = forger
        .opened(&out[..written])
        .into_iter();
    let opened: Vec<_> = contents
        .flat_map(|(_, content)| content)
        .collect();
    assert!(opened == data);
}

/// The bytes of a write that has consumed some data.
fn written_len(written: Written) -> usize {
    assert!(written.consumed > 0);
    written.written
}

fn write_in_every_way(setup: &Setup, writer: &mut Writer, forger: &mut Forger, size: usize) {
    let data = pattern(size);
    let pieces: Vec<_> = data.chunks(size / 7 + 1).collect();
    let slices: Vec<_> = pieces
        .iter()
        .map(|piece| IoSlice::new(piece))
        .collect();
    let (asked, room) = count(|| writer.required_len(size));
    assert_eq!(asked, NONE);
    let (refused, written) = count(|| writer.write(&data[..], &mut []));
    assert_eq!(refused, NONE, "without room");
    assert!(written.is_err());

    let out = &mut vec![0; 2 * room + 20_000];
    assert_sealed_without_allocation(forger, "one slice", &data, out, |out| {
        written_len(
            writer
                .write(&data[..], out)
                .expect("room for it"),
        )
    });
    assert_sealed_without_allocation(forger, "chunks", &data, out, |out| {
        let chunks = OutboundChunks::new(&pieces);
        written_len(
            writer
                .write(chunks, out)
                .expect("room for it"),
        )
    });
    assert_sealed_without_allocation(forger, "slices", &data, out, |out| {
        written_len(
            writer
                .write(&slices[..], out)
                .expect("room for it"),
        )
    });
    if setup.is_tls13() {
        assert_sealed_without_allocation(forger, "padded", &data, out, |out| {
            written_len(
                writer
                    .write_padded(&data[..], 100, out)
                    .expect("room for it"),
            )
        });
    }
    let room_for_one = &mut out[..room.min(16_384 + 29)];
    let max = data.len().min(16_384);
    let (sealed, written) = count(|| writer.write(&data[..], room_for_one));
    assert_eq!(sealed, NONE, "in part");
    let written = written.expect("room for one");
    assert!(written.consumed <= max);
    forger.opened(&room_for_one[..written.written]);
}

#[test]
fn a_writer_allocates_nothing() {
    for_each_pair(
        |setup| setup,
        |setup, mut pair| {
            for size in SIZES {
                write_in_every_way(setup, &mut pair.writer, &mut pair.forger, size);
            }
        },
    );
}

#[test]
fn a_writer_of_small_records_allocates_nothing() {
    for_each_pair(
        |setup| setup.with_max_fragment_size(1000),
        |setup, mut pair| write_in_every_way(setup, &mut pair.writer, &mut pair.forger, 100_000),
    );
}

#[test]
fn a_reservation_allocates_nothing() {
    for_each_pair(
        |setup| setup,
        |setup, mut pair| {
            for size in [1, 1000, 16_384] {
                let data = pattern(size);
                let padding = match setup.is_tls13() {
                    true => 100.min(16_384 - size),
                    false => 0,
                };
                let out = &mut vec![0; 20_000];
                assert_sealed_without_allocation(&mut pair.forger, "in place", &data, out, |out| {
                    let mut reservation = pair
                        .writer
                        .reserve(size, out)
                        .expect("room for it");
                    reservation
                        .content()
                        .copy_from_slice(&data);
                    reservation
                        .seal(size, padding)
                        .expect("room for it")
                });
            }
        },
    );
}

#[test]
fn a_reader_allocates_nothing() {
    for_each_pair(
        |setup| setup,
        |_, mut pair| {
            for into in [false, true] {
                for size in SIZES {
                    let data = pattern(size);
                    let mut incoming: Vec<_> = data
                        .chunks(16_384)
                        .flat_map(|content| {
                            pair.forger
                                .seal(ApplicationData, content)
                        })
                        .collect();
                    let mut out = vec![0; 17_000];
                    let (opened, len) = count(|| {
                        let (mut rest, mut len) = (&mut incoming[..], 0);
                        while !rest.is_empty() {
                            let received = match into {
                                false => pair.reader.read(rest),
                                true => pair.reader.read_into(rest, &mut out),
                            };
                            let received = received.expect("in order");
                            let Event::Data(content) = received.event else {
                                panic!("{received:?}");
                            };
                            assert!(content == &data[len..][..content.len()]);
                            len += content.len();
                            let discard = received.discard;
                            rest = &mut rest[discard..];
                        }
                        len
                    });
                    assert_eq!(opened, NONE, "{size} bytes, into: {into}");
                    assert_eq!(len, size);
                }
            }
        },
    );
}

fn write_traffic<Data>(conn: &mut UnbufferedConnectionCommon<Data>) -> WriteTraffic<'_, Data> {
    match conn.process_tls_records(&mut []).state {
        Ok(ConnectionState::WriteTraffic(write)) => write,
        other => panic!("cannot write in {other:?}"),
    }
}

#[test]
fn the_state_machine_allocates_nothing_in_the_calls_it_shares_with_a_writer() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Forger::peer(setup, role.other());
        shake_hands(conn, &mut peer);
        let forger = &mut Forger::new(setup, peer);
        let padding = if setup.is_tls13() { 100 } else { 0 };
        for size in SIZES {
            let data = pattern(size);
            let pieces: Vec<_> = data.chunks(size / 7 + 1).collect();
            let slices: Vec<_> = pieces
                .iter()
                .map(|piece| IoSlice::new(piece))
                .collect();
            let out = &mut vec![0; 2 * size + 20_000];
            for gathered in [
                Gathered::from(&data[..]),
                Gathered::from(OutboundChunks::new(&pieces)),
                Gathered::from(&slices[..]),
            ] {
                assert_sealed_without_allocation(forger, "write", &data, out, |out| {
                    written_len(
                        write_traffic(conn)
                            .write(gathered, out)
                            .expect("room for it"),
                    )
                });
            }
            assert_sealed_without_allocation(forger, "encrypt_padded", &data, out, |out| {
                let written = write_traffic(conn).encrypt_padded(&data, padding, out);
                written.expect("room for it")
            });
            let content = &data[..size.min(16_000)];
            assert_sealed_without_allocation(forger, "reserve", content, out, |out| {
                let mut write = write_traffic(conn);
                let mut reservation = write
                    .reserve(content.len(), out)
                    .expect("room for it");
                reservation
                    .content()
                    .copy_from_slice(content);
                reservation
                    .seal(content.len(), padding)
                    .expect("room for it")
            });
        }
        assert!(conn.is_direct());
    }
    each_connection!(test);
}
