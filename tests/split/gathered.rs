//! Data that is not in one piece is sealed as if it were.

use std::io::IoSlice;
use std::sync::atomic::Ordering;

use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::split::{Gathered, WriteError, Written};
use testing::{Forger, Setup, pattern};

use crate::face::{Face, each_face};
use crate::observed::each_observed;
use crate::{FILL, is_untouched, required};

/// More than two records.
const LEN: usize = 40_000;

/// Where data of [`LEN`] bytes is cut into pieces, of which some are empty.
fn cuts(max_content: usize) -> Vec<(&'static str, Vec<usize>)> {
    let ends = || (max_content..LEN).step_by(max_content);
    vec![
        ("one piece", vec![]),
        ("empty ones around it", vec![0, 0, LEN, LEN, LEN]),
        ("two", vec![LEN / 3]),
        (
            "empty ones between",
            vec![0, 1, 1, 1, LEN / 2, LEN / 2, LEN - 1],
        ),
        ("as the records", ends().collect()),
        (
            "as the records, with empty ones between",
            ends()
                .flat_map(|end| [end, end])
                .collect(),
        ),
        (
            "a byte before the ends of records",
            ends().map(|end| end - 1).collect(),
        ),
        (
            "a byte behind the ends of records",
            ends().map(|end| end + 1).collect(),
        ),
        (
            "bytes around the ends of records",
            ends()
                .flat_map(|end| [end - 1, end, end + 1])
                .collect(),
        ),
        ("one by one at the front", (0..1000).collect()),
        ("tiny ones", (0..LEN).step_by(7).collect()),
        (
            "uneven ones",
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

/// Checks that `tls` is what `data` in one piece becomes, cut as usual.
fn is_sealed(forger: &mut Forger, tls: &[u8], data: &[u8], max_content: usize) {
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

/// Writes all of `data` into exactly enough room.
fn written(face: &mut dyn Face, data: &Gathered<'_>, room: usize) -> Vec<u8> {
    let mut out = vec![FILL; room];
    let expected = Written {
        consumed: data.len(),
        written: room,
    };
    assert_eq!(
        face.write(data.clone(), &mut out)
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
        each_face(records_of(max_content), |_, face, forger| {
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
                    let tls = written(face, &gathered, room);
                    is_sealed(forger, &tls, &data, max_content);
                }
            }
        });
    }
}

#[test]
fn a_part_of_chunks_is_sealed_alone() {
    let data = pattern(LEN + 200);
    let pieces: Vec<_> = data.chunks(64).collect();
    let (_, part) = OutboundChunks::new(&pieces).split_at(100);
    let (part, _) = part.split_at(LEN);
    each_face(records_of(16_384), |_, face, forger| {
        let tls = written(
            face,
            &Gathered::from(part.clone()),
            room_for(forger, 16_384),
        );
        is_sealed(forger, &tls, &data[100..][..LEN], 16_384);
    });
}

#[test]
fn what_was_not_consumed_can_be_written_next() {
    let data = pattern(LEN);
    let max_content = 995;
    each_face(records_of(max_content), |_, face, forger| {
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
                // Twice the same, and in both forms.
                let mut out = vec![FILL; records * record + 3];
                let some = face
                    .write(Gathered::from(&*slices), &mut out)
                    .expect("room for one");
                assert_eq!(some.consumed, left.min(records * max_content));
                assert!(is_untouched(&out[some.written..]));
                let at = LEN - left;
                is_sealed(
                    forger,
                    &out[..some.written],
                    &data[at..][..some.consumed],
                    max_content,
                );

                let mut out = vec![FILL; records * record + 3];
                let same = face
                    .write(Gathered::from(chunks.clone()), &mut out)
                    .expect("room for one");
                assert_eq!(same, some);
                assert!(is_untouched(&out[some.written..]));
                is_sealed(
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

/// Neither where it makes one record nor where it makes several.
#[test]
fn gathered_data_without_room_costs_nothing() {
    let data = pattern(LEN);
    for data in [&data[..2500], &data] {
        let pieces: Vec<_> = data.chunks(1000).collect();
        let slices: Vec<_> = pieces
            .iter()
            .map(|piece| IoSlice::new(piece))
            .collect();
        each_face(records_of(16_384), |_, face, forger| {
            let record = forger
                .twin
                .encrypted_len(data.len().min(16_384));
            for room in [0, 5, record - 1] {
                for gathered in [
                    Gathered::from(&slices[..]),
                    Gathered::from(OutboundChunks::new(&pieces)),
                ] {
                    let mut out = vec![FILL; room];
                    assert_eq!(required(face.write(gathered, &mut out)), record);
                    assert!(is_untouched(&out));
                }
            }
            let mut out = vec![FILL; LEN + 100];
            let written = face
                .write(Gathered::from(&slices[..]), &mut out)
                .expect("room for it");
            assert_eq!(written.consumed, data.len());
            is_sealed(forger, &out[..written.written], data, 16_384);
        });
    }
}

#[test]
fn no_pieces_and_empty_pieces_are_no_data() {
    let empty = [IoSlice::new(b""), IoSlice::new(b"")];
    each_face(records_of(16_384), |_, face, forger| {
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
                face.write(gathered, &mut [])
                    .expect("nothing to seal"),
                nothing
            );
        }
        let tls = written(face, &Gathered::from(b"data"), forger.twin.encrypted_len(4));
        is_sealed(forger, &tls, b"data", 16_384);
    });
}

/// A record whose content is in one piece is sealed from where that is.
#[test]
fn only_content_of_several_pieces_is_copied() {
    let data = pattern(16_384);
    let pieces: [&[u8]; 5] = [b"", &data, b"", &data[..9], &data[9..]];
    let slices = pieces.map(IoSlice::new);
    each_observed(|hooks, _, mut writer, mut forger| {
        let mut out = vec![FILL; 40_000];
        let written = writer
            .write(&slices[..], &mut out)
            .expect("room for it");
        is_sealed(
            &mut forger,
            &out[..written.written],
            &data.repeat(2),
            16_384,
        );
        assert_eq!(hooks.in_place.load(Ordering::Relaxed), 1);
    });
}

/// Chunks whose public fields promise more than there is. Nothing that happens to lie in the output may be sealed.
#[test]
fn chunks_that_are_fewer_than_they_say_end_writing() {
    each_face(records_of(16_384), |_, face, _| {
        let lie = OutboundChunks::Multiple {
            chunks: &[b"ten", b"bytes"],
            start: 0,
            end: 10,
        };
        let mut out = vec![FILL; 100];
        let refused = face.write(Gathered::from(lie), &mut out);
        assert!(matches!(refused, Err(WriteError::Failed(_))), "{refused:?}");
        assert!(
            !out.windows(5)
                .any(|part| part == b"bytes")
        );
        let refused = face.write(Gathered::from(b"more"), &mut out);
        assert!(matches!(refused, Err(WriteError::Failed(_))), "{refused:?}");
    });
}
