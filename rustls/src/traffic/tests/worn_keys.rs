//! Keys that are worn out, and keys that were updated as often as they may be.

use alloc::vec;

use super::*;
use crate::traffic::request::Requests;
use crate::traffic::wire::MAX_KEY_UPDATES;

#[test]
fn a_worn_key_is_replaced_in_the_middle_of_a_write() {
    let mut sender = sender();
    let data = vec![7; 5 * 16_384];
    let required = sender.required_len(data.len(), 0);
    let mut out = vec![0; required];
    assert!(matches!(
        encrypt(&mut sender, &data, &mut out[1..]),
        Err(WriteError::InsufficientSize(size)) if size.required_size == required
    ));
    let written = encrypt(&mut sender, &data, &mut out);
    assert_eq!(written.unwrap(), required);
    // The second KeyUpdate does not ask again, because the first was not answered.
    assert_eq!(
        contents(&out),
        [
            (DATA, 7),
            (DATA, 7),
            (HANDSHAKE, 1),
            (DATA, 7),
            (DATA, 7),
            (HANDSHAKE, 0),
            (DATA, 7)
        ]
    );
}

#[test]
fn a_write_may_use_up_the_key_and_the_room() {
    let mut sender = sender();
    let data = vec![7; 2 * 16_384];
    let required = sender.required_len(data.len(), 0);
    assert_eq!(required, 2 * (5 + 16_384 + 1));
    let mut out = vec![0; required];
    assert!(matches!(
        encrypt(&mut sender, &data, &mut out[1..]),
        Err(WriteError::InsufficientSize(size)) if size.required_size == required
    ));
    assert!(out.iter().all(|byte| *byte == 0));
    let written = encrypt(&mut sender, &data, &mut out);
    assert_eq!(written.unwrap(), required);
    assert_eq!(contents(&out), [(DATA, 7), (DATA, 7)]);

    // The next key. There is room for the KeyUpdate and one record, but not for two.
    let Written { consumed, written } = sender
        .write(&mut { KEYS }, data[..].into(), 0, &mut out)
        .unwrap();
    assert_eq!(consumed, 16_384);
    assert_eq!(contents(&out[..written]), [(HANDSHAKE, 1), (DATA, 7)]);
}

/// R13-4.6.3-d
#[test]
fn no_key_update_follows_the_last_one() {
    let mut sender = sender();
    sender.set_key_updates(MAX_KEY_UPDATES - 1);
    let mut out = [0; 100];
    let written = sender
        .refresh_traffic_keys(&mut { KEYS }, &mut out)
        .unwrap();
    assert_eq!(contents(&out[..written]), [(HANDSHAKE, 1)]);

    // From now on the peer's requests are not answered, and the key is not refreshed.
    sender.accept_requests(Requests {
        key_update: true,
        ..Requests::NONE
    });
    assert!(!sender.owes());
    assert!(matches!(
        sender.refresh_traffic_keys(&mut { KEYS }, &mut out),
        Err(WriteError::KeyExhausted)
    ));
    assert!(matches!(
        encrypt(&mut sender, &vec![7; 3 * 16_384], &mut vec![0; 70_000]),
        Err(WriteError::KeyExhausted)
    ));

    // The last key still seals its two records, and then a close_notify.
    for _ in 0..2 {
        let written = encrypt(&mut sender, b"x", &mut out).unwrap();
        assert_eq!(contents(&out[..written]), [(DATA, b'x')]);
    }
    assert!(matches!(
        encrypt(&mut sender, b"x", &mut out),
        Err(WriteError::KeyExhausted)
    ));
    let written = sender
        .close_notify(&mut { KEYS }, &mut out)
        .unwrap();
    assert_eq!(contents(&out[..written]), [(ALERT, 0)]);
}

#[test]
fn a_write_ends_early_when_the_last_key_is_worn() {
    let mut sender = sender();
    sender.set_key_updates(MAX_KEY_UPDATES);
    let data = vec![7; 3 * 16_384];
    let mut out = vec![0; 70_000];
    let Written { consumed, written } = sender
        .write(&mut { KEYS }, data[..].into(), 0, &mut out)
        .unwrap();
    assert_eq!(consumed, 2 * 16_384);
    assert_eq!(contents(&out[..written]), [(DATA, 7), (DATA, 7)]);
}

#[test]
fn a_key_that_cannot_be_derived_ends_writing() {
    let mut sender = sender();
    let mut out = [0; 100];
    let mut none = Keys { any: false };
    for _ in 0..2 {
        assert!(matches!(
            sender.refresh_traffic_keys(&mut none, &mut out),
            Err(WriteError::Failed(_))
        ));
    }
    assert!(matches!(
        encrypt(&mut sender, b"x", &mut out),
        Err(WriteError::Failed(_))
    ));
}
