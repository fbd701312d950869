//! Are records padded to hide the length of their content? RFC 8446 s5.4.

use rustls::ContentType::ApplicationData;
use rustls_direct::record::MAX_CONTENT_LEN;
use rustls_direct::split::{WriteError, Written};
use testing::{Forger, Peer, Role, Setup, UPDATE_REQUESTED, pattern, setups};

use crate::sealing_api::{each_api, each_state_machine};
use crate::{FILL, for_each_tls13_pair, is_untouched, required};

/// How much of `padding` a record with `content` bytes has room for.
fn padding_of(content: usize, padding: usize) -> usize {
    padding.min(MAX_CONTENT_LEN - content)
}

/// The lengths of the records of `data` on the wire.
fn lengths(forger: &Forger, data: &[u8], max_content: usize, padding: usize) -> Vec<usize> {
    data.chunks(max_content)
        .map(|content| content.len() + padding_of(content.len(), padding))
        .map(|len| forger.twin.encrypted_len(len))
        .collect()
}

const PADDINGS: [usize; 6] = [0, 1, 255, 1000, MAX_CONTENT_LEN, usize::MAX];

#[test]
fn every_record_is_padded_as_far_as_it_has_room() {
    for (max_fragment_size, max_content) in [(16_389, 16_384), (1000, 995)] {
        let change = |setup: Setup| setup.with_max_fragment_size(max_fragment_size);
        each_api(change, |setup, api, forger| {
            if !setup.is_tls13() {
                return;
            }
            for size in [1, 995, 996, 16_383, 16_384, 16_385, 40_000] {
                for padding in PADDINGS {
                    let data = pattern(size);
                    let lengths = lengths(forger, &data, max_content, padding);
                    let room: usize = lengths.iter().sum();
                    let mut out = vec![FILL; room + 9];
                    let written = api.write_padded(&data, padding, &mut out);
                    assert_eq!(written.expect("room for it"), room);
                    assert!(is_untouched(&out[room..]));
                    let mut tls = &out[..room];
                    for (len, content) in lengths
                        .into_iter()
                        .zip(data.chunks(max_content))
                    {
                        let (record, rest) = tls.split_at(len);
                        assert!(forger.opened(record) == [(ApplicationData, content.to_vec())]);
                        tls = rest;
                    }
                }
            }
        });
    }
}

#[test]
fn an_empty_write_seals_no_padding() {
    each_api(
        |setup| setup,
        |setup, api, _| {
            if setup.is_tls13() {
                let written = api.write_padded(b"", 100, &mut [0; 200]);
                assert_eq!(written.expect("nothing to seal"), 0);
            }
        },
    );
}

#[test]
fn tls12_has_no_padding() {
    each_api(
        |setup| setup,
        |setup, api, forger| {
            if setup.is_tls13() {
                return;
            }
            let mut out = vec![FILL; 100];
            for data in [&b"data"[..], b""] {
                let refused = api.write_padded(data, 1, &mut out);
                assert!(
                    matches!(refused, Err(WriteError::PaddingUnsupported)),
                    "{refused:?}"
                );
            }
            assert!(is_untouched(&out));
            let written = api
                .write_padded(b"data", 0, &mut out)
                .expect("room for it");
            assert_eq!(
                forger.opened(&out[..written]),
                [(ApplicationData, b"data".to_vec())]
            );
        },
    );
}

#[test]
fn the_state_machine_pads_all_or_nothing() {
    let data = pattern(40_000);
    each_state_machine(
        |setup| setup,
        |setup, machine, forger| {
            if !setup.is_tls13() {
                return;
            }
            let lengths = lengths(forger, &data, 16_384, 5000);
            let all = lengths.iter().sum();
            for room in [0, lengths[0], all - 1] {
                let mut out = vec![FILL; room];
                assert_eq!(required(machine.write_padded(&data, 5000, &mut out)), all);
                assert!(is_untouched(&out));
            }
            let mut out = vec![FILL; all];
            let written = machine.write_padded(&data, 5000, &mut out);
            assert_eq!(written.expect("room for it"), all);
            assert_eq!(forger.opened(&out).len(), lengths.len());
        },
    );
}

#[test]
fn the_writer_pads_as_many_records_as_fit() {
    let data = pattern(40_000);
    for_each_tls13_pair(|_, mut pair| {
        let lengths = lengths(&pair.forger, &data, 16_384, 5000);
        let mut end = 0;
        for (records, len) in lengths.iter().enumerate() {
            end += len;
            let mut out = vec![FILL; end - 1];
            let result = pair
                .writer
                .write_padded(&data[..], 5000, &mut out);
            match records {
                0 => {
                    assert_eq!(required(result), end);
                    assert!(is_untouched(&out));
                }
                _ => {
                    let expected = Written {
                        consumed: records * 16_384,
                        written: end - len,
                    };
                    assert_eq!(result.expect("room for one"), expected);
                    assert_eq!(
                        pair.forger
                            .opened(&out[..end - len])
                            .len(),
                        records
                    );
                }
            }
        }
        let mut out = vec![FILL; end];
        let written = pair
            .writer
            .write_padded(&data[..], 5000, &mut out)
            .expect("room for all");
        assert_eq!((written.consumed, written.written), (data.len(), end));
        assert_eq!(pair.forger.opened(&out).len(), lengths.len());
    });
}

#[test]
fn an_owed_answer_is_not_padded() {
    for_each_tls13_pair(|_, mut pair| {
        assert!(pair.read_key_update(UPDATE_REQUESTED));
        let room = pair.forger.twin.encrypted_len(5) + pair.forger.twin.encrypted_len(4 + 100);
        let mut out = vec![FILL; room];
        let written = pair
            .writer
            .write_padded(b"data", 100, &mut out)
            .expect("room for it");
        assert_eq!((written.consumed, written.written), (4, room));
        assert_eq!(pair.forger.opened(&out).len(), 2);
    });
}

#[test]
fn rustls_accepts_padded_records() {
    for setup in setups()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let mut peer = Peer::new(&setup, role.other());
            let (_reader, mut writer) = setup.split(role, &mut peer);
            let data = pattern(40_000);
            for padding in PADDINGS {
                let mut out = vec![0; 70_000];
                let written = writer
                    .write_padded(&data[..], padding, &mut out)
                    .expect("room for all");
                peer.read(&out[..written.written])
                    .expect("padded records");
                assert!(peer.received == data);
                peer.received.clear();
            }
        }
    }
}
