//! Counts the allocations of this program with glibc.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use malloc_counter::{allocations, live_bytes};

#[test]
fn bytes_count_while_they_are_held() {
    let (bytes, held) = live_bytes(|| {
        drop(vec![0_u8; 100_000]);
        vec![0_u8; 1000]
    });
    let bytes = bytes.expect("glibc can count");
    assert!((1000..1100).contains(&bytes), "{bytes}");
    let (freed, ()) = live_bytes(|| drop(held));
    assert_eq!(freed, Some(-bytes));
}

#[test]
fn growing_counts_once() {
    let (bytes, held) = live_bytes(|| {
        let mut held = vec![0_u8; 10];
        held.reserve_exact(5000);
        held
    });
    assert!((5000..5100).contains(&bytes.expect("glibc can count")));
    drop(held);
}

#[test]
fn allocations_are_counted_and_frees_are_not() {
    let (calls, ()) = allocations(|| drop(vec![0_u8; 10]));
    assert_eq!(calls, Some(1));
}
