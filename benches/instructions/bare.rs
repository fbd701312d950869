//! The bare AEAD calls, and what they are made with.

use std::fmt;
use std::hint::black_box;

use testing::raw::{Plan, Shape, with_made_up_keys};
use testing::{Setup, pattern};

use crate::count::{RECORDS, measure};
use crate::placed;

/// A call for records with `size` bytes of content.
pub(crate) struct Bare {
    pub(crate) setup: Setup,
    pub(crate) call: Call,
    pub(crate) size: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Call {
    Seal,
    SealInPlace,
    Open,
    OpenInto,
}

impl Bare {
    pub(crate) fn run(&self) {
        let Self { setup, size, .. } = self;
        let mut bare = with_made_up_keys(setup);
        let plan = plan(setup, *size);
        let (plaintext, out) = (plaintext(*size), room(setup, *size, 1));
        match self.call {
            Call::Seal => {
                measure(self, |_| {
                    bare.seal(black_box(&plan), black_box(&*plaintext), out);
                });
                assert!(out[..] == sealed(setup, *size)[RECORDS][..]);
            }
            // Whatever is in there, so that nothing has to be copied.
            Call::SealInPlace => measure(self, |_| bare.seal_in_place(black_box(&plan), out)),
            Call::Open => {
                let mut records = sealed(setup, *size);
                measure(self, |i| bare.open(black_box(&plan), records[i]));
            }
            Call::OpenInto => {
                let mut records = sealed(setup, *size);
                let opened = opened_room(*size);
                measure(self, |i| {
                    bare.open_into(black_box(&plan), records[i], opened);
                });
                assert!(opened.starts_with(plaintext));
            }
        }
    }
}

impl fmt::Display for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setup, call, size } = self;
        write!(f, "{}:{:?}:Bare:{call:?}:{size}", setup.library, setup.id())
    }
}

pub(crate) fn plaintext(size: usize) -> &'static mut [u8] {
    placed::input(&pattern(size))
}

/// Output for so many records, with their headers.
pub(crate) fn room(setup: &Setup, size: usize, records: usize) -> &'static mut [u8] {
    let plan = plan(setup, size);
    let mut out = vec![0; plan.tls_len];
    plan.write_headers(&mut out);
    placed::output(&out.repeat(records))
}

/// Output for what a record opens to: content, and the type byte of TLS 1.3.
pub(crate) fn opened_room(size: usize) -> &'static mut [u8] {
    placed::output(&vec![0; size + 1])
}

/// A record under the made-up keys for each that is measured, and the one before them.
pub(crate) fn sealed(setup: &Setup, size: usize) -> Vec<&'static mut [u8]> {
    let mut sealer = with_made_up_keys(setup);
    let (plan, plaintext, out) = (plan(setup, size), plaintext(size), room(setup, size, 1));
    (0..=RECORDS)
        .map(|_| {
            sealer.seal(&plan, plaintext, out);
            placed::input(out)
        })
        .collect()
}

fn plan(setup: &Setup, size: usize) -> Plan {
    Plan::new(Shape::of(setup), size, None)
}
