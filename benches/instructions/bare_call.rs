//! The bare AEAD calls that cases are compared with.

use std::fmt;
use std::hint::black_box;

use testing::Setup;
use testing::raw::with_made_up_keys;

use crate::buffers::{opened_room, plaintext, plan, sealed_records, sealed_room};
use crate::measure::{RECORDS, measure};

/// One AEAD call per record with `size` bytes of content.
pub(crate) struct BareCall {
    pub(crate) setup: Setup,
    pub(crate) call: AeadCall,
    pub(crate) size: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AeadCall {
    Seal,
    SealInPlace,
    Open,
    OpenInto,
}

impl BareCall {
    pub(crate) fn run(&self) {
        let Self { setup, size, .. } = self;
        let mut bare = with_made_up_keys(setup);
        let plan = plan(setup, *size);
        let (plaintext, out) = (plaintext(*size), sealed_room(setup, *size, 1));
        match self.call {
            AeadCall::Seal => {
                measure(self, |_| {
                    bare.seal(black_box(&plan), black_box(&*plaintext), out);
                });
                assert!(out[..] == sealed_records(setup, *size)[RECORDS][..]);
            }
            // Seals whatever the buffer holds, so that nothing has to be copied.
            AeadCall::SealInPlace => measure(self, |_| bare.seal_in_place(black_box(&plan), out)),
            AeadCall::Open => {
                let mut records = sealed_records(setup, *size);
                measure(self, |i| bare.open(black_box(&plan), records[i]));
            }
            AeadCall::OpenInto => {
                let mut records = sealed_records(setup, *size);
                let opened = opened_room(*size);
                measure(self, |i| {
                    bare.open_into(black_box(&plan), records[i], opened);
                });
                assert!(opened.starts_with(plaintext));
            }
        }
    }
}

impl fmt::Display for BareCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setup, call, size } = self;
        write!(f, "{}:{:?}:Bare:{call:?}:{size}", setup.library, setup.id())
    }
}
