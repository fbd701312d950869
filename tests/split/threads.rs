//! Do both halves work on threads of their own, with much data both ways?

use std::iter;
use std::mem;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rustls_direct::split::{Event, Reader, Reservation, WriteError, Writer};
use testing::{Direct, Endpoint, Peer, Role, Setup, pattern, sealed, setups};

/// Bytes that are sent each way.
const LEN: usize = 1024 * 1024;

#[test]
fn both_halves_are_send() {
    fn is_send<T: Send>() {}
    is_send::<Reader>();
    is_send::<Writer>();
    // So is a reservation whose content is being filled in.
    is_send::<Reservation<'static>>();
}

/// Lengths of output buffers: some are shorter than a record, some hold several.
const OUTPUT_LENS: [usize; 5] = [17_000, 70, 40_000, 16_406, 100_000];

/// Writes `data`, and closes. The key is refreshed every `writes_per_key` writes.
fn write_all(mut writer: Writer, mut data: &[u8], to: Sender<Vec<u8>>, writes_per_key: usize) {
    let send = |tls: Vec<u8>| to.send(tls).expect("a receiver");
    for (writes, room) in iter::zip(1.., OUTPUT_LENS.into_iter().cycle()) {
        if data.is_empty() {
            break;
        }
        // Small pieces of data as well as all of the rest.
        let piece = &data[..data
            .len()
            .min(writes * 7919 % 50_000 + 1)];
        let room = room.min(writer.required_len(piece.len()));
        let mut out = vec![0; room];
        if let Ok(written) = writer.write(piece, &mut out) {
            out.truncate(written.written);
            send(out);
            data = &data[written.consumed..];
        }
        if writes % writes_per_key == 0 {
            send(sealed_beside_a_reader(|out| {
                writer.refresh_traffic_keys(out)
            }));
        }
    }
    send(sealed_beside_a_reader(|out| writer.close_notify(out)));
}

/// Calls `seal` with the room that it requires. The call is repeated if the reader has meanwhile received something to
/// be answered, because more room is required then.
fn sealed_beside_a_reader(mut seal: impl FnMut(&mut [u8]) -> Result<usize, WriteError>) -> Vec<u8> {
    loop {
        match sealed(&mut seal) {
            Err(WriteError::InsufficientSize(_)) => {}
            sealed => return sealed.expect("a connection that has not failed"),
        }
    }
}

/// Reads until the peer has closed, and returns the data.
fn read_all(mut reader: Reader, from: &Receiver<Vec<u8>>) -> Vec<u8> {
    let (mut incoming, mut out) = (Vec::new(), vec![0; 10_000]);
    let mut data = Vec::new();
    for tls in from {
        incoming.extend(tls);
        let mut done = 0;
        loop {
            let received = reader
                .read_into(&mut incoming[done..], &mut out)
                .expect("in order");
            done += received.discard;
            match received.event {
                Event::Data(some) => data.extend(some),
                Event::Incomplete => break,
                Event::Closed => {
                    assert_eq!(reader.end_of_input(), Ok(()));
                    return data;
                }
            }
        }
        incoming.drain(..done);
    }
    panic!("no close_notify");
}

/// The key is never refreshed.
const ONE_KEY: usize = usize::MAX;

#[test]
fn data_goes_both_ways_at_once_with_rustls() {
    let ours = pattern(LEN);
    let theirs: Vec<_> = ours.iter().map(|byte| !byte).collect();
    for setup in setups() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut peer = Peer::new(&setup, role.other());
            let (reader, writer) = setup.split(role, &mut peer);
            let (to_us, from_peer) = mpsc::channel();
            let (to_peer, from_us) = mpsc::channel();
            thread::scope(|scope| {
                let reader = scope.spawn(move || read_all(reader, &from_peer));
                scope.spawn(|| write_all(writer, &ours, to_peer, ONE_KEY));
                for piece in theirs.chunks(10_007) {
                    to_us
                        .send(peer.send(piece))
                        .expect("a receiver");
                    for tls in from_us.try_iter() {
                        peer.read(&tls).expect("in order");
                    }
                }
                peer.conn.send_close_notify();
                to_us
                    .send(peer.write())
                    .expect("a receiver");
                for tls in &from_us {
                    peer.read(&tls).expect("in order");
                }
                assert!(reader.join().expect("no panic") == theirs);
            });
            assert!(peer.received == ours);
            assert!(peer.closed);
        }
    }
}

/// Our client and our server, after their handshake with each other.
fn both_ours(setup: &Setup) -> [(Reader, Writer); 2] {
    let (mut client, mut server) = (setup.client(), setup.server());
    let mut ends = [
        &mut Direct::new(&mut *client) as &mut dyn Endpoint,
        &mut Direct::new(&mut *server),
    ];
    loop {
        let [to_server, to_client] = ends.each_mut().map(|end| {
            end.run().expect("a handshake");
            mem::take(&mut end.app().outgoing)
        });
        if to_server.is_empty() && to_client.is_empty() {
            break;
        }
        ends[0].app().incoming.extend(to_client);
        ends[1].app().incoming.extend(to_server);
    }
    assert!(ends.iter().all(|end| end.is_direct()));
    [
        client
            .split()
            .expect("no reason to refuse"),
        server
            .split()
            .expect("no reason to refuse"),
    ]
}

/// Each side refreshes its key all the time, and requests the same of the other.
#[test]
fn keys_change_while_data_goes_both_ways() {
    let data = [pattern(LEN), pattern(LEN + 1)];
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let [
            (client_reader, client_writer),
            (server_reader, server_writer),
        ] = both_ours(&setup);
        let (to_server, from_client) = mpsc::channel();
        let (to_client, from_server) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| write_all(client_writer, &data[0], to_server, 1));
            scope.spawn(|| write_all(server_writer, &data[1], to_client, 2));
            let at_client = scope.spawn(move || read_all(client_reader, &from_server));
            let at_server = scope.spawn(move || read_all(server_reader, &from_client));
            assert!(at_client.join().expect("no panic") == data[1]);
            assert!(at_server.join().expect("no panic") == data[0]);
        });
    }
}
