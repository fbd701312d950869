//! `required_len` is exact: so much room takes all of a write, and a byte less does not.

use testing::{Pair, Setup, UPDATE_REQUESTED, pattern};

use crate::{FILL, each, each_of_tls13, each_pair, required};

/// Of writes: none, around one record, around two, and many.
const SIZES: [usize; 8] = [0, 1, 16_383, 16_384, 16_385, 32_768, 32_769, 100_000];

/// Writes `size` bytes into the room that they are said to need, and into one byte less.
fn is_exact(pair: &mut Pair, size: usize) {
    let data = pattern(size);
    let required = pair.writer.required_len(size);
    assert_eq!(
        pair.writer.required_len(size),
        required,
        "asking changes nothing"
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

/// The data in `tls`, whatever comes between.
fn data_of(pair: &mut Pair, tls: &[u8]) -> Vec<u8> {
    pair.forger
        .opened(tls)
        .into_iter()
        .filter(|(typ, _)| *typ == rustls::ContentType::ApplicationData)
        .flat_map(|(_, content)| content)
        .collect()
}

#[test]
fn it_is_exact_for_records_of_full_size() {
    each(|_, mut pair| {
        for size in SIZES {
            is_exact(&mut pair, size);
        }
    });
}

#[test]
fn it_is_exact_for_small_records() {
    each_pair(
        |setup| setup.with_max_fragment_size(1000),
        |_, mut pair| {
            for size in SIZES
                .into_iter()
                .chain([994, 995, 996, 1990, 1991])
            {
                is_exact(&mut pair, size);
            }
        },
    );
}

#[test]
fn it_counts_the_answer_that_is_owed() {
    each_of_tls13(|_, mut pair| {
        for size in SIZES {
            if size == 0 {
                continue;
            }
            let without = pair.writer.required_len(size);
            assert!(pair.read_key_update(UPDATE_REQUESTED));
            let with = pair.writer.required_len(size);
            assert_eq!(with, without + pair.forger.twin.encrypted_len(5));
            is_exact(&mut pair, size);

            assert!(pair.read_key_update(UPDATE_REQUESTED));
            // What is owed can be sent without data as well.
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
fn it_counts_the_updates_of_keys_that_wear_out_on_the_way() {
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
                is_exact(&mut pair, records * 16_384 - 10);
                // Or there are too many updates in a row.
                pair.reads_data();
            }
        }
    });
}

#[test]
fn it_says_after_a_close_what_it_said_before() {
    each(|_, mut pair| {
        let say = |pair: &mut Pair| SIZES.map(|size| pair.writer.required_len(size));
        let before = say(&mut pair);

        // What is owed is counted as long as it is.
        let owed = required(pair.writer.close_notify(&mut []));
        assert_eq!(say(&mut pair), before.map(|len| len + owed));
        let mut out = vec![FILL; owed];
        let written = pair
            .writer
            .close_notify(&mut out)
            .expect("room for it");
        assert_eq!(written, owed);
        assert_eq!(say(&mut pair), before);
        assert_eq!(pair.forger.opened(&out).len(), 1);
    });
}
