//! Does the opening half of a record layer refuse altered records, and wipe them?

use rustls::ContentType::ApplicationData;
use rustls_direct::cipher::OutboundRecord;
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use rustls_direct::record_layer::{DecryptionError, DecryptionState, InboundRecord, OpenedInto};
use testing::{Setup, pattern, seal, setups};

use crate::{PLAINTEXT, Tampered, hides_plaintext, max_payload_len};

/// The initial contents of `out`.
const FILL: u8 = 0xcc;

/// Bytes of `out` after those that a record needs.
const BEYOND: usize = 9;

/// The first records of a connection, all with the same content.
fn records(setup: &Setup, count: usize) -> Vec<Vec<u8>> {
    let mut sealer = setup.sealer();
    let record = || OutboundRecord::new(ApplicationData, PLAINTEXT.into());
    (0..count)
        .map(|_| seal(&mut sealer, record()))
        .collect()
}

type Open = fn(&mut DecryptionState, &mut [u8]) -> Result<bool, DecryptionError>;

/// The two ways to open a record.
const OPEN: [Open; 2] = [in_place, into];

/// Opens the record in place, and returns whether it was whole.
fn in_place(opener: &mut DecryptionState, incoming: &mut [u8]) -> Result<bool, DecryptionError> {
    opener
        .decrypt_incoming(incoming)
        .map(|opened| opened.is_some_and(|opened| is_plaintext(&opened, incoming)))
}

/// Likewise, opens it into another slice. After an error, that slice holds no plaintext.
fn into(opener: &mut DecryptionState, incoming: &mut [u8]) -> Result<bool, DecryptionError> {
    let room = opener.room_for(incoming).unwrap_or(0);
    let mut out = vec![FILL; room + BEYOND];
    let result = opener.decrypt_incoming_into(incoming, &mut out);
    let (out, beyond) = out.split_at(room);
    assert_eq!(beyond, [FILL; BEYOND]);
    match &result {
        Ok(Some(OpenedInto::Out(_))) => {}
        Err(_) => assert!(is_all(out, 0) || is_all(out, FILL), "left in `out`"),
        _ => assert!(is_all(out, FILL), "written without a record"),
    }
    result.map(|opened| match opened {
        Some(OpenedInto::Out(opened)) => is_plaintext(&opened, out),
        Some(OpenedInto::Incoming(_)) => panic!("there was room in `out`"),
        None => false,
    })
}

fn is_plaintext(opened: &InboundRecord, buffer: &[u8]) -> bool {
    assert_eq!(opened.typ(), ApplicationData);
    assert_eq!(&buffer[opened.content()], PLAINTEXT);
    true
}

fn is_all(bytes: &[u8], value: u8) -> bool {
    bytes.iter().all(|byte| *byte == value)
}

/// Checks that `opener` returns `err` for any input, even for records that it could have opened.
fn assert_stays_failed(opener: &mut DecryptionState, err: DecryptionError, good: &[Vec<u8>]) {
    for open in OPEN {
        for record in good {
            let mut incoming = record.clone();
            assert_eq!(open(opener, &mut incoming), Err(err));
            assert!(hides_plaintext(&incoming));
        }
        assert_eq!(open(opener, &mut []), Err(err));
    }
}

/// R13-5.2-h, R12-6.2.3.3-b: a tag that does not verify.
#[test]
fn a_record_with_any_bit_flipped_is_refused_and_wiped() {
    for setup in setups() {
        println!("{}", setup.name());
        let good = records(&setup, 2);
        for bit in 0..good[0].len() * 8 {
            let tampered = Tampered::new(&setup, good[0].clone(), bit);
            for open in OPEN {
                let mut opener = setup.opener();
                let mut incoming = tampered.record.clone();
                assert_eq!(
                    open(&mut opener, &mut incoming),
                    Err(tampered.verdict),
                    "bit {bit}"
                );
                assert!(tampered.is_wiped(&incoming), "bit {bit}");
                assert_stays_failed(&mut opener, tampered.verdict, &good);
            }
        }
    }
}

#[test]
fn a_record_with_an_altered_length_is_left_untouched_until_it_is_whole() {
    for setup in setups() {
        let good = &records(&setup, 1)[0];
        for bit in 3 * 8..5 * 8 {
            let Tampered { record, verdict } = Tampered::new(&setup, good.clone(), bit);
            if record.len() == good.len() || verdict != DecryptionError::BadRecordMac {
                continue;
            }
            for open in OPEN {
                let mut opener = setup.opener();
                for len in [good.len(), record.len() - 1] {
                    let mut incoming = record[..len].to_vec();
                    assert_eq!(open(&mut opener, &mut incoming), Ok(false));
                    assert!(incoming == record[..len], "bit {bit}");
                }
                assert_eq!(open(&mut opener, &mut record.clone()), Err(verdict));
            }
        }
    }
}

#[test]
fn a_record_too_long_for_its_version_is_refused_by_its_header() {
    for setup in setups() {
        let longest = u16::try_from(max_payload_len(&setup)).expect("fits a header");
        let header = |len| {
            RecordHeader::new(23, len)
                .as_bytes()
                .to_vec()
        };
        for open in OPEN {
            let mut opener = setup.opener();
            assert_eq!(open(&mut opener, &mut header(longest)), Ok(false));
            for too_long in [longest + 1, u16::MAX] {
                let mut opener = setup.opener();
                let err = DecryptionError::RecordOverflow;
                assert_eq!(open(&mut opener, &mut header(too_long)), Err(err));
                assert_stays_failed(&mut opener, err, &records(&setup, 1));
            }
        }
    }
}

/// R13-5.1-e: a partial record.
#[test]
fn every_beginning_of_a_record_is_left_untouched() {
    for setup in setups() {
        let good = &records(&setup, 1)[0];
        for open in OPEN {
            let mut opener = setup.opener();
            for len in 0..good.len() {
                let mut incoming = good[..len].to_vec();
                assert_eq!(open(&mut opener, &mut incoming), Ok(false));
                assert_eq!(incoming, good[..len]);
            }
            assert_eq!(open(&mut opener, &mut good.clone()), Ok(true));
        }
    }
}

/// The first `payload_len` bytes of the payload of `record`, after a header that announces them.
fn cut(record: &[u8], payload_len: usize) -> Vec<u8> {
    let len = u16::try_from(payload_len).expect("fits a header");
    let mut cut = RecordHeader::new(record[0], len)
        .as_bytes()
        .to_vec();
    cut.extend_from_slice(&record[HEADER_LEN..HEADER_LEN + payload_len]);
    cut
}

/// R13-5.2-i, R12-6.2.3.3-b: a payload of every length.
#[test]
fn a_shortened_record_is_refused_down_to_an_empty_payload() {
    for setup in setups() {
        println!("{}", setup.name());
        let good = records(&setup, 1);
        for payload_len in 0..good[0].len() - HEADER_LEN {
            for open in OPEN {
                let mut opener = setup.opener();
                let mut incoming = cut(&good[0], payload_len);
                let err = DecryptionError::BadRecordMac;
                assert_eq!(open(&mut opener, &mut incoming), Err(err), "{payload_len}");
                assert!(is_all(&incoming[HEADER_LEN..], 0));
                assert_stays_failed(&mut opener, err, &good);
            }
        }
    }
}

/// R13-5.2-j.
#[test]
fn records_out_of_order_are_refused() {
    for setup in setups() {
        println!("{}", setup.name());
        let good = records(&setup, 3);
        for (what, order) in [
            ("replayed", &[0, 0][..]),
            ("replayed later", &[0, 1, 0]),
            ("reordered", &[1]),
            ("dropped", &[0, 2]),
        ] {
            for open in OPEN {
                let mut opener = setup.opener();
                let (last, before) = order.split_last().expect("some");
                for at in before {
                    assert_eq!(open(&mut opener, &mut good[*at].clone()), Ok(true));
                }
                let mut incoming = good[*last].clone();
                let err = DecryptionError::BadRecordMac;
                assert_eq!(open(&mut opener, &mut incoming), Err(err), "{what}");
                assert!(is_all(&incoming[HEADER_LEN..], 0), "{what}");
                assert_stays_failed(&mut opener, err, &good);
            }
        }
    }
}

#[test]
fn junk_of_every_length_is_refused() {
    for setup in setups() {
        for len in 0..100 {
            for open in OPEN {
                let junk = pattern(len);
                let mut incoming = RecordHeader::new(23, u16::try_from(len).expect("short"))
                    .as_bytes()
                    .to_vec();
                incoming.extend(junk);
                let refused = open(&mut setup.opener(), &mut incoming);
                assert_eq!(refused, Err(DecryptionError::BadRecordMac));
                assert!(is_all(&incoming[HEADER_LEN..], 0));
            }
        }
    }
}
