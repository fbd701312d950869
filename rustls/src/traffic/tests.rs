//! What no peer can bring about in a test: keys that were updated as often as they may be.

use alloc::boxed::Box;
use alloc::vec;

use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{CipherSuite, ConnectionTrafficSecrets, Error};

use super::sender::{MAX_KEY_UPDATES, Request};
use super::*;
use crate::cipher::{
    AeadAlgorithm, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter, OutboundRecord,
    RecordProvider, TrafficKeys,
};
use crate::record::Fragmenter;
use crate::record_layer::EncryptionState;
use crate::traffic::key_schedule::KeySchedule;

const KEY_LEN: usize = 32;

/// Protects nothing: a payload is content, type and padding, and nothing else.
#[derive(Debug)]
struct Plain;

impl RecordProvider for Plain {
    fn algorithm(&self, _: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        Some(&Self)
    }
}

impl AeadAlgorithm for Plain {
    fn key_len(&self) -> usize {
        KEY_LEN
    }

    fn encrypter(&self, _: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(Self))
    }

    fn decrypter(&self, _: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Err(InvalidKey)
    }
}

impl MessageEncrypter for Plain {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        _: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        record.content.place(out)?;
        let behind = &mut out[record.content.len()..];
        behind.fill(0);
        behind[0] = u8::from(record.typ);
        Ok(())
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + 1
    }

    fn payload_prefix_len(&self) -> usize {
        0
    }
}

/// Has as many keys as are wanted, or none.
struct Keys {
    any: bool,
}

impl KeySchedule for Keys {
    fn next_sending_secrets(&mut self) -> Result<ConnectionTrafficSecrets, Error> {
        match self.any {
            true => Ok(ConnectionTrafficSecrets::Aes256Gcm {
                key: AeadKey::from([0; KEY_LEN]),
                iv: Iv::from([0; 12]),
            }),
            false => Err(Error::General("no key".into())),
        }
    }

    fn next_receiving_secrets(&mut self) -> Result<ConnectionTrafficSecrets, Error> {
        self.next_sending_secrets()
    }

    fn store_ticket(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

/// Of TLS 1.3, with a key that may seal two records of data and one more.
fn sender() -> Sender {
    let suite = CipherSuite::TLS13_AES_256_GCM_SHA384;
    let keys = TrafficKeys::new(&[0; KEY_LEN], &[0; 12]).unwrap();
    let encryption = EncryptionState::new(&Plain, suite, &keys, 0, 3).unwrap();
    Sender::new(encryption, Fragmenter::new(None).unwrap(), None)
}

const KEYS: Keys = Keys { any: true };

/// The types and the last bytes of content of the records in `tls`.
fn contents(mut tls: &[u8]) -> vec::Vec<(u8, u8)> {
    let mut contents = vec![];
    while let [23, 3, 3, high, low, rest @ ..] = tls {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let (payload, after) = rest.split_at(len);
        contents.push((payload[len - 1], payload[len - 2]));
        tls = after;
    }
    assert_eq!(tls, []);
    contents
}

const DATA: u8 = 23;
const HANDSHAKE: u8 = 22;

#[test]
fn a_worn_key_is_replaced_in_the_middle_of_a_write() {
    let mut sender = sender();
    let data = vec![7; 5 * 16_384];
    let required = sender.required_len(data.len(), 0);
    let mut out = vec![0; required];
    assert!(matches!(
        sender.encrypt(&mut { KEYS }, &data, &mut out[1..]),
        Err(WriteError::InsufficientSize(size)) if size.required_size == required
    ));
    let written = sender.encrypt(&mut { KEYS }, &data, &mut out);
    assert_eq!(written.unwrap(), required);
    // The second KeyUpdate does not ask again: nobody has answered.
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
fn a_write_may_take_all_that_the_key_and_the_room_allow() {
    let mut sender = sender();
    let data = vec![7; 2 * 16_384];
    let required = sender.required_len(data.len(), 0);
    assert_eq!(required, 2 * (5 + 16_384 + 1));
    let mut out = vec![0; required];
    assert!(matches!(
        sender.encrypt(&mut { KEYS }, &data, &mut out[1..]),
        Err(WriteError::InsufficientSize(size)) if size.required_size == required
    ));
    assert!(out.iter().all(|byte| *byte == 0));
    let written = sender.encrypt(&mut { KEYS }, &data, &mut out);
    assert_eq!(written.unwrap(), required);
    assert_eq!(contents(&out), [(DATA, 7), (DATA, 7)]);

    // The next key. The KeyUpdate and one record have room, two have not.
    let Written { consumed, written } = sender
        .write(&mut { KEYS }, data[..].into(), 0, &mut out)
        .unwrap();
    assert_eq!(consumed, 16_384);
    assert_eq!(contents(&out[..written]), [(HANDSHAKE, 1), (DATA, 7)]);
}

#[test]
fn nothing_can_be_written_after_a_close_not_even_no_data() {
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
        let write = sender.encrypt_padded(&mut { KEYS }, data, 0, &mut out);
        assert!(matches!(write, Err(WriteError::Closed)));
    }
}

/// R13-4.6.3-d
#[test]
fn the_last_key_update_is_the_last() {
    let mut sender = sender();
    sender.set_key_updates(MAX_KEY_UPDATES - 1);
    let mut out = [0; 100];
    let written = sender
        .refresh_traffic_keys(&mut { KEYS }, &mut out)
        .unwrap();
    assert_eq!(contents(&out[..written]), [(HANDSHAKE, 1)]);

    // From now on the peer's requests are not answered, and we make no key of our own.
    sender.on_request(Request::KeyUpdate { answer: true });
    assert!(!sender.owes());
    assert!(matches!(
        sender.refresh_traffic_keys(&mut { KEYS }, &mut out),
        Err(WriteError::KeyExhausted)
    ));
    assert!(matches!(
        sender.encrypt(&mut { KEYS }, &vec![7; 3 * 16_384], &mut vec![0; 70_000]),
        Err(WriteError::KeyExhausted)
    ));

    // What the last key allows is still sealed, and then a close_notify.
    for _ in 0..2 {
        let written = sender
            .encrypt(&mut { KEYS }, b"x", &mut out)
            .unwrap();
        assert_eq!(contents(&out[..written]), [(DATA, b'x')]);
    }
    assert!(matches!(
        sender.encrypt(&mut { KEYS }, b"x", &mut out),
        Err(WriteError::KeyExhausted)
    ));
    let written = sender
        .close_notify(&mut { KEYS }, &mut out)
        .unwrap();
    assert_eq!(contents(&out[..written]), [(21, 0)]);
}

#[test]
fn a_partial_write_that_has_sealed_something_says_so_where_the_last_key_is_worn() {
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
fn a_key_that_can_not_be_made_ends_writing() {
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
        sender.encrypt(&mut { KEYS }, b"x", &mut out),
        Err(WriteError::Failed(_))
    ));
}
