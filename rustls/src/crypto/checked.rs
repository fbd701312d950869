//! Remembers the crypto providers that passed the checks, so that each thread checks the suites of a provider once.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::cell::RefCell;
use std::thread_local;

use rustls::crypto::CryptoProvider;

use super::suites::is_same_provider;
use crate::cipher::RecordProvider;

/// A crypto provider and a record provider that passed the checks together.
struct Checked {
    /// The weak reference keeps the address from being reused and makes `Arc::get_mut` fail. The provider is still
    /// dropped with its last owner.
    rustls: Weak<CryptoProvider>,
    /// The record provider that the caller passed.
    records: Option<&'static dyn RecordProvider>,
}

/// Most pairs that a thread remembers. Each new connection searches all of them.
const MAX_CHECKED: usize = 8;

thread_local! {
    static CHECKED: RefCell<Vec<Checked>> = const { RefCell::new(Vec::new()) };
}

/// Returns whether this pair passed the checks on this thread.
pub(super) fn contains(
    rustls: &Arc<CryptoProvider>,
    records: Option<&'static dyn RecordProvider>,
) -> bool {
    CHECKED
        .try_with(|checked| {
            checked.borrow().iter().any(|known| {
                known.rustls.as_ptr() == Arc::as_ptr(rustls)
                    && is_same_records(known.records, records)
            })
        })
        // The thread-local list is already destroyed.
        .unwrap_or(false)
}

/// Remembers that this pair passed the checks. It replaces the oldest pair if the list is full.
pub(super) fn remember(rustls: &Arc<CryptoProvider>, records: Option<&'static dyn RecordProvider>) {
    let _ = CHECKED.try_with(|checked| {
        let mut checked = checked.borrow_mut();
        checked.retain(|known| known.rustls.strong_count() > 0);
        if checked.len() == MAX_CHECKED {
            checked.remove(0);
        }
        checked.push(Checked {
            rustls: Arc::downgrade(rustls),
            records,
        });
    });
}

fn is_same_records(
    one: Option<&'static dyn RecordProvider>,
    other: Option<&'static dyn RecordProvider>,
) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => is_same_provider(one, other),
        _ => false,
    }
}
