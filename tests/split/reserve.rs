//! Can the application write content where it will be sealed?

use rustls::ContentType::{ApplicationData, Handshake};
use rustls_direct::split::{Reservation, WriteError};
use testing::{Forger, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, pattern, sealed};

use crate::sealing_api::{SealingApi, each_api};
use crate::{FILL, each_pair, for_each_tls13_pair, is_untouched, required};

fn unchanged(setup: Setup) -> Setup {
    setup
}

/// Reserves `data.len()` bytes at the front of `out`, fills them, and seals them.
fn reserve_and_seal(
    api: &mut dyn SealingApi,
    data: &[u8],
    padding: usize,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    api.reserve(data.len(), out, &mut |mut reservation| {
        reservation
            .content()
            .copy_from_slice(data);
        reservation.seal(data.len(), padding)
    })
}

#[test]
fn content_is_sealed_where_it_was_written() {
    each_api(unchanged, |setup, api, forger| {
        for size in [1, 100, 16_383, 16_384] {
            let data = pattern(size);
            let record = forger.twin.encrypted_len(size);
            for room in [record, record + 9] {
                let mut out = vec![FILL; room];
                let begin = out.as_ptr();
                let written = api.reserve(size, &mut out, &mut |mut reservation| {
                    let content = reservation.content();
                    // After the header and TLS 1.2's explicit nonce.
                    assert_eq!(
                        content.as_ptr(),
                        begin.wrapping_add(forger.twin.content_offset())
                    );
                    assert!(content.len() == size && is_untouched(content));
                    content.copy_from_slice(&data);
                    assert!(reservation.content() == data, "unchanged");
                    reservation.seal(size, 0)
                });
                assert_eq!(written.expect("room for it"), record);
                assert!(is_untouched(&out[record..]));
                // Equal content makes equal records, wherever the content came from.
                assert!(
                    forger.opened(&out[..record]) == [(ApplicationData, data.clone())],
                    "{setup:?}"
                );
            }
        }
    });
}

#[test]
fn less_can_be_sealed_than_was_reserved() {
    each_api(unchanged, |_, api, forger| {
        for (reserved, len) in [(1, 0), (100, 1), (100, 99), (16_384, 5000)] {
            let mut out = vec![FILL; forger.twin.encrypted_len(reserved)];
            let written = api.reserve(reserved, &mut out, &mut |mut reservation| {
                reservation
                    .content()
                    .copy_from_slice(&pattern(reserved));
                reservation.seal(len, 0)
            });
            let written = written.expect("room for it");
            let expected = match len {
                0 => vec![],
                _ => vec![(ApplicationData, pattern(len))],
            };
            assert!(forger.opened(&out[..written]) == expected);
        }
    });
}

#[test]
fn empty_content_seals_no_record() {
    each_api(unchanged, |_, api, forger| {
        let mut out = vec![FILL; forger.twin.encrypted_len(0)];
        let written = api.reserve(0, &mut out, &mut |mut reservation| {
            assert!(reservation.content().is_empty());
            reservation.seal(0, 0)
        });
        assert_eq!(written.expect("room for it"), 0);
        assert!(is_untouched(&out));
        let written = reserve_and_seal(api, b"more", 0, &mut [0; 100]);
        assert_eq!(written.expect("room for it"), forger.twin.encrypted_len(4));
    });
}

#[test]
fn a_reservation_without_room_changes_nothing() {
    each_api(unchanged, |_, api, forger| {
        for size in [1, 100, 16_384] {
            let record = forger.twin.encrypted_len(size);
            for room in [0, 5, record - 1] {
                let mut out = vec![FILL; room];
                assert_eq!(
                    required(reserve_and_seal(api, &pattern(size), 0, &mut out)),
                    record
                );
                assert!(is_untouched(&out));
            }
            let mut out = vec![FILL; record];
            let written = reserve_and_seal(api, &pattern(size), 0, &mut out);
            assert_eq!(written.expect("room for it"), record);
            assert!(forger.opened(&out) == [(ApplicationData, pattern(size))]);
        }
    });
}

/// Whether `refused` reports that the content is too long, with these lengths.
fn is_too_long(refused: Result<usize, WriteError>, max: usize, provided: usize) -> bool {
    matches!(
        refused,
        Err(WriteError::ContentTooLong { max: reported_max, provided: reported_provided })
            if (reported_max, reported_provided) == (max, provided)
    )
}

#[test]
fn content_longer_than_a_record_is_refused() {
    for (max_fragment_size, max) in [(16_389, 16_384), (1000, 995)] {
        let change = |setup: Setup| setup.with_max_fragment_size(max_fragment_size);
        each_api(change, |_, api, forger| {
            let mut out = vec![FILL; 20_000];
            for size in [max + 1, usize::MAX] {
                let refused = api.reserve(size, &mut out, &mut |_| unreachable!("refused"));
                assert!(is_too_long(refused, max, size));
            }
            // More than was reserved.
            for size in [11, usize::MAX] {
                let refused =
                    api.reserve(10, &mut out, &mut |reservation| reservation.seal(size, 0));
                let error = refused.expect_err("too much");
                assert_eq!(
                    error.to_string(),
                    format!("{size} bytes were to be sealed, but only 10 were reserved")
                );
                assert!(matches!(
                    error,
                    WriteError::BeyondReservation { reserved: 10, provided } if provided == size
                ));
            }
            assert!(is_untouched(&out));
            let written = reserve_and_seal(api, &pattern(max), 0, &mut out).expect("room for it");
            assert!(forger.opened(&out[..written]) == [(ApplicationData, pattern(max))]);
        });
    }
}

#[test]
fn a_dropped_reservation_changes_nothing() {
    each_api(unchanged, |_, api, forger| {
        let mut out = vec![FILL; 100];
        for _ in 0..3 {
            let dropped = api.reserve(10, &mut out, &mut |mut reservation| {
                reservation.content().fill(1);
                Ok(0)
            });
            assert_eq!(dropped.expect("room for it"), 0);
        }
        // Only the content was written, by the test.
        let at = forger.twin.content_offset();
        assert!(is_untouched(&out[..at]) && is_untouched(&out[at + 10..]));
        let written = reserve_and_seal(api, b"data", 0, &mut out).expect("room for it");
        assert_eq!(
            forger.opened(&out[..written]),
            [(ApplicationData, b"data".to_vec())]
        );
    });
}

#[test]
fn padding_needs_room_after_the_content() {
    each_api(unchanged, |setup, api, forger| {
        if !setup.is_tls13() {
            return;
        }
        for (size, padding) in [(1, 1), (100, 1000), (16_383, 1), (1, 16_383)] {
            let data = pattern(size);
            let record = forger
                .twin
                .encrypted_len(size + padding);
            for room in [forger.twin.encrypted_len(size), record - 1] {
                // The content fits and is the caller's. No other byte was written.
                let mut out = vec![FILL; room];
                assert_eq!(
                    required(reserve_and_seal(api, &data, padding, &mut out)),
                    record
                );
                assert!(is_untouched(&out[..5]) && is_untouched(&out[5 + size..]));
            }
            for room in [record, record + 9] {
                let mut out = vec![FILL; room];
                let written = reserve_and_seal(api, &data, padding, &mut out);
                assert_eq!(written.expect("room for it"), record);
                assert!(is_untouched(&out[record..]));
                assert!(forger.opened(&out[..record]) == [(ApplicationData, data.clone())]);
            }
        }
        for (size, padding) in [(16_384, 1), (1, 16_384), (100, usize::MAX)] {
            let refused = reserve_and_seal(api, &pattern(size), padding, &mut vec![0; 40_000]);
            assert!(is_too_long(refused, 16_384, size.saturating_add(padding)));
        }
        let written = reserve_and_seal(api, b"more", 0, &mut [0; 100]);
        assert_eq!(written.expect("room for it"), forger.twin.encrypted_len(4));
    });
}

#[test]
fn tls12_has_no_padding() {
    each_api(unchanged, |setup, api, forger| {
        if setup.is_tls13() {
            return;
        }
        let mut out = vec![FILL; 100];
        let refused = reserve_and_seal(api, b"data", 1, &mut out);
        assert!(
            matches!(refused, Err(WriteError::PaddingUnsupported)),
            "{refused:?}"
        );
        let written = reserve_and_seal(api, b"data", 0, &mut out).expect("room for it");
        assert_eq!(
            forger.opened(&out[..written]),
            [(ApplicationData, b"data".to_vec())]
        );
    });
}

/// Checks reservations that follow the records of `before`.
fn assert_reserved_after(
    before: &[(rustls::ContentType, Vec<u8>)],
    api: &mut dyn SealingApi,
    forger: &mut Forger,
) {
    let data = pattern(1000);
    let before_len: usize = before
        .iter()
        .map(|(_, content)| forger.twin.encrypted_len(content.len()))
        .sum();
    let room = before_len + forger.twin.encrypted_len(data.len());
    let mut out = vec![FILL; room - 1];
    assert_eq!(required(reserve_and_seal(api, &data, 0, &mut out)), room);
    assert!(is_untouched(&out));

    // If the reservation is dropped or sealed without content, these records are not sealed.
    let mut out = vec![FILL; room];
    for len in [None, Some(0)] {
        let mut drop_or_seal = |reservation: Reservation<'_>| match len {
            None => Ok(0),
            Some(len) => reservation.seal(len, 0),
        };
        let written = api.reserve(data.len(), &mut out, &mut drop_or_seal);
        assert_eq!(written.expect("room for it"), 0);
    }
    assert!(is_untouched(&out));

    let begin = out.as_ptr();
    let written = api.reserve(data.len(), &mut out, &mut |mut reservation| {
        let content = reservation.content();
        let offset = before_len + forger.twin.content_offset();
        assert_eq!(content.as_ptr(), begin.wrapping_add(offset));
        content.copy_from_slice(&data);
        reservation.seal(500, 0)
    });
    let written = written.expect("room for it");
    let mut expected = before.to_vec();
    expected.push((ApplicationData, data[..500].to_vec()));
    assert!(forger.opened(&out[..written]) == expected);
}

#[test]
fn an_owed_answer_is_placed_before_the_content() {
    for_each_tls13_pair(|_, mut pair| {
        for _ in 0..2 {
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            let answer = (Handshake, key_update(UPDATE_NOT_REQUESTED));
            assert_reserved_after(&[answer], &mut pair.writer, &mut pair.forger);
            assert!(!pair.writer.owes());
            pair.passes_data();
        }
    });
}

#[test]
fn the_update_of_a_worn_key_is_placed_before_the_content() {
    const LIMIT: u64 = 8;
    let worn = |setup: Setup| setup.with_confidentiality_limit(LIMIT);
    each_api(worn, |setup, api, forger| {
        if !setup.is_tls13() {
            return;
        }
        for request in [UPDATE_REQUESTED, UPDATE_NOT_REQUESTED] {
            while forger.opener.seq() < LIMIT - 1 {
                let mut out = [0; 100];
                let written = reserve_and_seal(api, b"worn", 0, &mut out).expect("room for it");
                forger.opened(&out[..written]);
            }
            assert_reserved_after(&[(Handshake, key_update(request))], api, forger);
        }
    });
}

#[test]
fn an_owed_answer_replaces_the_update_of_a_worn_key() {
    const LIMIT: u64 = 8;
    let worn = |setup: Setup| setup.with_confidentiality_limit(LIMIT);
    each_pair(worn, |setup, mut pair| {
        if !setup.is_tls13() {
            return;
        }
        while pair.forger.opener.seq() < LIMIT - 1 {
            pair.writes_data();
        }
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let answer = (Handshake, key_update(UPDATE_NOT_REQUESTED));
        assert_reserved_after(&[answer], &mut pair.writer, &mut pair.forger);
        pair.passes_data();
        assert!(
            sealed(|out| pair.writer.flush(out))
                .expect("nothing")
                .is_empty()
        );
    });
}
