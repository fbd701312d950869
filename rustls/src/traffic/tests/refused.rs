//! Writes that are refused.

use alloc::vec;
#[cfg(feature = "std")]
use std::io::IoSlice;

use rustls::crypto::cipher::OutboundChunks;

use super::*;
use crate::record::HEADER_LEN;

#[test]
fn after_a_close_every_write_is_refused_even_an_empty_one() {
    let mut sender = sender();
    let mut out = [0; 100];
    let nothing = Written::default();
    let write = sender.write(&mut { KEYS }, b"".into(), 0, &mut out);
    assert_eq!(write.unwrap(), nothing);
    sender
        .close_notify(&mut { KEYS }, &mut out)
        .unwrap();
    for data in [&b""[..], b"x", &[7; 20_000]] {
        let write = sender.write(&mut { KEYS }, data.into(), 0, &mut out);
        assert!(matches!(write, Err(WriteError::Closed)));
        let write = sender.encrypt(&mut { KEYS }, data, 0, &mut out);
        assert!(matches!(write, Err(WriteError::Closed)));
    }
}

#[test]
fn an_empty_write_takes_no_room_even_if_a_message_is_owed() {
    for padding in [0, 10] {
        let mut sender = sender();
        sender.owe_refresh().unwrap();
        let written = encrypt(&mut sender, b"", &mut []);
        assert_eq!(written.unwrap(), 0);
        let written = sender.encrypt(&mut { KEYS }, b"", padding, &mut []);
        assert_eq!(written.unwrap(), 0);
        let written = sender.write(&mut { KEYS }, b"".into(), padding, &mut []);
        assert_eq!(written.unwrap(), Written::default());

        // The owed message is not sealed even if there is room.
        let mut out = [FILL; 100];
        let written = sender.encrypt(&mut { KEYS }, b"", padding, &mut out);
        assert_eq!(written.unwrap(), 0);
        assert!(is_untouched(&out));
        let written = sender
            .flush(&mut { KEYS }, &mut out)
            .unwrap();
        assert_eq!(contents(&out[..written]), [(HANDSHAKE, 1)]);
    }
}

#[test]
fn a_record_that_fails_to_seal_ends_all_writing() {
    let mut sender = sender();
    let mut out = [FILL; 100];
    for data in [UNSEALABLE, b"x"] {
        let refused = encrypt(&mut sender, data, &mut out);
        assert!(matches!(refused, Err(WriteError::Failed(error)) if *error == Error::EncryptError));
    }
    assert_eq!(sender.error(), Some(&Error::EncryptError));
    let (record, rest) = out.split_at(HEADER_LEN + UNSEALABLE.len() + 1);
    assert!(record.iter().all(|byte| *byte == 0));
    assert!(is_untouched(rest));
}

/// Asserts that every way to write refuses data and leaves the output untouched.
fn assert_refuses_data(sender: &mut Sender, is_expected: impl Fn(&WriteError) -> bool) {
    let mut out = [FILL; 100];
    let chunks: [&[u8]; 2] = [b"ab", b"cd"];
    #[cfg(feature = "std")]
    let slices = chunks.map(IoSlice::new);
    let refused = [
        encrypt(sender, b"abcd", &mut out).err(),
        sender
            .encrypt(&mut { KEYS }, b"abcd", 10, &mut out)
            .err(),
        sender
            .write(&mut { KEYS }, b"abcd".into(), 0, &mut out)
            .err(),
        sender
            .write(
                &mut { KEYS },
                OutboundChunks::new(&chunks).into(),
                0,
                &mut out,
            )
            .err(),
        #[cfg(feature = "std")]
        sender
            .write(&mut { KEYS }, slices[..].into(), 0, &mut out)
            .err(),
        Reservation::new(sender, &mut { KEYS }, None, 4, &mut out).err(),
    ];
    for error in refused {
        assert!(error.as_ref().is_some_and(&is_expected), "{error:?}");
    }
    assert!(is_untouched(&out));
}

#[test]
fn a_key_without_a_number_for_data_refuses_data_and_keeps_owed_messages() {
    for limit in [0, 1] {
        let mut sender = sender_of(&Plain, 0..limit, None);
        let is_exhausted = |error: &WriteError| matches!(error, WriteError::KeyExhausted);
        assert_refuses_data(&mut sender, is_exhausted);
        assert!(!sender.owes());
        sender.owe_refresh().unwrap();
        assert_refuses_data(&mut sender, is_exhausted);
        assert!(sender.owes());
    }

    // The only sequence number goes to the KeyUpdate.
    let mut sender = sender_of(&Plain, 0..1, None);
    sender.owe_refresh().unwrap();
    let mut out = [0; 100];
    let written = sender
        .flush(&mut { KEYS }, &mut out)
        .unwrap();
    assert_eq!(contents(&out[..written]), [(HANDSHAKE, 1)]);
}

/// Bounds of chunks that hold 20 bytes, correct and incorrect.
const BOUNDS: [(usize, usize); 13] = [
    (0, 20),
    (3, 17),
    (20, 20),
    (5, 3),
    (usize::MAX, 0),
    (19, 21),
    (20, 21),
    (0, 16_385),
    (0, usize::MAX / 4),
    (0, usize::MAX),
    (usize::MAX / 2, usize::MAX / 2 + 40_000),
    (usize::MAX - 3, usize::MAX),
    (usize::MAX, usize::MAX),
];

#[test]
fn chunks_with_wrong_bounds_are_sealed_as_they_are_or_not_at_all() {
    let chunks: [&[u8]; 2] = [&[1; 10], &[2; 10]];
    let all = chunks.concat();
    for (start, end) in BOUNDS {
        let there = all.get(start..end);
        for room in [0, 20, 100, 20_000, 60_000] {
            for padding in [0, 10] {
                let mut sender = sender();
                let mut out = vec![FILL; room];
                let content = OutboundChunks::Multiple {
                    chunks: &chunks,
                    start,
                    end,
                };
                match sender.write(&mut { KEYS }, content.into(), padding, &mut out) {
                    Ok(Written { consumed: 0, .. }) => {
                        assert!(end <= start);
                        assert!(is_untouched(&out));
                    }
                    Ok(Written { consumed, written }) => {
                        let there = there.expect("bounds within the chunks");
                        assert_eq!(consumed, there.len());
                        assert_eq!(written, 5 + consumed + 1 + padding);
                        assert_eq!(out[5..][..consumed], *there);
                        assert!(is_untouched(&out[written..]));
                    }
                    Err(WriteError::InsufficientSize(_)) => assert!(is_untouched(&out)),
                    // As for any record that fails to seal.
                    Err(WriteError::Failed(_)) => assert!(there.is_none()),
                    Err(error) => panic!("{start} to {end}: {error}"),
                }
            }
        }
    }
}

#[test]
fn impossible_lengths_do_not_overflow() {
    let mut sender = sender();
    for padding in [0, 10, usize::MAX] {
        assert_eq!(sender.required_len(usize::MAX, padding), usize::MAX);
        assert!(sender.required_len(usize::MAX / 2, padding) > usize::MAX / 2);
    }
    for len in [16_385, usize::MAX / 2, usize::MAX] {
        assert!(matches!(
            Reservation::new(&mut sender, &mut { KEYS }, None, len, &mut [0; 100]),
            Err(WriteError::ContentTooLong { max: 16_384, provided }) if provided == len
        ));
    }
}
