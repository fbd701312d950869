//! Is `required_len` exact: enough for the whole write, and a byte less is not?

use testing::{Pair, Setup, UPDATE_REQUESTED, pattern};

use crate::{FILL, each_pair, for_each_pair, for_each_tls13_pair, required};

/// Lengths of writes: none, around one record, around two, and many records.
const SIZES: [usize; 8] = [0, 1, 16_383, 16_384, 16_385, 32_768, 32_769, 100_000];

/// Writes `size` bytes into a buffer of the required length, and into one that is a byte shorter.
fn assert_exact(pair: &mut Pair, size: usize) {
    let data = pattern(size);
    let required = pair.writer.required_len(size);
    assert_eq!(
        pair.writer.required_len(size),
        required,
        "a query changes nothing"
    );
    let mut out = vec![FILL; required];
    let written = pair
        .writer
        .write(&data[..], &mut out)
        .expect("room for it");
    assert_eq!((written.consumed, written.written), (size, required));
    assert_eq!(data_of(pair, &out), data);
    if size == 0 {
        return;
    }

    let required = pair.writer.required_len(size);
    let mut out = vec![FILL; required - 1];
    let consumed = match pair.writer.write(&data[..], &mut out) {
        Ok(written) => {
            assert!(written.written < required);
            assert_eq!(
                data_of(pair, &out[..written.written]),
                data[..written.consumed]
            );
            written.consumed
        }
        Err(_) => 0,
    };
    assert!(consumed < size);
}

/// The data in `tls`, without other records.
fn data_of(pair: &mut Pair, tls: &[u8]) -> Vec<u8> {
    pair.forger
        .opened(tls)
        .into_iter()
        .filter(|(typ, _)| *typ == rustls::ContentType::ApplicationData)
        .flat_map(|(_, content)| content)
        .collect()
}

#[test]
fn the_length_is_exact_for_records_of_full_size() {
    for_each_pair(|_, mut pair| {
        for size in SIZES {
            assert_exact(&mut pair, size);
        }
    });
}

#[test]
fn the_length_is_exact_for_small_records() {
    each_pair(
        |setup| setup.with_max_fragment_size(1000),
        |_, mut pair| {
            for size in SIZES
                .into_iter()
                .chain([994, 995, 996, 1990, 1991])
            {
                assert_exact(&mut pair, size);
            }
        },
    );
}

#[test]
fn the_length_counts_an_owed_answer() {
    for_each_tls13_pair(|_, mut pair| {
        for size in SIZES {
            if size == 0 {
                continue;
            }
            let without = pair.writer.required_len(size);
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            let with = pair.writer.required_len(size);
            assert_eq!(with, without + pair.forger.twin.encrypted_len(5));
            assert_exact(&mut pair, size);

            assert!(pair.read_key_update(UPDATE_REQUESTED));
            // An owed answer can be sent without data as well.
            let mut out = vec![0; pair.writer.required_len(0)];
            let written = pair
                .writer
                .flush(&mut out)
                .expect("room for it");
            assert_eq!(written, out.len());
            pair.forger.opened(&out);
            pair.passes_data();
        }
    });
}

#[test]
fn the_length_counts_updates_of_keys_that_wear_out_in_the_write() {
    const LIMIT: u64 = 5;
    let worn = |setup: Setup| setup.with_confidentiality_limit(LIMIT);
    each_pair(worn, |setup, mut pair| {
        if !setup.is_tls13() {
            return;
        }
        for answer_is_owed in [false, true] {
            for records in 1..20 {
                if answer_is_owed {
                    assert!(pair.read_key_update(UPDATE_REQUESTED));
                }
                assert_exact(&mut pair, records * 16_384 - 10);
                // Otherwise there would be too many updates in a row.
                pair.reads_data();
            }
        }
    });
}

#[test]
fn the_length_is_the_same_after_a_close() {
    for_each_pair(|_, mut pair| {
        let lengths = |pair: &mut Pair| SIZES.map(|size| pair.writer.required_len(size));
        let before = lengths(&mut pair);

        // An owed close_notify is counted.
        let owed = required(pair.writer.close_notify(&mut []));
        assert_eq!(lengths(&mut pair), before.map(|len| len + owed));
        let mut out = vec![FILL; owed];
        let written = pair
            .writer
            .close_notify(&mut out)
            .expect("room for it");
        assert_eq!(written, owed);
        assert_eq!(lengths(&mut pair), before);
        assert_eq!(pair.forger.opened(&out).len(), 1);
    });
}
