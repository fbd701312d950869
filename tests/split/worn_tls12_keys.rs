//! How does a TLS 1.2 connection end when its key is worn out?

use rustls::AlertDescription::{CloseNotify, NoRenegotiation};
use rustls::ContentType::{Alert, ApplicationData, Handshake};
use rustls_direct::split::{WriteError, Written};
use testing::{Pair, Setup, pattern, sealed};

use crate::{FILL, each_pair, is_untouched, renegotiation};

/// How many records a key may seal, with that of the handshake and the one reserved for close_notify.
const LIMIT: u64 = 6;

/// How many records of data remain.
const LEFT: usize = 4;

fn for_each_wearing_tls12_pair(test: impl Fn(&Setup, Pair)) {
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
fn assert_closes(pair: &mut Pair, alerts: &[rustls::AlertDescription]) {
    assert!(pair.writer.owes());
    let reader_reports_debt = |pair: &mut Pair| pair.read(b"").expect("nothing came");
    assert!(reader_reports_debt(pair));
    let refused = pair
        .writer
        .write(b"more", &mut [0; 100]);
    assert!(matches!(refused, Err(WriteError::Closed)), "{refused:?}");
    let sent = sealed(|out| pair.writer.flush(out)).expect("the alerts");
    let alerts: Vec<_> = alerts
        .iter()
        .map(|alert| (Alert, vec![1, u8::from(*alert)]))
        .collect();
    assert_eq!(pair.forger.opened(&sent), alerts);
    assert!(!pair.writer.owes() && !reader_reports_debt(pair));
    let again = pair.writer.close_notify(&mut [0; 100]);
    assert_eq!(again.expect("already sent"), 0);
}

/// Checks that a write of `data` is refused, because the key may not seal that many records.
fn assert_exhausted_by(pair: &mut Pair, data: &[u8], room: usize) {
    let mut out = vec![FILL; room];
    let refused = pair.writer.write(data, &mut out);
    assert!(
        matches!(refused, Err(WriteError::KeyExhausted)),
        "{refused:?}"
    );
    assert!(is_untouched(&out));
}

#[test]
fn a_key_seals_as_many_records_as_it_may() {
    for_each_wearing_tls12_pair(|_, mut pair| {
        for _ in 0..LEFT {
            pair.writes_data();
        }
        assert_exhausted_by(&mut pair, b"more", 100);
        assert_closes(&mut pair, &[CloseNotify]);
    });
}

#[test]
fn a_write_beyond_the_limit_is_refused_whole() {
    // Even if there is room for the records that the key may still seal.
    for room in [0, 20_000, 100_000] {
        for_each_wearing_tls12_pair(|_, mut pair| {
            pair.writes_data();
            assert_exhausted_by(&mut pair, &pattern((LEFT - 1) * 16_384 + 1), room);
            assert_closes(&mut pair, &[CloseNotify]);
            // Reading continues.
            let data = pair.forger.seal(ApplicationData, b"");
            assert!(
                !pair
                    .read(&data)
                    .expect("an empty record")
            );
        });
    }
}

/// Likewise, after the peer has requested renegotiation.
fn for_each_wearing_tls12_pair_that_owes(test: impl Fn(Pair)) {
    for_each_wearing_tls12_pair(|_, mut pair| {
        let attempt = renegotiation(pair.role);
        let attempt = pair.forger.seal(Handshake, &attempt);
        assert!(pair.read(&attempt).expect("a request"));
        test(pair);
    });
}

#[test]
fn an_owed_warning_uses_a_sequence_number_too() {
    for_each_wearing_tls12_pair_that_owes(|mut pair| {
        // Three of the four sequence numbers for data.
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
        assert_exhausted_by(&mut pair, b"more", 100);
        assert_closes(&mut pair, &[CloseNotify]);
    });
}

#[test]
fn a_write_that_leaves_no_number_for_an_owed_warning_is_refused() {
    for_each_wearing_tls12_pair_that_owes(|mut pair| {
        assert_exhausted_by(&mut pair, &pattern(LEFT * 16_384), 100_000);
        assert_closes(&mut pair, &[NoRenegotiation, CloseNotify]);
    });
}

#[test]
fn a_reservation_uses_the_last_number_and_no_more() {
    for_each_wearing_tls12_pair(|_, mut pair| {
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
            .expect("the reserved number");
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
        assert_closes(&mut pair, &[CloseNotify]);
    });
}

#[test]
fn a_reservation_longer_than_a_record_uses_no_number() {
    for_each_wearing_tls12_pair(|_, mut pair| {
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
