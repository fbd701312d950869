//! Is data in several slices sealed like data in one?

use std::io::IoSlice;
use std::sync::atomic::Ordering;

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::split::{Gathered, WriteError, Written};
use testing::{Forger, Setup, pattern};

use crate::hooked_records::each_hooked;
use crate::sealing_api::{SealingApi, each_api};
use crate::{FILL, is_untouched, required};

/// The length of the data: more than two records.
const LEN: usize = 40_000;

/// Offsets at which the data is cut into pieces, some of them empty.
fn cuts(max_content: usize) -> Vec<(&'static str, Vec<usize>)> {
    let ends = || (max_content..LEN).step_by(max_content);
    vec![
        ("one piece", vec![]),
        ("empty pieces around it", vec![0, 0, LEN, LEN, LEN]),
        ("two pieces", vec![LEN / 3]),
        (
            "empty pieces between",
            vec![0, 1, 1, 1, LEN / 2, LEN / 2, LEN - 1],
        ),
        ("cut like the records", ends().collect()),
        (
            "cut like the records, with empty pieces between",
            ends()
                .flat_map(|end| [end, end])
                .collect(),
        ),
        (
            "a byte before the ends of records",
            ends().map(|end| end - 1).collect(),
        ),
        (
            "a byte after the ends of records",
            ends().map(|end| end + 1).collect(),
        ),
        (
            "bytes around the ends of records",
            ends()
                .flat_map(|end| [end - 1, end, end + 1])
                .collect(),
        ),
        ("single bytes at the front", (0..1000).collect()),
        ("tiny pieces", (0..LEN).step_by(7).collect()),
        (
            "uneven pieces",
            (0..LEN)
                .step_by(997)
                .flat_map(|at| [at, at + 3])
                .collect(),
        ),
        ("longer than a record", vec![5, LEN - 5]),
    ]
}

fn pieces<'a>(mut data: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for cut in cuts.iter().map(|cut| (*cut).min(LEN)) {
        let (piece, rest) = data.split_at(cut - done);
        pieces.push(piece);
        (data, done) = (rest, cut);
    }
    pieces.push(data);
    pieces
}

/// Records of full size, and small ones.
const MAX_CONTENTS: [usize; 2] = [16_384, 995];

fn records_of(max_content: usize) -> impl Fn(Setup) -> Setup {
    move |setup| match max_content {
        16_384 => setup,
        _ => setup.with_max_fragment_size(max_content + 5),
    }
}

/// Checks that `tls` holds the records that `data` in one slice makes.
fn assert_sealed(forger: &mut Forger, tls: &[u8], data: &[u8], max_content: usize) {
    let contents: Vec<_> = forger
        .opened(tls)
        .into_iter()
        .map(|(_, content)| content)
        .collect();
    assert!(
        contents
            == data
                .chunks(max_content)
                .collect::<Vec<_>>()
    );
}

/// Writes all of `data` into a buffer of exactly `room` bytes.
fn written(api: &mut dyn SealingApi, data: &Gathered<'_>, room: usize) -> Vec<u8> {
    let mut out = vec![FILL; room];
    let expected = Written {
        consumed: data.len(),
        written: room,
    };
    assert_eq!(
        api.write(data.clone(), &mut out)
            .expect("room for it"),
        expected
    );
    out
}

fn room_for(forger: &Forger, max_content: usize) -> usize {
    LEN + LEN.div_ceil(max_content) * forger.twin.encrypted_len(0)
}

#[test]
fn gathered_data_makes_the_records_of_data_in_one_piece() {
    let data = pattern(LEN);
    for max_content in MAX_CONTENTS {
        each_api(records_of(max_content), |_, api, forger| {
            let room = room_for(forger, max_content);
            for (shape, cuts) in cuts(max_content) {
                println!("{shape}");
                let pieces = pieces(&data, &cuts);
                let slices: Vec<_> = pieces
                    .iter()
                    .map(|piece| IoSlice::new(piece))
                    .collect();
                for gathered in [
                    Gathered::from(&slices[..]),
                    Gathered::from(OutboundChunks::new(&pieces)),
                ] {
                    assert_eq!(gathered.len(), LEN);
                    assert!(!gathered.is_empty());
                    let tls = written(api, &gathered, room);
                    assert_sealed(forger, &tls, &data, max_content);
                }
            }
        });
    }
}

#[test]
fn a_part_of_chunks_is_sealed_by_itself() {
    let data = pattern(LEN + 200);
    let pieces: Vec<_> = data.chunks(64).collect();
    let (_, part) = OutboundChunks::new(&pieces).split_at(100);
    let (part, _) = part.split_at(LEN);
    each_api(records_of(16_384), |_, api, forger| {
        let tls = written(api, &Gathered::from(part.clone()), room_for(forger, 16_384));
        assert_sealed(forger, &tls, &data[100..][..LEN], 16_384);
    });
}

#[test]
fn the_unconsumed_rest_can_be_written_next() {
    let data = pattern(LEN);
    let max_content = 995;
    each_api(records_of(max_content), |_, api, forger| {
        let record = forger.twin.encrypted_len(max_content);
        for (shape, cuts) in cuts(max_content) {
            println!("{shape}");
            let pieces = pieces(&data, &cuts);
            let mut slices: Vec<_> = pieces
                .iter()
                .map(|piece| IoSlice::new(piece))
                .collect();
            let (mut slices, mut chunks) = (&mut slices[..], OutboundChunks::new(&pieces));
            let mut left = LEN;
            for records in [1, 2, 5, 11, 100] {
                // The same data twice, in both forms.
                let mut out = vec![FILL; records * record + 3];
                let some = api
                    .write(Gathered::from(&*slices), &mut out)
                    .expect("room for one");
                assert_eq!(some.consumed, left.min(records * max_content));
                assert!(is_untouched(&out[some.written..]));
                let at = LEN - left;
                assert_sealed(
                    forger,
                    &out[..some.written],
                    &data[at..][..some.consumed],
                    max_content,
                );

                let mut out = vec![FILL; records * record + 3];
                let same = api
                    .write(Gathered::from(chunks.clone()), &mut out)
                    .expect("room for one");
                assert_eq!(same, some);
                assert!(is_untouched(&out[some.written..]));
                assert_sealed(
                    forger,
                    &out[..some.written],
                    &data[at..][..some.consumed],
                    max_content,
                );

                left -= some.consumed;
                IoSlice::advance_slices(&mut slices, some.consumed);
                chunks = chunks.split_at(some.consumed).1;
            }
            assert_eq!(left, 0);
        }
    });
}

/// Neither for one record nor for several.
#[test]
fn gathered_data_without_room_changes_nothing() {
    let data = pattern(LEN);
    for data in [&data[..2500], &data] {
        let pieces: Vec<_> = data.chunks(1000).collect();
        let slices: Vec<_> = pieces
            .iter()
            .map(|piece| IoSlice::new(piece))
            .collect();
        each_api(records_of(16_384), |_, api, forger| {
            let record = forger
                .twin
                .encrypted_len(data.len().min(16_384));
            for room in [0, 5, record - 1] {
                for gathered in [
                    Gathered::from(&slices[..]),
                    Gathered::from(OutboundChunks::new(&pieces)),
                ] {
                    let mut out = vec![FILL; room];
                    assert_eq!(required(api.write(gathered, &mut out)), record);
                    assert!(is_untouched(&out));
                }
            }
            let mut out = vec![FILL; LEN + 100];
            let written = api
                .write(Gathered::from(&slices[..]), &mut out)
                .expect("room for it");
            assert_eq!(written.consumed, data.len());
            assert_sealed(forger, &out[..written.written], data, 16_384);
        });
    }
}

#[test]
fn no_pieces_and_empty_pieces_are_no_data() {
    let empty = [IoSlice::new(b""), IoSlice::new(b"")];
    each_api(records_of(16_384), |_, api, forger| {
        for gathered in [
            Gathered::from(&[] as &[IoSlice<'_>]),
            Gathered::from(&empty[..]),
            Gathered::from(OutboundChunks::new(&[])),
            Gathered::from(OutboundChunks::new(&[b"", b""])),
            Gathered::from(b""),
        ] {
            assert!(gathered.is_empty());
            let nothing = Written {
                consumed: 0,
                written: 0,
            };
            assert_eq!(
                api.write(gathered, &mut [])
                    .expect("nothing to seal"),
                nothing
            );
        }
        let tls = written(api, &Gathered::from(b"data"), forger.twin.encrypted_len(4));
        assert_sealed(forger, &tls, b"data", 16_384);
    });
}

/// Content in one slice is sealed from there, without a copy.
#[test]
fn only_content_of_several_pieces_is_copied() {
    let data = pattern(16_384);
    let pieces: [&[u8]; 5] = [b"", &data, b"", &data[..9], &data[9..]];
    let slices = pieces.map(IoSlice::new);
    each_hooked(|hooks, _, mut writer, mut forger| {
        let mut out = vec![FILL; 40_000];
        let written = writer
            .write(&slices[..], &mut out)
            .expect("room for it");
        assert_sealed(
            &mut forger,
            &out[..written.written],
            &data.repeat(2),
            16_384,
        );
        assert_eq!(hooks.in_place.load(Ordering::Relaxed), 1);
    });
}

/// The chunks' public fields promise more bytes than there are. Whatever is in the output must not be sealed.
#[test]
fn chunks_shorter_than_their_fields_say_end_writing() {
    each_api(records_of(16_384), |_, api, _| {
        let chunks = OutboundChunks::Multiple {
            chunks: &[b"ten", b"bytes"],
            start: 0,
            end: 10,
        };
        let mut out = vec![FILL; 100];
        let refused = api.write(Gathered::from(chunks), &mut out);
        assert!(matches!(refused, Err(WriteError::Failed(_))), "{refused:?}");
        assert!(
            !out.windows(5)
                .any(|part| part == b"bytes")
        );
        let refused = api.write(Gathered::from(b"more"), &mut out);
        assert!(matches!(refused, Err(WriteError::Failed(_))), "{refused:?}");
    });
}
