//! Content that the application writes where it will be sealed.

use rustls::ContentType::{ApplicationData, Handshake};
use rustls_direct::split::{Reservation, WriteError};
use testing::{Forger, Setup, UPDATE_NOT_REQUESTED, UPDATE_REQUESTED, key_update, pattern, sealed};

use crate::face::{Face, each_face};
use crate::{FILL, each_of_tls13, each_pair, is_untouched, required};

fn as_it_is(setup: Setup) -> Setup {
    setup
}

/// Reserves `data.len()` bytes at the front of `out`, fills them, and seals them.
fn seals(
    face: &mut dyn Face,
    data: &[u8],
    padding: usize,
    out: &mut [u8],
) -> Result<usize, WriteError> {
    face.reserve(data.len(), out, &mut |mut reservation| {
        reservation
            .content()
            .copy_from_slice(data);
        reservation.seal(data.len(), padding)
    })
}

#[test]
fn content_is_sealed_where_it_was_written() {
    each_face(as_it_is, |setup, face, forger| {
        for size in [1, 100, 16_383, 16_384] {
            let data = pattern(size);
            let record = forger.twin.encrypted_len(size);
            for room in [record, record + 9] {
                let mut out = vec![FILL; room];
                let begin = out.as_ptr();
                let written = face.reserve(size, &mut out, &mut |mut reservation| {
                    let content = reservation.content();
                    // Behind the header, and TLS 1.2's explicit nonce.
                    assert_eq!(
                        content.as_ptr(),
                        begin.wrapping_add(forger.twin.content_offset())
                    );
                    assert!(content.len() == size && is_untouched(content));
                    content.copy_from_slice(&data);
                    assert!(reservation.content() == data, "it is still there");
                    reservation.seal(size, 0)
                });
                assert_eq!(written.expect("room for it"), record);
                assert!(is_untouched(&out[record..]));
                // Records of one content are the same, wherever that came from.
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
    each_face(as_it_is, |_, face, forger| {
        for (reserved, len) in [(1, 0), (100, 1), (100, 99), (16_384, 5000)] {
            let mut out = vec![FILL; forger.twin.encrypted_len(reserved)];
            let written = face.reserve(reserved, &mut out, &mut |mut reservation| {
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
fn nothing_is_sealed_for_no_content() {
    each_face(as_it_is, |_, face, forger| {
        let mut out = vec![FILL; forger.twin.encrypted_len(0)];
        let written = face.reserve(0, &mut out, &mut |mut reservation| {
            assert!(reservation.content().is_empty());
            reservation.seal(0, 0)
        });
        assert_eq!(written.expect("room for it"), 0);
        assert!(is_untouched(&out));
        let written = seals(face, b"more", 0, &mut [0; 100]);
        assert_eq!(written.expect("room for it"), forger.twin.encrypted_len(4));
    });
}

#[test]
fn a_reservation_without_room_costs_nothing() {
    each_face(as_it_is, |_, face, forger| {
        for size in [1, 100, 16_384] {
            let record = forger.twin.encrypted_len(size);
            for room in [0, 5, record - 1] {
                let mut out = vec![FILL; room];
                assert_eq!(required(seals(face, &pattern(size), 0, &mut out)), record);
                assert!(is_untouched(&out));
            }
            let mut out = vec![FILL; record];
            let written = seals(face, &pattern(size), 0, &mut out);
            assert_eq!(written.expect("room for it"), record);
            assert!(forger.opened(&out) == [(ApplicationData, pattern(size))]);
        }
    });
}

/// Whether it was refused because of its length, and what it says of that.
fn is_too_long(refused: Result<usize, WriteError>, max: usize, provided: usize) -> bool {
    matches!(
        refused,
        Err(WriteError::ContentTooLong { max: at_most, provided: were })
            if (at_most, were) == (max, provided)
    )
}

#[test]
fn content_longer_than_a_record_is_refused() {
    for (max_fragment_size, max) in [(16_389, 16_384), (1000, 995)] {
        let change = |setup: Setup| setup.with_max_fragment_size(max_fragment_size);
        each_face(change, |_, face, forger| {
            let mut out = vec![FILL; 20_000];
            for size in [max + 1, usize::MAX] {
                let refused = face.reserve(size, &mut out, &mut |_| unreachable!("refused"));
                assert!(is_too_long(refused, max, size));
            }
            // More than was reserved.
            for size in [11, usize::MAX] {
                let refused =
                    face.reserve(10, &mut out, &mut |reservation| reservation.seal(size, 0));
                let error = refused.expect_err("too much");
                assert_eq!(
                    error.to_string(),
                    format!("{size} bytes are to be sealed, but only 10 were reserved")
                );
                assert!(matches!(
                    error,
                    WriteError::BeyondReservation { reserved: 10, provided } if provided == size
                ));
            }
            assert!(is_untouched(&out));
            let written = seals(face, &pattern(max), 0, &mut out).expect("room for it");
            assert!(forger.opened(&out[..written]) == [(ApplicationData, pattern(max))]);
        });
    }
}

#[test]
fn a_reservation_that_is_dropped_costs_nothing() {
    each_face(as_it_is, |_, face, forger| {
        let mut out = vec![FILL; 100];
        for _ in 0..3 {
            let dropped = face.reserve(10, &mut out, &mut |mut reservation| {
                reservation.content().fill(1);
                Ok(0)
            });
            assert_eq!(dropped.expect("room for it"), 0);
        }
        // Only the content was written, by us.
        let at = forger.twin.content_offset();
        assert!(is_untouched(&out[..at]) && is_untouched(&out[at + 10..]));
        let written = seals(face, b"data", 0, &mut out).expect("room for it");
        assert_eq!(
            forger.opened(&out[..written]),
            [(ApplicationData, b"data".to_vec())]
        );
    });
}

#[test]
fn padding_has_its_room_behind_the_content() {
    each_face(as_it_is, |setup, face, forger| {
        if !setup.is_tls13() {
            return;
        }
        for (size, padding) in [(1, 1), (100, 1000), (16_383, 1), (1, 16_383)] {
            let data = pattern(size);
            let record = forger
                .twin
                .encrypted_len(size + padding);
            for room in [forger.twin.encrypted_len(size), record - 1] {
                // There is room for the content alone. That is the caller's: nothing else was written.
                let mut out = vec![FILL; room];
                assert_eq!(required(seals(face, &data, padding, &mut out)), record);
                assert!(is_untouched(&out[..5]) && is_untouched(&out[5 + size..]));
            }
            for room in [record, record + 9] {
                let mut out = vec![FILL; room];
                let written = seals(face, &data, padding, &mut out);
                assert_eq!(written.expect("room for it"), record);
                assert!(is_untouched(&out[record..]));
                assert!(forger.opened(&out[..record]) == [(ApplicationData, data.clone())]);
            }
        }
        for (size, padding) in [(16_384, 1), (1, 16_384), (100, usize::MAX)] {
            let refused = seals(face, &pattern(size), padding, &mut vec![0; 40_000]);
            assert!(is_too_long(refused, 16_384, size.saturating_add(padding)));
        }
        let written = seals(face, b"more", 0, &mut [0; 100]);
        assert_eq!(written.expect("room for it"), forger.twin.encrypted_len(4));
    });
}

#[test]
fn tls12_has_no_padding() {
    each_face(as_it_is, |setup, face, forger| {
        if setup.is_tls13() {
            return;
        }
        let mut out = vec![FILL; 100];
        let refused = seals(face, b"data", 1, &mut out);
        assert!(
            matches!(refused, Err(WriteError::PaddingUnsupported)),
            "{refused:?}"
        );
        let written = seals(face, b"data", 0, &mut out).expect("room for it");
        assert_eq!(
            forger.opened(&out[..written]),
            [(ApplicationData, b"data".to_vec())]
        );
    });
}

/// What is asked of a reservation behind `before`.
fn behind(before: &[(rustls::ContentType, Vec<u8>)], face: &mut dyn Face, forger: &mut Forger) {
    let data = pattern(1000);
    let before_len: usize = before
        .iter()
        .map(|(_, content)| forger.twin.encrypted_len(content.len()))
        .sum();
    let room = before_len + forger.twin.encrypted_len(data.len());
    let mut out = vec![FILL; room - 1];
    assert_eq!(required(seals(face, &data, 0, &mut out)), room);
    assert!(is_untouched(&out));

    // Dropped, or without content: it is still to be said.
    let mut out = vec![FILL; room];
    for len in [None, Some(0)] {
        let mut drop_or_seal = |reservation: Reservation<'_>| match len {
            None => Ok(0),
            Some(len) => reservation.seal(len, 0),
        };
        let written = face.reserve(data.len(), &mut out, &mut drop_or_seal);
        assert_eq!(written.expect("room for it"), 0);
    }
    assert!(is_untouched(&out));

    let begin = out.as_ptr();
    let written = face.reserve(data.len(), &mut out, &mut |mut reservation| {
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
fn what_is_owed_has_its_place_before_the_content() {
    each_of_tls13(|_, mut pair| {
        for _ in 0..2 {
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            let answer = (Handshake, key_update(UPDATE_NOT_REQUESTED));
            behind(&[answer], &mut pair.writer, &mut pair.forger);
            assert!(!pair.writer.owes());
            pair.passes_data();
        }
    });
}

#[test]
fn the_update_of_a_worn_key_has_its_place_before_the_content() {
    const LIMIT: u64 = 8;
    let worn = |setup: Setup| setup.with_confidentiality_limit(LIMIT);
    each_face(worn, |setup, face, forger| {
        if !setup.is_tls13() {
            return;
        }
        for request in [UPDATE_REQUESTED, UPDATE_NOT_REQUESTED] {
            while forger.opener.seq() < LIMIT - 1 {
                let mut out = [0; 100];
                let written = seals(face, b"worn", 0, &mut out).expect("room for it");
                forger.opened(&out[..written]);
            }
            behind(&[(Handshake, key_update(request))], face, forger);
        }
    });
}

#[test]
fn an_answer_that_is_owed_is_all_that_a_worn_key_needs() {
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
        behind(&[answer], &mut pair.writer, &mut pair.forger);
        pair.passes_data();
        assert!(
            sealed(|out| pair.writer.flush(out))
                .expect("nothing")
                .is_empty()
        );
    });
}
