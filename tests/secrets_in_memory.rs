//! No key, iv or exporter's secret of ours is left in memory that is given back, whichever way a connection moves or ends.
//!
//! The allocator of this program looks for them in every block that is freed while it watches. It cannot see the stack,
//! nor what AWS-LC takes from C.
#![cfg(all(any(feature = "aws_lc_rs", feature = "ring"), feature = "std"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::mem;
use std::sync::Arc;

use rustls::{CipherSuite, ContentType, KeyLog};
use rustls_direct::cipher::{
    AeadAlgorithm, InvalidKey, MessageDecrypter, MessageEncrypter, OutboundRecord, RecordProvider,
    TrafficKeys,
};
use rustls_direct::record_layer::EncryptionState;
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::raw::Keys;
use testing::{
    Configs, Direct, Endpoint, Forger, Peer, Role, Setup, Whole, complete_handshake, seal, setups,
};

/// Bytes of a secret that are looked for.
const LEN: usize = 12;

/// A part of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Needle {
    what: &'static str,
    bytes: [u8; LEN],
}

/// What is looked for. It has no memory of its own, in which they would be found.
struct Needles {
    all: [Needle; 256],
    len: usize,
}

thread_local! {
    // Made by constants and without destructors, so that the allocator can use them.
    static NEEDLES: RefCell<Needles> = const {
        RefCell::new(Needles { all: [Needle { what: "", bytes: [0; LEN] }; 256], len: 0 })
    };
    static WATCHES: Cell<bool> = const { Cell::new(false) };
    static FOUND: Cell<Option<(&'static str, usize)>> = const { Cell::new(None) };
}

impl Needles {
    /// Adds both ends of `secret`.
    fn add(&mut self, what: &'static str, secret: &[u8]) {
        let ends = [secret.first_chunk(), secret.last_chunk()];
        for bytes in ends.into_iter().flatten() {
            let needle = Needle {
                what,
                bytes: *bytes,
            };
            if !self.all[..self.len].contains(&needle) {
                self.all[self.len] = needle;
                self.len += 1;
            }
        }
    }

    fn find(&self, block: &[u8]) -> Option<&'static str> {
        block.windows(LEN).find_map(|bytes| {
            self.all[..self.len]
                .iter()
                .find(|needle| needle.bytes == bytes)
                .map(|needle| needle.what)
        })
    }
}

fn look_for(what: &'static str, secret: &[u8]) {
    NEEDLES.with_borrow_mut(|needles| needles.add(what, secret));
}

/// What `work` has left in a block that was given back, and how long that block was.
fn found_after<R>(work: impl FnOnce() -> R) -> (Option<(&'static str, usize)>, R) {
    FOUND.set(None);
    WATCHES.set(true);
    let result = work();
    WATCHES.set(false);
    (FOUND.take(), result)
}

struct Scanning;

#[global_allocator]
static SCANNING: Scanning = Scanning;

/// # Safety
/// `block` is the start of `len` bytes that came from [`Scanning`] and were not given back.
unsafe fn scan(block: *const u8, len: usize) {
    if !WATCHES.get() {
        return;
    }
    // SAFETY: there are so many bytes, which were zero at first, and nobody else has them.
    let block = unsafe { std::slice::from_raw_parts(block, len) };
    let found = NEEDLES.with_borrow(|needles| needles.find(block));
    if let Some(what) = found {
        FOUND.set(Some((what, len)));
    }
}

// SAFETY: all comes from the system's allocator, and goes back there.
unsafe impl GlobalAlloc for Scanning {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeros, so that what is found was written by whoever had the block.
        // SAFETY: passed on as it came.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is given back only afterwards.
        unsafe { scan(block, layout.size()) };
        // SAFETY: passed on as it came.
        unsafe { System.dealloc(block, layout) }
    }

    // `realloc` is the one of the trait: it takes a new block, copies, and gives the old one back.
}

/// Notes the keys of every encrypter and decrypter that it makes.
#[derive(Debug)]
struct Noting(&'static dyn RecordProvider);

struct NotingAlgorithm(&'static dyn AeadAlgorithm);

impl RecordProvider for Noting {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let like = self.0.algorithm(suite)?;
        Some(Box::leak(Box::new(NotingAlgorithm(like))))
    }
}

impl AeadAlgorithm for NotingAlgorithm {
    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        note(keys);
        self.0.encrypter(keys)
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        note(keys);
        self.0.decrypter(keys)
    }
}

fn note(keys: &TrafficKeys) {
    look_for(KEY, keys.key());
    look_for("an iv", keys.iv().as_bytes());
}

const KEY: &str = "a key";

/// Notes the secret of the exporter; in TLS 1.2 that is the master secret.
#[derive(Debug)]
struct NotingLog;

impl KeyLog for NotingLog {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        if matches!(label, "EXPORTER_SECRET" | "CLIENT_RANDOM") {
            look_for("the exporter's secret", secret);
        }
    }
}

/// Connections of one kind, and what must not be found of them.
struct Kind<'a> {
    setup: &'a Setup,
    role: Role,
    configs: Configs,
}

impl Kind<'_> {
    /// Checks what `work` leaves, which takes no encrypter or decrypter apart.
    #[track_caller]
    fn moves<R>(&self, work: impl FnOnce() -> R) -> R {
        let (found, result) = found_after(work);
        self.check(found);
        result
    }

    /// Checks what `work` leaves. ring does not wipe the keys in its own objects.
    #[track_caller]
    fn ends<R>(&self, work: impl FnOnce() -> R) -> R {
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
    fn connected<C: Whole>(&self, new: fn(&Configs) -> C) -> (C, Peer) {
        NEEDLES.with_borrow_mut(|needles| needles.len = 0);
        let mut conn = new(&self.configs);
        let mut peer = self.configs.peer(self.role.other());
        complete_handshake(&mut conn, &mut peer);
        (conn, peer)
    }

    /// Has `conn` deal with `tls`, and returns what it sends.
    fn deal<Data>(&self, conn: &mut UnbufferedConnectionCommon<Data>, tls: Vec<u8>) -> Vec<u8> {
        let mut direct = Direct::new(conn);
        direct.app().incoming = tls;
        // An error is a way to end as well.
        let _ = self.ends(|| direct.run());
        let _ = self.ends(|| direct.run());
        mem::take(&mut direct.app().outgoing)
    }
}

/// Runs `test` with both roles of every suite, made for the records after the handshake and for all.
fn each(test: impl Fn(&Kind<'_>)) {
    for setup in setups() {
        let setup = setup
            .clone()
            .with_records(Box::leak(Box::new(Noting(setup.records))));
        // A limit, so that the provider is passed to the connection.
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

/// Calls `$test` with the constructor of the connections of the role.
macro_rules! each_role {
    ($test:ident) => {
        each(|kind| match kind.role {
            Role::Client => $test(kind, Configs::client),
            Role::Server => $test(kind, Configs::server),
        })
    };
}

#[test]
fn the_scan_bites() {
    let secret = *b"the secret of a test";
    let found = |work: &dyn Fn()| found_after(work).0;
    let filled = || {
        let mut block = vec![0; 100];
        block[33..][..secret.len()].copy_from_slice(&secret);
        block
    };
    assert_eq!(found(&|| drop(filled())), None, "nothing to look for yet");

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

    // What is looked for is the keys that a connection has, and they would be found.
    each(|kind| {
        fn keys_of<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
            let (conn, _peer) = kind.connected(new);
            let known: Vec<Needle> =
                NEEDLES.with_borrow(|needles| needles.all[..needles.len].to_vec());
            for what in [KEY, "an iv", "the exporter's secret"] {
                let needle = known
                    .iter()
                    .find(|needle| needle.what == what);
                let bytes = needle
                    .expect("it was noted")
                    .bytes
                    .to_vec();
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
fn a_connection_that_is_moved_or_dropped_leaves_nothing() {
    fn test<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (conn, _peer) = kind.connected(new);
        let mut all = Vec::with_capacity(1);
        kind.moves(|| {
            all.push(conn);
            all.reserve_exact(10);
        });
        let conn = kind.moves(|| all.pop().expect("it was pushed"));
        let conn = kind.moves(|| *Box::new(conn));
        kind.moves(|| drop(all));
        kind.ends(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn nor_do_halves() {
    fn test<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        for reader_first in [false, true] {
            let (conn, mut peer) = kind.connected(new);
            let boxed = Box::new(conn);
            let (reader, writer) = kind.moves(|| {
                (*boxed)
                    .split()
                    .expect("nothing is in the way")
            });
            let (reader, writer) = kind.moves(|| (*Box::new(reader), *Box::new(writer)));
            let (mut reader, mut writer) = (vec![reader], vec![writer]);
            kind.moves(|| reader.reserve_exact(5));
            kind.moves(|| writer.reserve_exact(5));

            if kind.setup.is_tls13() {
                let mut out = [0; 200];
                kind.ends(|| writer[0].refresh_traffic_keys(&mut out))
                    .expect("TLS 1.3");
                peer.conn
                    .refresh_traffic_keys()
                    .expect("TLS 1.3");
                let mut tls = peer.write();
                kind.ends(|| reader[0].read(&mut tls).map(drop))
                    .expect("a KeyUpdate");
                kind.ends(|| writer[0].flush(&mut out))
                    .expect("the answer");
            }
            kind.ends(|| {
                reader[0].release_cipher();
                writer[0].release_cipher();
            });
            match reader_first {
                true => kind.ends(|| drop(reader)),
                false => kind.ends(|| drop(writer)),
            }
        }
    }
    each_role!(test);
}

#[test]
fn nor_does_a_key_that_is_replaced() {
    fn test<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        if !kind.setup.is_tls13() {
            return;
        }
        let (mut conn, mut peer) = kind.connected(new);
        for _ in 0..2 {
            peer.conn
                .refresh_traffic_keys()
                .expect("TLS 1.3");
            let answer = kind.deal(&mut conn, peer.write());
            peer.read(&answer).expect("a KeyUpdate");
        }
        kind.ends(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn nor_does_one_whose_encrypter_is_made_again() {
    fn test<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (mut conn, mut peer) = kind.connected(new);
        for _ in 0..2 {
            kind.ends(|| conn.release_ciphers());
            let tls = peer.send(b"data");
            kind.deal(&mut conn, tls);
            let mut direct = Direct::new(&mut *conn);
            kind.ends(|| direct.send(b"data"));
        }
        kind.ends(|| conn.release_ciphers());
        kind.ends(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn nor_does_a_connection_that_fails() {
    fn test<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (mut conn, mut peer) = kind.connected(new);
        let mut tls = peer.send(b"data");
        tls[10] ^= 1;
        assert_ne!(kind.deal(&mut conn, tls), [], "an alert");
        kind.ends(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn nor_does_one_that_is_closed() {
    fn test<C: Whole>(kind: &Kind<'_>, new: fn(&Configs) -> C) {
        let (mut conn, mut peer) = kind.connected(new);
        let mut direct = Direct::new(&mut *conn);
        kind.ends(|| direct.close());
        peer.conn.send_close_notify();
        kind.deal(&mut conn, peer.write());
        kind.ends(|| drop(conn));
    }
    each_role!(test);
}

#[test]
fn nor_does_one_whose_secrets_are_taken_out() {
    /// Takes the secrets of a connection out both ways.
    macro_rules! test {
        ($kind:ident, $new:path) => {{
            let (conn, _peer) = $kind.connected($new);
            let conn = $kind.moves(|| *Box::new(conn));
            let taken = $kind.ends(|| conn.dangerous_into_kernel_connection());
            $kind.ends(|| drop(taken.expect("allowed")));

            let (conn, _peer) = $kind.connected($new);
            #[allow(deprecated)]
            let taken = $kind.ends(|| conn.dangerous_extract_secrets());
            $kind.ends(|| drop(taken.expect("allowed")));
        }};
    }
    each(|kind| match kind.role {
        Role::Client => test!(kind, Configs::client),
        Role::Server => test!(kind, Configs::server),
    });
}

/// The handshake has used this nonce: two records of one nonce give away how others are forged.
#[test]
fn a_wrapped_encrypter_leaves_nothing_of_what_it_seals_first() {
    for setup in setups() {
        let setup = setup.wrapped();
        for role in Role::BOTH {
            NEEDLES.with_borrow_mut(|needles| needles.len = 0);
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
