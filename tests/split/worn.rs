//! The end of a key in TLS 1.2, which has no other: a write that would go past it is refused whole, and writing is over.

use rustls::AlertDescription::{CloseNotify, NoRenegotiation};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::split::{WriteError, Written};
use testing::{Pair, Setup, pattern, sealed};

use crate::{FILL, each_pair, is_untouched, renegotiation};

/// How many records a key may seal, the one of the handshake and the one that is kept for close_notify among them.
const LIMIT: u64 = 6;

/// How many records of data that leaves.
const LEFT: usize = 4;

fn each_of_tls12_that_wears_out(test: impl Fn(&Setup, Pair)) {
    each_pair(
        |setup| setup.with_confidentiality_limit(LIMIT),
        |setup, pair| {
            if !setup.is_tls13() {
                test(setup, pair);
            }
        },
    );
}

/// Checks that writing ends with `alerts`, which are warnings.
fn closes(pair: &mut Pair, alerts: &[rustls::AlertDescription]) {
    assert!(pair.writer.owes());
    let reader_says_so = |pair: &mut Pair| pair.read(b"").expect("nothing came");
    assert!(reader_says_so(pair));
    let refused = pair
        .writer
        .write(b"more", &mut [0; 100]);
    assert!(matches!(refused, Err(WriteError::Closed)), "{refused:?}");
    let sent = sealed(|out| pair.writer.flush(out)).expect("the last words");
    let alerts: Vec<_> = alerts
        .iter()
        .map(|alert| (Alert, vec![1, u8::from(*alert)]))
        .collect();
    assert_eq!(pair.forger.opened(&sent), alerts);
    assert!(!pair.writer.owes() && !reader_says_so(pair));
    let again = pair.writer.close_notify(&mut [0; 100]);
    assert_eq!(again.expect("was said already"), 0);
}

/// Checks that a write of `data` is refused, since the key may not seal that many records.
fn is_exhausted_by(pair: &mut Pair, data: &[u8], room: usize) {
    let mut out = vec![FILL; room];
    let refused = pair.writer.write(data, &mut out);
    assert!(
        matches!(refused, Err(WriteError::KeyExhausted)),
        "{refused:?}"
    );
    assert!(is_untouched(&out));
}

#[test]
fn all_that_a_key_may_seal_is_sealed() {
    each_of_tls12_that_wears_out(|_, mut pair| {
        for _ in 0..LEFT {
            pair.writes_data();
        }
        is_exhausted_by(&mut pair, b"more", 100);
        closes(&mut pair, &[CloseNotify]);
    });
}

#[test]
fn a_write_that_would_go_past_the_limit_is_refused_whole() {
    // Even if there is room for what the key may still seal.
    for room in [0, 20_000, 100_000] {
        each_of_tls12_that_wears_out(|_, mut pair| {
            pair.writes_data();
            is_exhausted_by(&mut pair, &pattern((LEFT - 1) * 16_384 + 1), room);
            closes(&mut pair, &[CloseNotify]);
            // Reading goes on.
            let data = pair.forger.seal(ApplicationData, b"");
            assert!(
                !pair
                    .read(&data)
                    .expect("an empty record")
            );
        });
    }
}

/// The same, and the peer has wanted to renegotiate.
fn each_of_tls12_that_wears_out_and_owes(test: impl Fn(Pair)) {
    each_of_tls12_that_wears_out(|_, mut pair| {
        let attempt = renegotiation(pair.role);
        let attempt = pair.forger.seal(Handshake, &attempt);
        assert!(
            pair.read(&attempt)
                .expect("to be turned down")
        );
        test(pair);
    });
}

#[test]
fn what_is_owed_takes_a_number_as_well() {
    each_of_tls12_that_wears_out_and_owes(|mut pair| {
        // Three of the four numbers that were left for data.
        let data = pattern((LEFT - 1) * 16_384);
        let mut out = vec![0; pair.writer.required_len(data.len())];
        let written = pair.writer.write(&data[..], &mut out);
        let expected = Written {
            consumed: data.len(),
            written: out.len(),
        };
        assert_eq!(written.expect("room for it"), expected);
        let records = pair.forger.opened(&out);
        assert_eq!(records[0], (Alert, vec![1, u8::from(NoRenegotiation)]));
        assert_eq!(records.len(), LEFT);
        is_exhausted_by(&mut pair, b"more", 100);
        closes(&mut pair, &[CloseNotify]);
    });
}

#[test]
fn a_write_that_leaves_no_number_for_what_is_owed_is_refused() {
    each_of_tls12_that_wears_out_and_owes(|mut pair| {
        is_exhausted_by(&mut pair, &pattern(LEFT * 16_384), 100_000);
        closes(&mut pair, &[NoRenegotiation, CloseNotify]);
    });
}

#[test]
fn a_reservation_takes_the_last_number_and_no_more() {
    each_of_tls12_that_wears_out(|_, mut pair| {
        for _ in 0..LEFT - 1 {
            pair.writes_data();
        }
        let mut out = [FILL; 100];
        let mut reservation = pair
            .writer
            .reserve(4, &mut out)
            .expect("one number is left");
        reservation
            .content()
            .copy_from_slice(b"last");
        let written = reservation
            .seal(4, 0)
            .expect("as was said");
        assert_eq!(
            pair.forger.opened(&out[..written]),
            [(ApplicationData, b"last".to_vec())]
        );

        let mut out = [FILL; 100];
        let refused = pair.writer.reserve(4, &mut out);
        assert!(
            matches!(refused, Err(WriteError::KeyExhausted)),
            "{refused:?}"
        );
        drop(refused);
        assert!(is_untouched(&out));
        closes(&mut pair, &[CloseNotify]);
    });
}

#[test]
fn a_reservation_of_more_than_a_record_wears_nothing_out() {
    each_of_tls12_that_wears_out(|_, mut pair| {
        for len in [16_385, LEFT * 16_384 + 1, usize::MAX] {
            let mut out = [0; 100];
            let refused = pair.writer.reserve(len, &mut out);
            assert!(
                matches!(refused, Err(WriteError::ContentTooLong { max: 16_384, provided }) if provided == len),
                "{refused:?}"
            );
        }
        pair.passes_data();
    });
}
