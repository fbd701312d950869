//! Does a connection continue after it has released its ciphers, or after the peer's certificates were taken?
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
    Direct, Endpoint, Peer, Role, Setup, complete_handshake, each_connection, pattern, seal,
    setups, setups_with_every_record_source,
};

/// Passes data both ways, with a call of `between` before each record.
fn pass_data<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    peer: &mut Peer,
    between: impl Fn(&mut UnbufferedConnectionCommon<Data>),
) {
    for size in [1, 1000, 16_384, 40_000] {
        let data = pattern(size);
        between(conn);
        let tls = Direct::new(&mut *conn).send(&data);
        peer.read(&tls).expect("our record");
        assert!(peer.received == data);
        peer.received.clear();

        between(conn);
        let mut direct = Direct::new(&mut *conn);
        direct.app().incoming = peer.send(&data);
        direct.run().expect("rustls's record");
        assert!(direct.app().received == data);
    }
}

#[test]
fn data_passes_with_and_without_a_release() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        // Before the handshake is complete, there is nothing to release.
        conn.release_ciphers();
        complete_handshake(conn, &mut peer);
        pass_data(conn, &mut peer, |conn| conn.release_ciphers());
        assert_eq!(conn.is_direct(), setup.runs_direct());
        pass_data(conn, &mut peer, |_| {});
    }
    each_connection!(test, setups_with_every_record_source());
}

#[test]
fn keys_are_updated_after_a_release() {
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
            pass_data(conn, &mut peer, |conn| conn.release_ciphers());
        }
    }
    each_connection!(test, setups_with_every_record_source());
}

#[cfg(feature = "std")]
#[test]
fn halves_continue_after_a_release() {
    for setup in setups_with_every_record_source() {
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
                    .expect("our record");
                assert_eq!(peer.received, b"out");
                peer.received.clear();

                reader.release_cipher();
                let mut tls = peer.send(b"in place");
                let received = reader
                    .read(&mut tls)
                    .expect("rustls's record");
                assert!(received.event == Event::Data(b"in place"));
                reader.release_cipher();
                let (mut tls, mut out) = (peer.send(b"into"), [0; 50]);
                let room = reader.room_for(&tls).expect("a header");
                assert_eq!(room, 4 + usize::from(setup.is_tls13()));
                let received = reader.read_into(&mut tls, &mut out);
                assert!(received.expect("rustls's record").event == Event::Data(b"into"));
            }
        }
    }
}

#[test]
fn the_next_record_has_the_next_sequence_number() {
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
fn a_discarded_key_is_not_restored() {
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

/// A record provider whose algorithms accept the first key of each direction and reject every later one.
#[derive(Debug)]
struct AcceptsOnce(&'static dyn RecordProvider);

struct AcceptsOnceAlgorithm {
    inner: &'static dyn AeadAlgorithm,
    accepted: [AtomicUsize; 2],
}

impl RecordProvider for AcceptsOnce {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let inner = self.0.algorithm(suite)?;
        Some(Box::leak(Box::new(AcceptsOnceAlgorithm {
            inner,
            accepted: Default::default(),
        })))
    }
}

impl AcceptsOnceAlgorithm {
    fn accept(&self, direction: usize) -> Result<(), InvalidKey> {
        match self.accepted[direction].fetch_add(1, Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(InvalidKey),
        }
    }
}

impl AeadAlgorithm for AcceptsOnceAlgorithm {
    fn key_len(&self) -> usize {
        self.inner.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        self.accept(0)?;
        self.inner.encrypter(keys)
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        self.accept(1)?;
        self.inner.decrypter(keys)
    }
}

#[test]
fn a_provider_that_rejects_the_key_the_second_time_ends_the_half() {
    for setup in setups() {
        let (id, keys, provider) = (setup.id(), setup.made_up_keys(), AcceptsOnce(setup.records));
        let mut sealer =
            EncryptionState::new(&provider, id, &keys, 5, u64::MAX).expect("the first use");
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

        let mut opener = DecryptionState::new(&provider, id, &keys, 5).expect("the first use");
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
fn the_peers_certificates_can_be_taken_out() {
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
        pass_data(conn, &mut peer, |_| {});
    }
    each_connection!(test);
}
