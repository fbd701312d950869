//! Sealing records, and refusing to.

use super::*;

#[test]
fn tls13_encrypts_the_type_and_tls12_does_not() {
    let alert = || OutboundRecord::new(ContentType::Alert, [1, 0][..].into());
    let tls = sealed(&mut sealer(TLS13, 0, 9), alert());
    assert_eq!(tls[..8], [23, 3, 3, 0, 19, 1, 0, 21]);
    let tls = sealed(&mut sealer(TLS12, 0, 9), alert());
    assert_eq!(tls[..7], [21, 3, 3, 0, 18, 1, 0]);
}

#[test]
fn a_refused_call_spends_no_sequence_number_and_writes_nothing() {
    let mut sealer = sealer(TLS13, 7, 99);
    let mut out = [0xee; 26];
    let too_long = vec![0; MAX_CONTENT_LEN + 1];
    for (record, expected) in [
        (
            data(b"hello"),
            EncryptionError::InsufficientSize {
                required: 27,
                provided: 26,
            },
        ),
        (
            data(&too_long),
            EncryptionError::ContentTooLong {
                max: MAX_CONTENT_LEN,
                provided: MAX_CONTENT_LEN + 1,
            },
        ),
        (
            data(&too_long[2..]).padded(2),
            EncryptionError::ContentTooLong {
                max: MAX_CONTENT_LEN,
                provided: MAX_CONTENT_LEN + 1,
            },
        ),
        (
            data(&[]).padded(usize::MAX),
            EncryptionError::ContentTooLong {
                max: MAX_CONTENT_LEN,
                provided: usize::MAX,
            },
        ),
    ] {
        assert_eq!(sealer.encrypt_outgoing(record, &mut out), Err(expected));
    }
    assert_eq!(out, [0xee; 26]);
    assert_eq!(sealer.seq(), 7);
}

#[test]
fn the_last_sequence_number_is_reserved_for_control() {
    let mut sealer = sealer(TLS13, 0, 3);
    let mut out = [0; 64];
    assert_eq!(sealer.remaining(ContentType::ApplicationData), 2);
    for _ in 0..2 {
        assert!(
            sealer
                .encrypt_outgoing(data(b"x"), &mut out)
                .is_ok()
        );
    }
    assert_eq!(
        sealer.encrypt_outgoing(data(b"x"), &mut out),
        Err(EncryptionError::KeyExhausted)
    );
    let alert = || OutboundRecord::new(ContentType::Alert, [1, 0][..].into());
    assert_eq!(sealer.remaining(ContentType::Alert), 1);
    assert!(
        sealer
            .encrypt_outgoing(alert(), &mut out)
            .is_ok()
    );
    assert_eq!(
        sealer.encrypt_outgoing(alert(), &mut out),
        Err(EncryptionError::KeyExhausted)
    );
    assert_eq!(sealer.seq(), 3);

    sealer
        .change_key(&keys(HONEST))
        .unwrap();
    assert_eq!(sealer.seq(), 0);
    assert!(
        sealer
            .encrypt_outgoing(data(b"x"), &mut out)
            .is_ok()
    );
}

/// R13-5.3-c: the failed record spends its sequence number.
#[test]
fn a_seal_that_fails_leaves_nothing_and_ends_sealing() {
    let mut sealer = EncryptionState::new(&Fake, TLS13, &keys(FAILING), 0, 99).unwrap();
    let mut out = [0xee; 64];
    assert_eq!(
        sealer.encrypt_outgoing(data(b"hello"), &mut out),
        Err(EncryptionError::EncryptFailed)
    );
    assert_eq!(out[..27], [0; 27]);
    assert_eq!(out[27..], [0xee; 37]);
    assert_eq!(
        sealer.encrypt_outgoing(data(b"hello"), &mut out),
        Err(EncryptionError::KeyExhausted)
    );
}

#[test]
fn a_padded_record_of_tls12_is_refused_and_spends_nothing() {
    let mut sealer = sealer(TLS12, 0, 9);
    let mut out = [0xee; 64];
    assert_eq!(
        sealer.encrypt_outgoing(data(b"x").padded(1), &mut out),
        Err(EncryptionError::PaddingUnsupported)
    );
    assert_eq!((sealer.seq(), out), (0, [0xee; 64]));
    assert!(
        sealer
            .encrypt_outgoing(data(b"x"), &mut out)
            .is_ok()
    );
}

#[test]
fn content_in_place_starts_at_content_offset() {
    let mut sealer = sealer(TLS13, 0, 9);
    let mut out = [0; 64];
    let at = sealer.content_offset();
    assert_eq!(at, HEADER_LEN);
    out[at..at + 5].copy_from_slice(b"hello");
    let record = OutboundRecord::new(ContentType::ApplicationData, Content::InPlace { len: 5 });
    let len = sealer
        .encrypt_outgoing(record, &mut out)
        .unwrap();
    let record = opener(TLS13)
        .decrypt_incoming(&mut out[..len])
        .unwrap()
        .unwrap();
    assert_eq!(&out[record.content()], b"hello");
}
