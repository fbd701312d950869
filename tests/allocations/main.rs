//! Are records sealed and opened without an allocation, in Rust or in C?
//!
//! `malloc_counter` replaces malloc, calloc, realloc and posix_memalign of this program. A second counter counts only
//! Rust's allocations, so the difference between the two is C's.
#![cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(feature = "aws_lc_rs", feature = "ring")
))]

#[cfg(feature = "std")]
mod halves;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use malloc_counter::allocations;
use rustls::ContentType::ApplicationData;
use rustls::crypto::cipher::OutboundChunks;
use rustls_direct::cipher::{Content, OutboundRecord};
use rustls_direct::record_layer::OpenedInto;
use testing::{
    Endpoint, Peer, Role, Setup, one_setup_per_version, pattern, room_for, seal, setups,
};

/// Lengths of writes: a byte, a part of a record, a whole one, two, and many.
const SIZES: [usize; 5] = [1, 1000, 16_384, 16_385, 100_000];

/// How often `work` allocates.
#[derive(Debug, Eq, PartialEq)]
struct Count {
    /// In Rust and in C.
    all: u64,
    /// In Rust.
    rust: u64,
}

const NONE: Count = Count { all: 0, rust: 0 };
const ONE: Count = Count { all: 1, rust: 1 };

fn count<T>(work: impl FnOnce() -> T) -> (Count, T) {
    let before = RUST.get();
    let (all, result) = allocations(|| black_box(work()));
    let rust = RUST.get() - before;
    let all = all.expect("a system with a counter");
    (Count { all, rust }, result)
}

thread_local! {
    static RUST: Cell<u64> = const { Cell::new(0) };
}

/// Rust's default allocator with a counter.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: all calls are passed on unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        RUST.set(RUST.get() + 1);
        // SAFETY: the caller has the same duty.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        RUST.set(RUST.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        RUST.set(RUST.get() + 1);
        // SAFETY: as above.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Runs `test` with every library, suite and role of ours, after the handshake and a record each way.
fn for_each_connection(test: impl Fn(&mut dyn Endpoint, &mut Peer)) {
    let setups = setups();
    assert!(!setups.is_empty());
    for setup in setups {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut peer) = setup.connected(role);
            let tls = direct.send(b"warm up");
            peer.read(&tls).expect("a record");
            let tls = peer.send(b"warm up");
            direct.app().incoming.extend(tls);
            direct.run().expect("a record");
            test(&mut *direct, &mut peer);
        }
    }
}

#[test]
fn the_counter_counts_a_vec() {
    let (malloc, mut vec) = count(|| Vec::<u8>::with_capacity(1));
    assert_eq!(malloc, ONE);
    let (realloc, ()) = count(|| black_box(&mut vec).reserve_exact(1000));
    assert_eq!(realloc, ONE);
    let (calloc, _) = count(|| vec![0_u8; 1000]);
    assert_eq!(calloc, ONE);
}

#[test]
fn the_counter_counts_a_large_alignment() {
    #[repr(align(256))]
    struct Aligned([u8; 256]);

    let (posix_memalign, aligned) = count(|| Box::new(Aligned([1; 256])));
    assert_eq!(posix_memalign, ONE);
    assert_eq!(aligned.0[0], 1);
}

#[test]
fn the_counter_counts_nothing_without_an_allocation() {
    let mut vec = Vec::with_capacity(1000);
    let (none, ()) = count(|| vec.extend_from_slice(&[1; 1000]));
    assert_eq!(none, NONE);
}

#[cfg(feature = "aws_lc_rs")]
#[test]
fn the_counter_counts_an_aead_context_that_c_allocates() {
    use aws_lc_rs::aead::{
        AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, UnboundKey,
    };

    for algorithm in [&AES_128_GCM, &AES_256_GCM, &CHACHA20_POLY1305] {
        assert_eq!(algorithm.nonce_len(), NONCE_LEN);
        let key = vec![7; algorithm.key_len()];
        let (made, _context) = count(|| {
            let key = UnboundKey::new(algorithm, &key).expect("a key");
            LessSafeKey::new(key)
        });
        assert_eq!(made, Count { all: 1, rust: 0 }, "{algorithm:?}");
    }
}

#[test]
fn writing_allocates_nothing() {
    for_each_connection(|direct, peer| {
        for size in SIZES {
            let data = pattern(size);
            let (refused, room) = count(|| direct.encrypt(&data, &mut []));
            let mut out = vec![0; room_for(room)];
            let (sealed, written) = count(|| direct.encrypt(&data, &mut out));
            assert_eq!(refused, NONE, "{size} bytes, without room");
            assert_eq!(sealed, NONE, "{size} bytes");
            assert_eq!(written.expect("room for it"), out.len());

            peer.read(&out).expect("sealed records");
            assert!(peer.received.ends_with(&data));
            peer.received.clear();
        }
    });
}

#[test]
fn reading_allocates_nothing() {
    for_each_connection(|direct, peer| {
        for size in SIZES {
            let data = pattern(size);
            let app = direct.app();
            app.received = Vec::with_capacity(size);
            app.incoming = peer.send(&data);
            let (opened, result) = count(|| direct.run());
            assert_eq!(opened, NONE, "{size} bytes");
            result.expect("rustls's records");
            assert!(direct.app().received == data);
            assert!(direct.app().incoming.is_empty());
        }
    });
}

#[test]
fn writing_and_reading_small_records_allocates_nothing() {
    for setup in setups() {
        let small = setup
            .clone()
            .with_max_fragment_size(1000);
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut peer) = small.connected(role);
            direct.send(b"warm up");
            let data = pattern(100_000);

            let mut out = vec![0; room_for(direct.encrypt(&data, &mut []))];
            let (sealed, _) = count(|| direct.encrypt(&data, &mut out));
            assert_eq!(sealed, NONE);

            let app = direct.app();
            app.received = Vec::with_capacity(data.len());
            app.incoming = peer.send(&data);
            let (opened, _) = count(|| direct.run());
            assert_eq!(opened, NONE);
            assert!(direct.app().received == data);
        }
    }
}

/// The cost of a provider that does not know our traits: one allocation per sealed record, of whatever shape, and none
/// per opened record.
#[test]
fn wrapped_objects_allocate_once_for_a_sealed_record() {
    for setup in one_setup_per_version() {
        for role in Role::BOTH {
            println!("{} {role:?}", setup.name());
            let (mut direct, mut peer) = setup.wrapped().connected(role);
            assert!(!direct.is_direct());
            direct.send(b"warm up");
            for (size, records) in [(1, 1), (16_384, 1), (100_000, 7)] {
                let data = pattern(size);
                let mut out = vec![0; room_for(direct.encrypt(&data, &mut []))];
                let (sealed, _) = count(|| direct.encrypt(&data, &mut out));
                let expected = Count {
                    all: records,
                    rust: records,
                };
                assert_eq!(sealed, expected, "{size} bytes");

                let app = direct.app();
                app.received = Vec::with_capacity(size);
                app.incoming = peer.send(&data);
                let (opened, _) = count(|| direct.run());
                assert_eq!(opened, NONE, "{size} bytes");
                assert!(direct.app().received == data);
                direct.app().received.clear();
            }
        }
    }
}

#[test]
fn closing_allocates_nothing() {
    for_each_connection(|direct, _| {
        let mut out = vec![0; 64];
        let (sealed, written) = count(|| direct.close_notify(&mut out));
        assert_eq!(sealed, NONE);
        assert!(written.expect("room for it") > 0);
    });
}

/// The contents of one record, in all shapes.
fn records<'a>(
    setup: &Setup,
    data: &'a [u8],
    gathered: &'a [&'a [u8]],
) -> Vec<(&'static str, OutboundRecord<'a>)> {
    let record = |content| OutboundRecord::new(ApplicationData, content);
    let mut records = vec![
        ("one slice", record(data.into())),
        ("gathered", record(OutboundChunks::new(gathered).into())),
        ("in place", record(Content::InPlace { len: data.len() })),
    ];
    if setup.is_tls13() {
        records.push(("padded", record(data.into()).padded(16_384 - data.len())));
    }
    records
}

#[test]
fn the_sealing_half_allocates_nothing() {
    for setup in setups() {
        let mut sealer = setup.sealer();
        let mut out = vec![0; sealer.encrypted_len(16_384)];
        let warm_up = OutboundRecord::new(ApplicationData, b"warm up"[..].into());
        sealer
            .encrypt_outgoing(warm_up, &mut out)
            .expect("room for it");
        for size in [0, 1, 1000, 16_384] {
            let data = pattern(size);
            let (front, back) = data.split_at(size / 3);
            for (shape, record) in records(&setup, &data, &[front, &[], back]) {
                let (sealed, result) = count(|| sealer.encrypt_outgoing(record, &mut out));
                assert_eq!(sealed, NONE, "{}, {size} bytes, {shape}", setup.name());
                result.expect("room for it");
            }
        }
    }
}

#[test]
fn the_opening_half_allocates_nothing() {
    for setup in setups() {
        let (mut sealer, mut opener) = (setup.sealer(), setup.opener());
        let mut next = |size| {
            let data = pattern(size);
            let record = OutboundRecord::new(ApplicationData, data[..].into());
            seal(&mut sealer, record)
        };
        opener
            .decrypt_incoming(&mut next(7))
            .expect("a record to warm up");
        for size in [0, 1, 1000, 16_384] {
            let mut tls = next(size);
            let (opened, result) = count(|| opener.decrypt_incoming(&mut tls));
            assert_eq!(opened, NONE, "{}, {size} bytes", setup.name());
            assert!(matches!(result, Ok(Some(_))));

            let mut tls = next(size);
            let mut out = vec![0; size + 1];
            let (opened, result) = count(|| opener.decrypt_incoming_into(&mut tls, &mut out));
            assert_eq!(opened, NONE, "{}, {size} bytes into", setup.name());
            assert!(matches!(result, Ok(Some(OpenedInto::Out(_)))));
        }
    }
}
