//! Do both sides export the same keying material? RFC 5705, RFC 8446 s7.5.

use std::mem;
use std::sync::{Arc, Mutex};

use rustls::{Error, KeyLog};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::{
    Configs, Direct, Endpoint, Peer, Role, Setup, each_connection, one_setup_per_version, setups,
    shake_hands,
};

use crate::exchange_data;
use crate::handshake_kinds::each_kind;

const LABEL: &[u8] = b"EXPORTER-test";

/// Runs `$test`, a generic function, with a connection of `$configs` in `$role`.
macro_rules! with_connection {
    ($test:ident, $configs:expr, $role:expr) => {
        match $role {
            Role::Client => $test(&mut *$configs.client(), $configs, $role),
            Role::Server => $test(&mut *$configs.server(), $configs, $role),
        }
    };
}

/// Checks that both sides export the same for several labels, contexts and lengths.
pub(crate) fn assert_same_exports<Data>(conn: &UnbufferedConnectionCommon<Data>, peer: &Peer) {
    let contexts = [None, Some(&[][..]), Some(b"context"), Some(&[7; 1000])];
    for label in [LABEL, b"x", b""] {
        for context in contexts {
            for len in [1, 16, 32, 33, 48, 200] {
                let ours = conn
                    .export_keying_material(vec![0; len], label, context)
                    .expect("keying material");
                let theirs = peer
                    .conn
                    .export_keying_material(vec![0; len], label, context)
                    .expect("keying material");
                assert_eq!(ours.len(), len);
                assert_eq!(ours, theirs);
            }
        }
    }
}

/// rustls's unbuffered API does not export keying material.
#[test]
fn both_sides_export_the_same_after_every_kind_of_handshake() {
    fn test<Data>(conn: &mut UnbufferedConnectionCommon<Data>, configs: &Configs, role: Role) {
        let mut peer = configs.peer(role.other());
        shake_hands(conn, &mut peer);
        assert_same_exports(conn, &peer);
        exchange_data(&mut Direct::new(&mut *conn), &mut peer);
        assert_same_exports(conn, &peer);
    }
    each_kind(&one_setup_per_version(), |_, configs, role| {
        with_connection!(test, configs, role);
    });
}

#[test]
fn both_sides_export_the_same_with_every_suite() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        shake_hands(conn, &mut peer);
        assert_same_exports(conn, &peer);
    }
    each_connection!(test, setups());
}

#[test]
fn another_label_or_context_exports_other_material() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        shake_hands(conn, &mut Peer::new(setup, role.other()));
        let export = |label: &[u8], context| {
            conn.export_keying_material([0; 32], label, context)
                .expect("keying material")
        };
        let exported = export(LABEL, None);
        assert_ne!(exported, [0; 32]);
        assert_eq!(exported, export(LABEL, None));
        assert_ne!(exported, export(b"EXPORTER-tess", None));
        assert_ne!(exported, export(LABEL, Some(b"context")));
        assert_ne!(
            export(LABEL, Some(b"another")),
            export(LABEL, Some(b"context"))
        );
        // TLS 1.3 does not distinguish an empty context from none, TLS 1.2 does. RFC 8446 s7.5, RFC 5705 s4.
        assert_eq!(exported == export(LABEL, Some(b"")), setup.is_tls13());
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn nothing_is_exported_before_the_handshake_is_complete() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let refused = |conn: &UnbufferedConnectionCommon<Data>| {
            conn.export_keying_material([0; 32], LABEL, None) == Err(Error::HandshakeNotComplete)
        };
        assert!(refused(conn));
        let mut peer = Peer::new(setup, role.other());
        let mut incoming = Vec::new();
        while !conn.is_direct() {
            let mut direct = Direct::new(&mut *conn);
            direct.app().incoming = mem::take(&mut incoming);
            direct
                .run()
                .expect("a part of a handshake");
            peer.read(&direct.app().outgoing)
                .expect("a part of a handshake");
            incoming = peer.write();
            assert_eq!(refused(conn), !conn.is_direct());
        }
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn nothing_is_exported_into_an_empty_buffer() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        for _ in 0..2 {
            let ours = conn.export_keying_material([], LABEL, None);
            assert!(matches!(ours, Err(Error::Other(_))));
            let theirs = peer
                .conn
                .export_keying_material([], LABEL, None);
            assert!(matches!(theirs, Err(Error::General(_))));
            if conn.is_handshaking() {
                shake_hands(conn, &mut peer);
            }
        }
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_long_export_is_refused_or_agreed_on() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        shake_hands(conn, &mut peer);
        // HKDF's output ends at 255 times the hash length. RFC 5869 s2.3.
        for len in [255 * 32, 255 * 48, 255 * 48 + 1, 65_536] {
            let ours = conn.export_keying_material(vec![0; len], LABEL, None);
            let hash_len = if setup.name().contains("SHA384") {
                48
            } else {
                32
            };
            assert_eq!(
                ours.is_ok(),
                !setup.is_tls13() || len <= 255 * hash_len,
                "{len}"
            );
            if let Ok(ours) = ours {
                let theirs = peer
                    .conn
                    .export_keying_material(vec![0; len], LABEL, None);
                assert!(theirs == Ok(ours), "{len}");
            }
        }
        // The length of a TLS 1.3 label has one byte, that of a TLS 1.2 context has two.
        for len in [249, 250, 70_000] {
            let exported = conn.export_keying_material([0; 1], &vec![b'x'; len], None);
            assert_eq!(exported.is_ok(), !setup.is_tls13() || len <= 249, "{len}");
        }
        for len in [65_535, 65_536] {
            let exported = conn.export_keying_material([0; 1], LABEL, Some(&vec![0; len]));
            assert_eq!(exported.is_ok(), setup.is_tls13() || len <= 65_535, "{len}");
        }
    }
    each_connection!(test, one_setup_per_version());
}

#[test]
fn a_connection_that_has_failed_exports_nothing() {
    fn test<Data>(setup: &Setup, role: Role, conn: &mut UnbufferedConnectionCommon<Data>) {
        let mut peer = Peer::new(setup, role.other());
        shake_hands(conn, &mut peer);
        let mut bad = peer.send(b"bad");
        *bad.last_mut().expect("a tag") ^= 1;
        let (error, _) = Direct::new(&mut *conn).failure(&mut bad);
        assert_eq!(
            conn.export_keying_material([0; 32], LABEL, None),
            Err(error)
        );
    }
    each_connection!(test, one_setup_per_version());
}

/// A key log that notes which secrets it is given.
#[derive(Debug)]
struct Labels {
    wanted: bool,
    given: Mutex<Vec<String>>,
}

impl Labels {
    fn new(wanted: bool) -> Arc<Self> {
        Arc::new(Self {
            wanted,
            given: Mutex::default(),
        })
    }

    fn given(&self) -> Vec<String> {
        self.given
            .lock()
            .expect("no panic")
            .clone()
    }
}

impl KeyLog for Labels {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        assert_eq!(client_random.len(), 32);
        assert!(!secret.is_empty());
        self.given
            .lock()
            .expect("no panic")
            .push(label.into());
    }

    fn will_log(&self, _: &str) -> bool {
        self.wanted
    }
}

#[test]
fn a_callers_key_log_gets_the_same_secrets_as_from_rustls() {
    each_kind(&one_setup_per_version(), |_, configs, role| {
        let with_log = |log: &Arc<Labels>| {
            let mut configs = configs.clone();
            match role {
                Role::Client => configs.client.key_log = log.clone(),
                Role::Server => configs.server.key_log = log.clone(),
            }
            configs
        };
        let unwanted = Labels::new(false);
        with_log(&unwanted).connected(role);
        assert!(unwanted.given().is_empty());

        let wanted = Labels::new(true);
        with_log(&wanted).connected(role);

        // The same handshake by rustls alone.
        let expected = Labels::new(true);
        let mut other = configs.direct(role.other());
        with_log(&expected)
            .peer(role)
            .talk_to(&mut *other)
            .expect("a handshake");
        assert!(!expected.given().is_empty());
        assert_eq!(wanted.given(), expected.given());
    });
}
