//! How much of the data does a write seal if there is no room for all of it?

use std::{iter, slice};

use rustls::ContentType::{self, ApplicationData, Handshake};
use rustls_direct::split::{Gathered, Written};
use testing::{Forger, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, pattern, sealed};

use crate::sealing_api::{SealingApi, each_api};
use crate::{FILL, each_pair, is_untouched, required};

/// The smallest content length that a config can limit records to.
const SMALL: usize = 27;

fn small_records(setup: Setup) -> Setup {
    setup.with_max_fragment_size(SMALL + 5)
}

/// Three records and a part of a fourth.
const LEN: usize = 3 * SMALL + 20;

/// Records that are sealed together: one of data, and those that have to precede it.
type Unit = Vec<(ContentType, Vec<u8>)>;

fn units(data: &[u8], max_content: usize) -> Vec<Unit> {
    data.chunks(max_content)
        .map(|content| vec![(ApplicationData, content.to_vec())])
        .collect()
}

fn sealed_len(forger: &Forger, unit: &Unit) -> usize {
    unit.iter()
        .map(|(_, content)| forger.twin.encrypted_len(content.len()))
        .sum()
}

fn data_len(unit: &Unit) -> usize {
    let (_, content) = unit.last().expect("a record of data");
    content.len()
}

/// Writes `data` into `room` bytes, checks that as many `units` are sealed as fit, and returns their number.
fn write_into(
    api: &mut dyn SealingApi,
    forger: &mut Forger,
    data: &[u8],
    room: usize,
    units: &[Unit],
) -> usize {
    let mut left = room;
    let fitting = units
        .iter()
        .map_while(|unit| {
            left = left.checked_sub(sealed_len(forger, unit))?;
            Some(unit)
        })
        .collect::<Vec<_>>();
    let mut out = vec![FILL; room];
    let result = api.write(Gathered::from(data), &mut out);
    if fitting.is_empty() && !units.is_empty() {
        assert_eq!(required(result), sealed_len(forger, &units[0]));
        assert!(is_untouched(&out));
        return 0;
    }
    let (sealed, rest) = out.split_at(room - left);
    let expected = Written {
        consumed: fitting
            .iter()
            .copied()
            .map(data_len)
            .sum(),
        written: sealed.len(),
    };
    assert_eq!(result.expect("room for a record"), expected);
    assert!(is_untouched(rest));
    assert!(
        forger.opened(sealed)
            == fitting
                .iter()
                .copied()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
    );
    fitting.len()
}

#[test]
fn as_many_whole_records_are_sealed_as_fit() {
    let data = pattern(LEN);
    let units = units(&data, SMALL);
    each_api(small_records, |_, api, forger| {
        let all: usize = units
            .iter()
            .map(|unit| sealed_len(forger, unit))
            .sum();
        let fitting = (0..all + 5)
            .map(|room| write_into(api, forger, &data, room, &units))
            .collect::<Vec<_>>();
        assert_eq!(fitting[all - 1..], [3, 4, 4, 4, 4, 4]);
    });
}

#[test]
fn as_many_records_of_full_size_are_sealed_as_fit() {
    let data = pattern(3 * 16_384 + 1000);
    let units = units(&data, 16_384);
    each_api(
        |setup| setup,
        |_, api, forger| {
            let mut ends = vec![0];
            for unit in &units {
                ends.push(ends.last().expect("some") + sealed_len(forger, unit));
            }
            for (records, end) in ends.into_iter().enumerate() {
                for (room, fitting) in [
                    (end.saturating_sub(1), records.saturating_sub(1)),
                    (end, records),
                    (end + 1, records),
                ] {
                    assert_eq!(write_into(api, forger, &data, room, &units), fitting);
                }
            }
        },
    );
}

#[test]
fn an_empty_write_seals_no_record() {
    each_api(
        |setup| setup,
        |_, api, forger| {
            for room in [0, 1, 100] {
                assert_eq!(write_into(api, forger, b"", room, &[]), 0);
            }
            assert_eq!(write_into(api, forger, b"data", 100, &units(b"data", 4)), 1);
        },
    );
}

#[test]
fn an_owed_answer_is_sealed_if_a_record_of_data_fits_after_it() {
    let data = pattern(LEN);
    let mut units = units(&data, SMALL);
    let answer = (Handshake, key_update(UPDATE_NOT_REQUESTED));
    units[0].insert(0, answer.clone());
    each_pair(small_records, |setup, mut pair| {
        if !setup.is_tls13() {
            return;
        }
        let all: usize = units
            .iter()
            .map(|unit| sealed_len(&pair.forger, unit))
            .sum();
        for room in 0..all + 5 {
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            let (writer, forger) = (&mut pair.writer, &mut pair.forger);
            if write_into(writer, forger, &data, room, &units) == 0 {
                assert!(writer.owes());
                let flushed = sealed(|out| writer.flush(out)).expect("the answer");
                assert_eq!(forger.opened(&flushed), slice::from_ref(&answer));
            }
            assert!(!writer.owes());
            // Otherwise there would be too many updates in a row.
            pair.passes_data();
        }
    });
}

/// How many records a key may seal: enough for a handshake in small records.
const LIMIT: u64 = 64;

fn small_records_and_keys_that_wear_out(setup: Setup) -> Setup {
    small_records(setup).with_confidentiality_limit(LIMIT)
}

/// Seals data until the key may seal only `left` more records of it.
fn wear_out(api: &mut dyn SealingApi, forger: &mut Forger, left: u64) {
    while forger.opener.seq() != LIMIT - 1 - left {
        let mut out = [0; 100];
        let written = api.write(b"worn".into(), &mut out);
        forger.opened(&out[..written.expect("room for it").written]);
    }
}

#[test]
fn a_worn_key_is_replaced_if_the_next_record_fits_after_the_update() {
    let data = pattern(LEN);
    each_api(
        small_records_and_keys_that_wear_out,
        |setup, api, forger| {
            if !setup.is_tls13() {
                return;
            }
            // The peer never answers, so only the first update requests an answer.
            let mut request = UPDATE_REQUESTED;
            for left in 0..4 {
                let mut units = units(&data, SMALL);
                let ends = units.iter().scan(0, |end, unit| {
                    *end += sealed_len(forger, unit);
                    Some(*end)
                });
                let update_len = forger.twin.encrypted_len(5);
                let rooms: Vec<_> = iter::once(0)
                    .chain(ends)
                    .flat_map(|end| [end, end + update_len])
                    .flat_map(|end| [end.saturating_sub(1), end, end + 1])
                    .collect();
                for room in rooms {
                    let worn = usize::try_from(left).expect("few");
                    wear_out(api, forger, left);
                    units[worn] = vec![
                        (Handshake, key_update(request)),
                        (
                            ApplicationData,
                            data.chunks(SMALL)
                                .nth(worn)
                                .expect("enough chunks")
                                .to_vec(),
                        ),
                    ];
                    if write_into(api, forger, &data, room, &units) > worn {
                        request = UPDATE_NOT_REQUESTED;
                    }
                }
            }
            assert_eq!(request, UPDATE_NOT_REQUESTED);
        },
    );
}
