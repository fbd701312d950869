//! Keys that are rejected, replaced, discarded or exhausted.

use super::*;

/// R13-5.3-c, R13-5.3-e.
#[test]
fn sequence_numbers_never_wrap() {
    let mut sealer = sealer(TLS13, u64::MAX - 2, u64::MAX);
    let mut opener = DecryptionState::new(&Fake, TLS13, &keys(HONEST), u64::MAX - 2).unwrap();
    let mut tls = sealed(&mut sealer, data(b"x"));
    assert!(
        opener
            .decrypt_incoming(&mut tls)
            .is_ok()
    );
    let alert = OutboundRecord::new(ContentType::Alert, [1, 0][..].into());
    let mut tls = sealed(&mut sealer, alert.clone());
    assert!(
        opener
            .decrypt_incoming(&mut tls)
            .is_ok()
    );
    assert_eq!(sealer.seq(), u64::MAX);
    assert_eq!(
        sealer.encrypt_outgoing(alert, &mut [0; 64]),
        Err(EncryptionError::KeyExhausted)
    );
    // An error in the header comes first.
    for (mut header, expected) in [
        ([23, 3, 3, 0, 40], DecryptionError::KeyExhausted),
        ([23, 3, 3, 0x48, 1], DecryptionError::RecordOverflow),
        (
            [22, 3, 3, 0, 40],
            DecryptionError::UnexpectedType(ContentType::Handshake),
        ),
    ] {
        let mut worn_out = DecryptionState::new(&Fake, TLS13, &keys(HONEST), u64::MAX).unwrap();
        assert_eq!(worn_out.decrypt_incoming(&mut header), Err(expected));
    }
    assert_eq!(
        opener.decrypt_incoming(&mut [23, 3, 3, 0, 40]),
        Err(DecryptionError::KeyExhausted)
    );
}

#[test]
fn keys_of_a_wrong_length_or_suite_are_refused() {
    let new = |suite, keys: &TrafficKeys| {
        let sealing = EncryptionState::new(&Fake, suite, keys, 0, 1).map(|_| ());
        let opening = DecryptionState::new(&Fake, suite, keys, 0).map(|_| ());
        assert_eq!(sealing, opening);
        sealing
    };
    let other = CipherSuite::TLS13_AES_256_GCM_SHA384;
    assert_eq!(
        new(other, &keys(HONEST)),
        Err(KeyError::UnsupportedSuite(other))
    );
    assert_eq!(
        new(TLS13, &TrafficKeys::new(&[0; 2], &[0; 12]).unwrap()),
        Err(KeyError::WrongLength {
            suite: TLS13,
            required: 1,
            provided: 2
        })
    );
    assert_eq!(new(TLS13, &keys(REJECTING)), Err(KeyError::Invalid(TLS13)));
    let sealing = EncryptionState::new(&Fake, TLS13, &keys(PREFIX_TOO_LONG), 0, 9).map(|_| ());
    assert_eq!(sealing, Err(KeyError::Invalid(TLS13)));
}

#[test]
fn a_key_that_is_refused_changes_nothing() {
    let mut sealer = sealer(TLS13, 5, 9);
    assert!(
        sealer
            .change_key(&keys(REJECTING))
            .is_err()
    );
    assert_eq!(sealer.seq(), 5);
    assert!(
        sealer
            .encrypt_outgoing(data(b"x"), &mut [0; 64])
            .is_ok()
    );
}

#[test]
fn a_half_that_has_ended_accepts_no_other_key() {
    let mut sealer = sealer(TLS13, 0, 9);
    sealer.discard_key();
    assert_eq!(sealer.change_key(&keys(HONEST)), Err(KeyError::Ended));
    let mut opener = opener(TLS13);
    assert!(
        opener
            .decrypt_incoming(&mut [22; 5])
            .is_err()
    );
    assert_eq!(opener.change_key(&keys(HONEST)), Err(KeyError::Ended));
}

#[test]
fn a_discarded_key_protects_no_record() {
    let mut layer = RecordLayer {
        encryption: sealer(TLS13, 0, 9),
        decryption: opener(TLS13),
    };
    let mut tls = sealed(&mut layer.encryption, data(b"x"));
    layer.encryption.discard_key();
    layer.decryption.discard_key();
    assert_eq!(
        layer.encrypt_outgoing(data(b"x"), &mut [0; 64]),
        Err(EncryptionError::KeyExhausted)
    );
    assert_eq!(
        layer.decrypt_incoming(&mut tls),
        Err(DecryptionError::NoKey)
    );
}
