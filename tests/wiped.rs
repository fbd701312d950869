//! Does a handshake message in pieces leave a copy in freed memory?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::slice;

use rustls::ContentType::Handshake;
use rustls_direct::unbuffered::{ConnectionState, UnbufferedStatus};
use testing::{Forger, NewSessionTicket, Role, Setup, one_setup_per_version};

/// A text that no freed block may contain.
const SECRET: [u8; 16] = *b"never given back";

thread_local! {
    /// How often the text was found in freed blocks, while this thread is watched.
    static FOUND: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Searches every freed block. `realloc` is the default, which frees the old block.
struct Watching;

#[global_allocator]
static WATCHING: Watching = Watching;

// SAFETY: all calls are passed on to the system's allocator.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that the text can only have been written into this block.
        // SAFETY: the caller has the same duty.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(found) = FOUND.get() {
            // SAFETY: no one else uses the block any more, and all of it was written.
            let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
            let times = bytes
                .windows(SECRET.len())
                .filter(|window| *window == SECRET)
                .count();
            FOUND.set(Some(found + times));
        }
        // SAFETY: the caller has the same duty.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How many copies of the secret `work` leaves in freed blocks.
fn copies(work: impl FnOnce()) -> usize {
    FOUND.set(Some(0));
    work();
    FOUND.take().unwrap_or_default()
}

#[test]
fn a_freed_copy_is_found() {
    let mut bytes = SECRET.to_vec();
    let grown = copies(|| {
        bytes.reserve(1000);
        drop(bytes);
    });
    assert_eq!(grown, 2);
}

/// R13-5.1-f: two tickets, the second of which begins in the record in which the first ends.
#[test]
fn a_message_in_pieces_leaves_no_copy() {
    for setup in one_setup_per_version()
        .into_iter()
        .filter(Setup::is_tls13)
    {
        println!("{}", setup.name());
        let mut ticket = NewSessionTicket::with_len(5000);
        ticket.ticket[..SECRET.len()].copy_from_slice(&SECRET);
        let tickets = [ticket.message(), ticket.message()].concat();
        for len in [1, 100, 700, 4000] {
            let mut conn = setup.client();
            let mut forger = Forger::of(&setup, Role::Client, &mut conn);
            let mut records: Vec<_> = tickets
                .chunks(len)
                .map(|piece| forger.seal(Handshake, piece))
                .collect();
            let before = conn.tls13_tickets_received();
            let copies = copies(|| {
                for record in &mut records {
                    let UnbufferedStatus { discard, state } = conn.process_tls_records(record);
                    assert!(matches!(state, Ok(ConnectionState::WriteTraffic(_))));
                    assert_eq!(discard, record.len());
                }
            });
            assert_eq!(conn.tls13_tickets_received(), before + 2);
            assert_eq!(copies, 0, "in pieces of {len} bytes");
        }
    }
}
