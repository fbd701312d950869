//! Does freed memory contain keys, ivs or exporter's secrets of ours, however a connection moves or ends?
//!
//! The allocator of this program searches every block that is freed while it watches. It does not see the stack, nor
//! memory that AWS-LC allocates in C.
#![cfg(all(any(feature = "aws_lc_rs", feature = "ring"), feature = "std"))]

mod noting;
mod scan;

use std::mem;
use std::sync::Arc;

use rustls::ContentType;
use rustls_direct::cipher::{OutboundRecord, TrafficKeys};
use rustls_direct::record_layer::EncryptionState;
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::raw::Keys;
use testing::{
    Configs, Direct, Endpoint, Forger, Peer, Role, Setup, Splittable, complete_handshake, seal,
    setups,
};

use crate::noting::{KEY, NotingLog, NotingProvider};
use crate::scan::{LEN, forget_secrets, found_after, known_parts, look_for};

/// Connections of one kind, whose secrets are searched for.
struct Kind<'a> {
    setup: &'a Setup,
    role: Role,
    configs: Configs,
}

impl Kind<'_> {
    /// Checks the freed memory of `work`, in which no encrypter or decrypter ends.
    #[track_caller]
    fn assert_moves_cleanly<R>(&self, work: impl FnOnce() -> R) -> R {
        let (found, result) = found_after(work);
        self.check(found);
        result
    }

    /// Checks the freed memory of `work`. ring does not wipe the keys in its own objects.
    #[track_caller]
    fn assert_ends_cleanly<R>(&self, work: impl FnOnce() -> R) -> R {
        let (found, result) = found_after(work);
        let wiped = self.setup.library != "ring";
        self.check(found.filter(|(what, _)| wiped || *what != KEY));
        result
    }

    #[track_caller]
    fn check(&self, found: Option<(&str, usize)>) {
        if let Some((what, len)) = found {
            panic!(
                "{what} is left in {len} bytes that were freed, {} {:?}",
                self.setup.name(),
                self.role
            );
        }
    }

    /// A connection after its handshake, and its peer.
    fn connected<C: Splittable>(&self, new: fn(&Configs) -> C) -> (C, Peer) {
        forget_secrets();
        let mut conn = new(&self.configs);
        let mut peer = self.configs.peer(self.role.other());
        complete_handshake(&mut conn, &mut peer);
        (conn, peer)
    }

    /// Passes `tls` to `conn`, and returns its output.
    fn process<Data>(&self, conn: &mut UnbufferedConnectionCommon<Data>, tls: Vec<u8>) -> Vec<u8> {
        let mut direct = Direct::new(conn);
        direct.app().incoming = tls;
        // An error is an end as well.
        let _ = self.assert_ends_cleanly(|| direct.run());
        let _ = self.assert_ends_cleanly(|| direct.run());
        mem::take(&mut direct.app().outgoing)
    }
}

/// Runs `test` with both roles of every suite, with our records after the handshake and with our records in all of it.
fn for_each_kind(test: impl Fn(&Kind<'_>)) {
    for setup in setups() {
        let setup = setup
            .clone()
            .with_records(Box::leak(Box::new(NotingProvider(setup.records))));
        // A limit makes the setup pass its record provider to the connection.
        let passed = setup
            .clone()
            .with_confidentiality_limit(1 << 20);
        for setup in [passed, setup.adopted()] {
            for role in Role::BOTH {
                let mut configs = setup.configs().with_secret_extraction();
                configs.client.key_log = Arc::new(NotingLog);
                configs.server.key_log = Arc::new(NotingLog);
                test(&Kind {
                    setup: &setup,
                    role,
                    configs,
                });
            }
        }
    }
}

/// Calls `$test` with the constructor of connections in the role.
macro_rules! each_role {
    ($test:ident) => {
        for_each_kind(|kind| match kind.role {
            Role::Client => $test(kind, Configs::client),
            Role::Server => $test(kind, Configs::server),
        })
    };
}

#[test]
fn the_scan_finds_secrets() {
    let secret = *b"the secret of a test";
    let found = |work: &dyn Fn()| found_after(work).0;
    let filled = || {
        let mut block = vec![0; 100];
        block[33..][..secret.len()].copy_from_slice(&secret);
        block
    };
    assert_eq!(found(&|| drop(filled())), None, "no secret yet");

    look_for("it", &secret);
    assert_eq!(found(&|| drop(filled())), Some(("it", 100)));
    assert_eq!(found(&|| mem::forget(filled())), None);
    assert_eq!(found(&|| drop(vec![0; 100])), None);
    let grown = found(&|| {
        let mut block = filled();
        block.reserve_exact(1000);
        mem::forget(block);
    });
    assert_eq!(grown, Some(("it", 100)));
    let unboxed = found(&|| {
        let moved = *Box::new(secret);
        assert_eq!(moved, secret);
    });
    assert_eq!(unboxed, Some(("it", secret.len())));

    // A connection's keys are noted, and would be found.
    for_each_kind(|kind| {
        fn keys_of<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
            let (conn, _peer) = kind.connected(new);
            let known = known_parts();
            for what in [KEY, "an iv", "the exporter's secret"] {
                let needle = known
                    .iter()
                    .find(|needle| needle.what == what);
                let bytes = needle.expect("noted").bytes.to_vec();
                assert_eq!(found_after(|| drop(bytes)).0, Some((what, LEN)));
            }
            drop(conn);
        }
        match kind.role {
            Role::Client => keys_of(kind, Configs::client),
            Role::Server => keys_of(kind, Configs::server),
        }
    });
}

#[test]
fn a_moved_or_dropped_connection_leaves_no_secret() {
    fn test<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (conn, _peer) = kind.connected(new);
        let mut all = Vec::with_capacity(1);
        kind.assert_moves_cleanly(|| {
            all.push(conn);
            all.reserve_exact(10);
        });
        let conn = kind.assert_moves_cleanly(|| all.pop().expect("pushed before"));
        let conn = kind.assert_moves_cleanly(|| *Box::new(conn));
        kind.assert_moves_cleanly(|| drop(all));
        kind.assert_ends_cleanly(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn halves_leave_no_secret() {
    fn test<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        for reader_first in [false, true] {
            let (conn, mut peer) = kind.connected(new);
            let boxed = Box::new(conn);
            let (reader, writer) = kind.assert_moves_cleanly(|| {
                (*boxed)
                    .split()
                    .expect("no reason to refuse")
            });
            let (reader, writer) =
                kind.assert_moves_cleanly(|| (*Box::new(reader), *Box::new(writer)));
            let (mut reader, mut writer) = (vec![reader], vec![writer]);
            kind.assert_moves_cleanly(|| reader.reserve_exact(5));
            kind.assert_moves_cleanly(|| writer.reserve_exact(5));

            if kind.setup.is_tls13() {
                let mut out = [0; 200];
                kind.assert_ends_cleanly(|| writer[0].refresh_traffic_keys(&mut out))
                    .expect("TLS 1.3");
                peer.conn
                    .refresh_traffic_keys()
                    .expect("TLS 1.3");
                let mut tls = peer.write();
                kind.assert_ends_cleanly(|| reader[0].read(&mut tls).map(drop))
                    .expect("a KeyUpdate");
                kind.assert_ends_cleanly(|| writer[0].flush(&mut out))
                    .expect("the answer");
            }
            kind.assert_ends_cleanly(|| {
                reader[0].release_cipher();
                writer[0].release_cipher();
            });
            match reader_first {
                true => kind.assert_ends_cleanly(|| drop(reader)),
                false => kind.assert_ends_cleanly(|| drop(writer)),
            }
        }
    }
    each_role!(test);
}

#[test]
fn a_replaced_key_leaves_no_secret() {
    fn test<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        if !kind.setup.is_tls13() {
            return;
        }
        let (mut conn, mut peer) = kind.connected(new);
        for _ in 0..2 {
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            let answer = kind.process(&mut conn, peer.write());
            peer.read(&answer).expect("a KeyUpdate");
        }
        kind.assert_ends_cleanly(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn a_released_cipher_leaves_no_secret() {
    fn test<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (mut conn, mut peer) = kind.connected(new);
        for _ in 0..2 {
            kind.assert_ends_cleanly(|| conn.release_ciphers());
            let tls = peer.send(b"data");
            kind.process(&mut conn, tls);
            let mut direct = Direct::new(&mut *conn);
            kind.assert_ends_cleanly(|| direct.send(b"data"));
        }
        kind.assert_ends_cleanly(|| conn.release_ciphers());
        kind.assert_ends_cleanly(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn a_failed_connection_leaves_no_secret() {
    fn test<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (mut conn, mut peer) = kind.connected(new);
        // The nonce of sequence number 0 is the iv. Nonces stay on the stack, and get into the memory of an error from
        // there.
        let tls = peer.send(b"data");
        kind.process(&mut conn, tls);
        Direct::new(&mut *conn).send(b"data");
        let mut tls = peer.send(b"data");
        tls[10] ^= 1;
        assert_ne!(kind.process(&mut conn, tls), [], "an alert");
        kind.assert_ends_cleanly(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn a_closed_connection_leaves_no_secret() {
    fn test<C: Splittable>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (mut conn, mut peer) = kind.connected(new);
        let mut direct = Direct::new(&mut *conn);
        kind.assert_ends_cleanly(|| direct.close());
        peer.conn.send_close_notify();
        kind.process(&mut conn, peer.write());
        kind.assert_ends_cleanly(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn a_connection_whose_secrets_are_extracted_leaves_no_secret() {
    /// Extracts the secrets of a connection by both calls.
    macro_rules! test {
        ($kind:ident, $new:path) => {{
            let (conn, _peer) = $kind.connected($new);
            let conn = $kind.assert_moves_cleanly(|| *Box::new(conn));
            let taken = $kind.assert_ends_cleanly(|| conn.dangerous_into_kernel_connection());
            $kind.assert_ends_cleanly(|| drop(taken.expect("allowed")));

            let (conn, _peer) = $kind.connected($new);
            #[allow(deprecated)]
            let taken = $kind.assert_ends_cleanly(|| conn.dangerous_extract_secrets());
            $kind.assert_ends_cleanly(|| drop(taken.expect("allowed")));
        }};
    }
    for_each_kind(|kind| match kind.role {
        Role::Client => test!(kind, Configs::client),
        Role::Server => test!(kind, Configs::server),
    });
}

/// The handshake has used this nonce, and two records with the same nonce allow forgeries.
#[test]
fn the_first_record_of_a_wrapped_encrypter_is_not_left_in_memory() {
    for setup in setups() {
        let setup = setup.wrapped();
        for role in Role::BOTH {
            forget_secrets();
            let mut direct = setup.direct(role);
            let mut peer = Forger::peer(&setup, role.other());
            peer.talk_to(&mut *direct)
                .expect("a handshake");
            let secrets = peer
                .conn
                .dangerous_extract_secrets()
                .expect("allowed");
            let Keys { seq, key, iv } = secrets.rx.into();
            if seq == 0 {
                continue;
            }
            let keys = TrafficKeys::new(&key, &iv).expect("key and iv");
            let mut sealer = EncryptionState::new(setup.records, setup.id(), &keys, 0, u64::MAX)
                .expect("keys of the suite");
            let record = OutboundRecord::new(ContentType::ApplicationData, [0][..].into());
            let sealed = seal(&mut sealer, record);
            look_for("a record", &sealed[sealed.len() - LEN..]);
            let (found, _) = found_after(|| direct.send(b"data"));
            assert_eq!(found, None, "{} {role:?}", setup.name());
        }
    }
}
