//! What the record layer does by itself, with a provider that protects nothing.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use rustls::{CipherSuite, ContentType, ProtocolVersion};

use super::*;
use crate::cipher::{
    Content, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter, Opened,
};
use crate::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader};

const TLS13: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;
const TLS12: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
const TAG_LEN: usize = 16;

/// What it does is chosen by the first byte of the key.
#[derive(Debug)]
struct Fake;

/// Shows content, type and padding, and puts the sequence number where the tag is.
const HONEST: u8 = 0;
/// Writes the content and then fails, or opens and then fails.
const FAILING: u8 = 1;
/// Points outside of what it opened.
const POINTING_OUTSIDE: u8 = 2;
/// Points to an end before the start.
const POINTING_BACKWARDS: u8 = 3;
/// Does not take the key.
const PICKY: u8 = 4;
/// Has content begin behind the end of what is sealed.
const BEGINNING_OUTSIDE: u8 = 5;
/// Points to content that begins in the third byte.
const BEGINNING_LATER: u8 = 6;

impl RecordProvider for Fake {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        match suite {
            TLS13 => Some(&FakeAlgorithm { tls13: true }),
            TLS12 => Some(&FakeAlgorithm { tls13: false }),
            _ => None,
        }
    }
}

struct FakeAlgorithm {
    tls13: bool,
}

impl AeadAlgorithm for FakeAlgorithm {
    fn key_len(&self) -> usize {
        1
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(FakeCipher::new(self.tls13, keys)?))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(FakeCipher::new(self.tls13, keys)?))
    }
}

struct FakeCipher {
    tls13: bool,
    behaviour: u8,
}

impl FakeCipher {
    fn new(tls13: bool, keys: &TrafficKeys) -> Result<Self, InvalidKey> {
        match keys.key()[0] {
            PICKY => Err(InvalidKey),
            behaviour => Ok(Self { tls13, behaviour }),
        }
    }

    fn tag(seq: u64) -> [u8; TAG_LEN] {
        (u128::from(seq) + 1).to_be_bytes()
    }
}

impl MessageEncrypter for FakeCipher {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        record.content.place(out)?;
        if self.behaviour == FAILING {
            return Err(EncryptFailed);
        }
        let len = record.content.len();
        let (plaintext, tag) = out.split_at_mut(out.len() - TAG_LEN);
        if self.tls13 {
            plaintext[len] = u8::from(record.typ);
            plaintext[len + 1..].fill(0);
        }
        tag.copy_from_slice(&Self::tag(seq));
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + usize::from(self.tls13) + TAG_LEN
    }

    fn payload_prefix_len(&self) -> usize {
        match self.behaviour {
            BEGINNING_OUTSIDE => 18,
            _ => 0,
        }
    }
}

impl MessageDecrypter for FakeCipher {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let (plaintext, tag) = payload
            .split_last_chunk::<TAG_LEN>()
            .ok_or(DecryptFailed::BadRecordMac)?;
        if *tag != Self::tag(seq) || self.behaviour == FAILING {
            return Err(DecryptFailed::BadRecordMac);
        }
        let (typ, end) = match self.tls13 {
            false => (header.typ(), plaintext.len()),
            true => {
                let end = plaintext
                    .iter()
                    .rposition(|byte| *byte != 0)
                    .ok_or(DecryptFailed::NoContentType)?;
                (ContentType::from(plaintext[end]), end)
            }
        };
        let content = match self.behaviour {
            POINTING_OUTSIDE => 0..payload.len() + 1,
            #[expect(clippy::reversed_empty_ranges)]
            POINTING_BACKWARDS => 2..1,
            BEGINNING_LATER => 2..end,
            _ => 0..end,
        };
        Ok(Opened { typ, content })
    }

    /// Opens all of it, and says the same of it as where it lies.
    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let plaintext_len = self.decrypted_payload_len(payload.len());
        out[..plaintext_len].copy_from_slice(&payload[..plaintext_len]);
        self.decrypt_in_place(header, payload, seq)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len.saturating_sub(TAG_LEN)
    }
}

fn keys(behaviour: u8) -> TrafficKeys {
    TrafficKeys::new(&[behaviour], &[0; 12]).unwrap()
}

fn sealer(suite: CipherSuite, seq: u64, limit: u64) -> EncryptionState {
    EncryptionState::new(&Fake, suite, &keys(HONEST), seq, limit).unwrap()
}

fn opener(suite: CipherSuite) -> DecryptionState {
    DecryptionState::new(&Fake, suite, &keys(HONEST), 0).unwrap()
}

fn data(content: &[u8]) -> OutboundRecord<'_> {
    OutboundRecord::new(ContentType::ApplicationData, content.into())
}

fn sealed(sealer: &mut EncryptionState, record: OutboundRecord<'_>) -> Vec<u8> {
    let len = sealer.encrypted_len(record.content.len() + record.padding);
    let mut out = vec![0xee; len];
    assert_eq!(sealer.encrypt_outgoing(record, &mut out), Ok(len));
    out
}

#[test]
fn tls13_hides_the_type_and_tls12_shows_it() {
    let alert = || OutboundRecord::new(ContentType::Alert, [1, 0][..].into());
    let tls = sealed(&mut sealer(TLS13, 0, 9), alert());
    assert_eq!(tls[..8], [23, 3, 3, 0, 19, 1, 0, 21]);
    let tls = sealed(&mut sealer(TLS12, 0, 9), alert());
    assert_eq!(tls[..7], [21, 3, 3, 0, 18, 1, 0]);
}

#[test]
fn every_prefix_of_a_record_is_waited_with_and_left_alone() {
    let tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
    let mut opener = opener(TLS13);
    for len in 0..tls.len() {
        let mut part = tls[..len].to_vec();
        assert_eq!(opener.decrypt_incoming(&mut part), Ok(None));
        assert_eq!(
            opener.decrypt_incoming_into(&mut part, &mut [0; 64]),
            Ok(None)
        );
        assert_eq!(part, tls[..len]);
    }
    assert_eq!(opener.seq(), 0);
}

#[test]
fn a_record_is_opened_and_what_follows_is_left_alone() {
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello").padded(3));
    tls.extend_from_slice(b"more");
    let record = opener(TLS13)
        .decrypt_incoming(&mut tls)
        .unwrap()
        .unwrap();
    assert_eq!(record.typ(), ContentType::ApplicationData);
    assert_eq!(record.record_len(), tls.len() - 4);
    assert_eq!(&tls[record.content()], b"hello");
    assert_eq!(&tls[record.record_len()..], b"more");
}

#[test]
fn data_that_fits_is_opened_into_the_slice() {
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
    let mut opener = opener(TLS13);
    assert_eq!(opener.room_for(&tls[..4]), None);
    assert_eq!(opener.room_for(&tls), Some(6));
    let mut out = [0xee; 6];
    let opened = opener.decrypt_incoming_into(&mut tls, &mut out);
    let Ok(Some(OpenedInto::Out(record))) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(&out[record.content()], b"hello");
    assert_eq!(record.record_len(), tls.len());
}

#[test]
fn data_that_does_not_fit_is_opened_where_it_lies() {
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
    let mut out = [0xee; 5];
    let opened = opener(TLS13).decrypt_incoming_into(&mut tls, &mut out);
    let Ok(Some(OpenedInto::Incoming(record))) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(&tls[record.content()], b"hello");
    assert_eq!(out, [0xee; 5]);
}

#[test]
fn content_is_where_the_provider_says() {
    let opener = || DecryptionState::new(&Fake, TLS13, &keys(BEGINNING_LATER), 0).unwrap();
    let tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));

    let mut in_place = tls.clone();
    let record = opener()
        .decrypt_incoming(&mut in_place)
        .unwrap()
        .unwrap();
    assert_eq!(&in_place[record.content()], b"llo");
    assert_eq!(record.content_in(&in_place), b"llo");

    let mut out = [0xee; 6];
    let opened = opener()
        .decrypt_incoming_into(&mut tls.clone(), &mut out)
        .unwrap()
        .unwrap();
    assert!(matches!(opened, OpenedInto::Out(_)));
    assert_eq!(&out[opened.record().content()], b"llo");
    assert_eq!(opened.record().content_in(&out), b"llo");

    let ticket = OutboundRecord::new(ContentType::Handshake, b"a secret"[..].into());
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), ticket);
    let opened = opener()
        .decrypt_incoming_into(&mut tls, &mut [0xee; 9])
        .unwrap()
        .unwrap();
    assert!(matches!(opened, OpenedInto::Incoming(_)));
    assert_eq!(&tls[opened.record().content()], b"secret");
    assert_eq!(opened.record().content_in(&tls), b"secret");
}

#[test]
fn a_control_record_does_not_stay_in_the_slice() {
    let ticket = OutboundRecord::new(ContentType::Handshake, b"a secret"[..].into());
    let mut tls = sealed(&mut sealer(TLS13, 0, 9), ticket);
    let mut out = [0xee; 32];
    let opened = opener(TLS13).decrypt_incoming_into(&mut tls, &mut out);
    let Ok(Some(OpenedInto::Incoming(record))) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(record.typ(), ContentType::Handshake);
    assert_eq!(&tls[record.content()], b"a secret");
    assert!(out[..9].iter().all(|byte| *byte == 0));
}

#[test]
fn a_refused_call_spends_no_number_and_touches_nothing() {
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
fn the_last_number_before_the_limit_is_not_for_data() {
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
    // What its header says against a record comes first.
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

/// R13-5.3-c: a number is spent even then.
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
fn a_faulty_provider_can_not_make_us_panic() {
    for behaviour in [FAILING, POINTING_OUTSIDE, POINTING_BACKWARDS] {
        let opener = || DecryptionState::new(&Fake, TLS13, &keys(behaviour), 0).unwrap();
        let tls = sealed(&mut sealer(TLS13, 0, 9), data(b"hello"));
        for room in [0, 64] {
            let mut tls = tls.clone();
            let mut out = vec![0xee; room];
            assert_eq!(
                opener().decrypt_incoming_into(&mut tls, &mut out),
                Err(DecryptionError::BadRecordMac)
            );
            assert!(
                tls[HEADER_LEN..]
                    .iter()
                    .all(|byte| *byte == 0)
            );
            assert!(
                out.iter()
                    .take(6)
                    .all(|byte| *byte == 0)
            );
        }
    }
}

#[test]
fn the_first_error_is_the_last_word() {
    let mut sealer = sealer(TLS13, 0, 9);
    let mut opener = opener(TLS13);
    let good = sealed(&mut sealer, data(b"hello"));
    let mut bad = good.clone();
    bad[8] ^= 1;
    // The fake tag does not cover the content, so spoil the tag as well.
    *bad.last_mut().unwrap() ^= 1;
    assert_eq!(
        opener.decrypt_incoming(&mut bad),
        Err(DecryptionError::BadRecordMac)
    );
    for mut later in [good, b"GET / HTTP/1.1".to_vec(), Vec::new()] {
        let before = later.clone();
        assert_eq!(
            opener.decrypt_incoming(&mut later),
            Err(DecryptionError::BadRecordMac)
        );
        assert_eq!(later, before);
    }
}

#[test]
fn a_header_is_refused_before_its_payload_is_there() {
    use DecryptionError::*;
    for (suite, header, expected) in [
        (TLS13, [23, 3, 3, 0x41, 0x01], RecordOverflow),
        (TLS12, [23, 3, 3, 0x48, 0x01], RecordOverflow),
        (TLS12, [21, 3, 3, 0x48, 0x01], RecordOverflow),
        // The type comes first.
        (
            TLS13,
            [22, 3, 3, 0x48, 0x01],
            UnexpectedType(ContentType::Handshake),
        ),
        (
            TLS13,
            [20, 3, 3, 0, 1],
            UnexpectedType(ContentType::ChangeCipherSpec),
        ),
        (TLS13, [21, 3, 3, 0, 2], UnexpectedType(ContentType::Alert)),
        (
            TLS13,
            [22, 3, 3, 0, 2],
            UnexpectedType(ContentType::Handshake),
        ),
        (
            TLS12,
            [20, 3, 3, 0, 1],
            UnexpectedType(ContentType::ChangeCipherSpec),
        ),
        (
            TLS12,
            [24, 3, 3, 0, 1],
            UnexpectedType(ContentType::Heartbeat),
        ),
        (TLS13, *b"GET /", UnexpectedType(ContentType::Unknown(b'G'))),
        (TLS13, [23, 3, 1, 0, 20], BadRecordMac),
        (
            TLS12,
            [23, 3, 1, 0, 20],
            UnexpectedVersion(ProtocolVersion::TLSv1_0),
        ),
    ] {
        let tls = [&header[..], b"some"].concat();
        let (mut in_place, mut not_into) = (tls.clone(), tls);
        let mut out = [0xee; 64];
        assert_eq!(opener(suite).decrypt_incoming(&mut in_place), Err(expected));
        assert_eq!(
            opener(suite).decrypt_incoming_into(&mut not_into, &mut out),
            Err(expected)
        );
        assert_eq!(in_place, not_into);
        assert_eq!(out, [0xee; 64]);
        assert_eq!(in_place[..HEADER_LEN], header);
        let there = usize::from(u16::from_be_bytes([header[3], header[4]])).min(4);
        assert!(
            in_place[HEADER_LEN..][..there]
                .iter()
                .all(|byte| *byte == 0)
        );
    }
}

#[test]
fn the_longest_legal_records_are_opened_and_longer_content_is_not() {
    // TLS 1.2 has no padding: what is too long there is content.
    for (suite, longest) in [(TLS13, MAX_CONTENT_LEN + 1), (TLS12, MAX_CONTENT_LEN)] {
        for (plaintext_len, expected) in [
            (longest, Ok(())),
            (longest + 1, Err(DecryptionError::RecordOverflow)),
        ] {
            let payload_len = plaintext_len + TAG_LEN;
            let header = RecordHeader::new(23, u16::try_from(payload_len).unwrap());
            let mut tls = [
                header.as_bytes(),
                &vec![23; plaintext_len][..],
                &FakeCipher::tag(0),
            ]
            .concat();
            let opened = opener(suite).decrypt_incoming(&mut tls);
            assert_eq!(opened.map(|record| assert!(record.is_some())), expected);
        }
    }
}

#[test]
fn keys_that_do_not_fit_are_refused() {
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
    assert_eq!(new(TLS13, &keys(PICKY)), Err(KeyError::Invalid(TLS13)));
    let sealing = EncryptionState::new(&Fake, TLS13, &keys(BEGINNING_OUTSIDE), 0, 9).map(|_| ());
    assert_eq!(sealing, Err(KeyError::Invalid(TLS13)));
}

#[test]
fn a_key_that_is_refused_changes_nothing() {
    let mut sealer = sealer(TLS13, 5, 9);
    assert!(sealer.change_key(&keys(PICKY)).is_err());
    assert_eq!(sealer.seq(), 5);
    assert!(
        sealer
            .encrypt_outgoing(data(b"x"), &mut [0; 64])
            .is_ok()
    );
}

#[test]
fn a_padded_record_of_tls12_is_refused_without_harm() {
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
fn a_half_that_has_ended_takes_no_other_key() {
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
fn a_key_that_was_let_go_is_gone() {
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

#[test]
fn content_in_place_begins_where_it_is_said_to() {
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
