//! Cases of the state machine.

use std::hint::black_box;

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls_direct::unbuffered::{ConnectionState, WriteTraffic};

use crate::buffers::{plaintext, sealed_room};
use crate::case::{Case, Operation};
use crate::connection::connected;
use crate::measure::measure;
use crate::pieces::pieces;

pub(crate) fn run(case: &Case) {
    match case.operation {
        Operation::Open => open(case),
        _ => seal(case),
    }
}

fn seal(case: &Case) {
    let records = case.operation.records();
    let plaintext = plaintext(case.size * records);
    let out = sealed_room(&case.setup, case.size, records);
    let pieces = pieces(plaintext);
    let chunks = OutboundChunks::new(&pieces);
    let (mut client, _) = connected(case);
    match case.operation {
        Operation::SealInPlace => measure(case, |_| {
            let mut write = write_traffic(&mut client);
            let mut reserved = write
                .reserve(black_box(case.size), black_box(&mut *out))
                .expect("room for it");
            black_box(reserved.content());
            let sealed = reserved
                .seal(black_box(case.size), 0)
                .expect("sealed");
            assert_eq!(sealed, out.len());
        }),
        Operation::SealChunks => measure(case, |_| {
            let written = write_traffic(&mut client)
                .write(black_box(&chunks).clone(), black_box(&mut *out))
                .expect("room for it");
            assert_eq!(written.written, out.len());
        }),
        _ => measure(case, |_| {
            let written = write_traffic(&mut client)
                .encrypt(black_box(&*plaintext), black_box(&mut *out))
                .expect("room for it");
            assert_eq!(written, out.len());
        }),
    }
}

#[inline(always)]
fn write_traffic(
    client: &mut UnbufferedClientConnection,
) -> WriteTraffic<'_, ClientConnectionData> {
    match client
        .process_tls_records(black_box(&mut []))
        .state
    {
        Ok(ConnectionState::WriteTraffic(write)) => write,
        other => panic!("{other:?}"),
    }
}

fn open(case: &Case) {
    let (mut client, mut records) = connected(case);
    measure(case, |i| {
        match client
            .process_tls_records(black_box(&mut *records[i]))
            .state
        {
            Ok(ConnectionState::ReadTraffic(mut read)) => {
                let record = read
                    .next_record()
                    .expect("a record")
                    .expect("no error");
                assert_eq!(black_box(record.payload).len(), case.size);
            }
            other => panic!("{other:?}"),
        }
    });
}
