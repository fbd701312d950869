//! A connection that let go of what it seals and opens with goes on as if it had not.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::{CipherSuite, ContentType};
use rustls_direct::cipher::{
    AeadAlgorithm, InvalidKey, MessageDecrypter, MessageEncrypter, OutboundRecord, RecordProvider,
    TrafficKeys,
};
use rustls_direct::record_layer::{
    DecryptionError, DecryptionState, EncryptionError, EncryptionState,
};
#[cfg(feature = "std")]
use rustls_direct::split::Event;
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::{
    Direct, Endpoint, Peer, Role, Setup, complete_handshake, each_connection, every_way, pattern,
    seal, setups,
};

/// Passes data both ways, `between` each of them.
fn passes_data<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    peer: &mut Peer,
    between: impl Fn(&mut UnbufferedConnectionCommon<Data>),
) {
    for size in [1, 1000, 16_384, 40_000] {
        let data = pattern(size);
        between(conn);
        let tls = Direct::new(&mut *conn).send(&data);
        peer.read(&tls)
            .expect("rustls opens it");
        assert!(peer.received == data);
        peer.received.clear();

        between(conn);
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = peer.send(&data);
        direct.run().expect("we open it");
        assert!(direct.app().received == data);
    }
}

#[test]
fn data_passes_before_and_after() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        // Before the handshake is complete there is nothing to let go of.
        conn.release_ciphers();
        complete_handshake(conn, &mut peer);
        passes_data(conn, &mut peer, |conn| conn.release_ciphers());
        assert_eq!(conn.is_direct(), setup.runs_direct());
        passes_data(conn, &mut peer, |_| {});
    }
    each_connection!(test, every_way());
}

#[test]
fn keys_are_updated_all_the_same() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        if !setup.is_tls13() {
            return;
        }
        let mut peer = Peer::new(setup, role.other());
        complete_handshake(conn, &mut peer);
        for _ in 0..3 {
            conn.release_ciphers();
            let mut direct = Direct::new(&mut *conn);
            direct
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            peer.talk_to(&mut direct)
                .expect("a key update");
            conn.release_ciphers();
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            peer.talk_to(&mut Direct::new(&mut *conn))
                .expect("a key update");
            passes_data(conn, &mut peer, |conn| conn.release_ciphers());
        }
    }
    each_connection!(test, every_way());
}

#[cfg(feature = "std")]
#[test]
fn halves_go_on_as_well() {
    for setup in every_way() {
        for role in Role::BOTH {
            let mut peer = Peer::new(&setup, role.other());
            let (mut reader, mut writer) = setup.split(role, &mut peer);
            for _ in 0..3 {
                writer.release_cipher();
                let mut tls = [0; 100];
                let written = writer
                    .write(&b"out"[..], &mut tls)
                    .expect("room for it");
                peer.read(&tls[..written.written])
                    .expect("rustls opens it");
                assert_eq!(peer.received, b"out");
                peer.received.clear();

                reader.release_cipher();
                let mut tls = peer.send(b"in place");
                let received = reader
                    .read(&mut tls)
                    .expect("we open it");
                assert!(received.event == Event::Data(b"in place"));
                reader.release_cipher();
                let (mut tls, mut out) = (peer.send(b"into"), [0; 50]);
                let room = reader.room_for(&tls).expect("a header");
                assert_eq!(room, 4 + usize::from(setup.is_tls13()));
                let received = reader.read_into(&mut tls, &mut out);
                assert!(received.expect("we open it").event == Event::Data(b"into"));
            }
        }
    }
}

#[test]
fn the_next_record_has_the_next_number() {
    for setup in setups() {
        let (mut sealer, mut opener) = (setup.sealer(), setup.opener());
        let mut other = setup.sealer();
        for _ in 0..3 {
            let record = || OutboundRecord::new(ContentType::ApplicationData, b"data"[..].into());
            let expected = seal(&mut other, record());
            sealer.release_cipher();
            let seq = sealer.seq();
            let mut tls = seal(&mut sealer, record());
            assert_eq!(sealer.seq(), seq + 1);
            assert_eq!(tls, expected);
            opener.release_cipher();
            let opened = opener
                .decrypt_incoming(&mut tls)
                .expect("authentic")
                .expect("whole");
            assert_eq!(tls[opened.content()], *b"data");
        }
    }
}

#[test]
fn what_was_let_go_of_for_ever_does_not_come_back() {
    for setup in setups() {
        let mut sealer = setup.sealer();
        let record = OutboundRecord::new(ContentType::ApplicationData, b"data"[..].into());
        let mut tls = seal(&mut sealer, record.clone());
        sealer.discard_key();
        sealer.release_cipher();
        let mut out = [7; 100];
        let sealed = sealer.encrypt_outgoing(record, &mut out);
        assert_eq!(sealed, Err(EncryptionError::KeyExhausted));
        assert_eq!(out, [7; 100]);

        let mut opener = setup.opener();
        opener.discard_key();
        opener.release_cipher();
        let opened = opener.decrypt_incoming(&mut tls);
        assert_eq!(opened.unwrap_err(), DecryptionError::NoKey);
    }
}

/// Takes every key once only, for each direction.
#[derive(Debug)]
struct OnlyOnce(&'static dyn RecordProvider);

struct OnlyOnceAlgorithm {
    like: &'static dyn AeadAlgorithm,
    taken: [AtomicUsize; 2],
}

impl RecordProvider for OnlyOnce {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let like = self.0.algorithm(suite)?;
        Some(Box::leak(Box::new(OnlyOnceAlgorithm {
            like,
            taken: Default::default(),
        })))
    }
}

impl OnlyOnceAlgorithm {
    fn take(&self, direction: usize) -> Result<(), InvalidKey> {
        match self.taken[direction].fetch_add(1, Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(InvalidKey),
        }
    }
}

impl AeadAlgorithm for OnlyOnceAlgorithm {
    fn key_len(&self) -> usize {
        self.like.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        self.take(0)?;
        self.like.encrypter(keys)
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        self.take(1)?;
        self.like.decrypter(keys)
    }
}

#[test]
fn a_provider_that_does_not_take_the_key_again_ends_the_half() {
    for setup in setups() {
        let (id, keys, provider) = (setup.id(), setup.made_up_keys(), OnlyOnce(setup.records));
        let mut sealer =
            EncryptionState::new(&provider, id, &keys, 5, u64::MAX).expect("the first time");
        sealer.release_cipher();
        let record = || OutboundRecord::new(ContentType::ApplicationData, b"data"[..].into());
        let mut out = [7; 100];
        let sealed = sealer.encrypt_outgoing(record(), &mut out);
        assert_eq!(sealed, Err(EncryptionError::EncryptFailed));
        let len = sealer.encrypted_len(4);
        assert!(
            out[..len]
                .iter()
                .all(|byte| *byte == 0 || *byte == 7)
        );
        assert_eq!(out[len..], [7; 100][len..]);
        let sealed = sealer.encrypt_outgoing(record(), &mut out);
        assert_eq!(sealed, Err(EncryptionError::KeyExhausted));

        let mut opener = DecryptionState::new(&provider, id, &keys, 5).expect("the first time");
        opener.release_cipher();
        let mut tls = seal(&mut setup.sealer(), record());
        for _ in 0..2 {
            let opened = opener.decrypt_incoming(&mut tls);
            assert_eq!(opened.unwrap_err(), DecryptionError::BadRecordMac);
            assert!(tls[5..].iter().all(|byte| *byte == 0));
        }
    }
}

#[test]
fn the_certificates_of_the_peer_can_be_taken_out() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        assert_eq!(conn.take_peer_certificates(), None);
        let mut peer = Peer::new(setup, role.other());
        complete_handshake(conn, &mut peer);
        let expected = match role {
            Role::Client => Some(setup.chain()),
            Role::Server => None,
        };
        assert_eq!(conn.take_peer_certificates(), expected);
        assert_eq!(conn.peer_certificates(), None);
        passes_data(conn, &mut peer, |_| {});
    }
    each_connection!(test);
}
