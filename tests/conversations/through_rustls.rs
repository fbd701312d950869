//! The program over rustls's unbuffered API.

use rustls as tls;

#[allow(clippy::duplicate_mod, reason = "the same program over two libraries")]
#[path = "program/mod.rs"]
mod program;

pub(crate) use program::open;

/// rustls seals and opens its own records.
fn assert_direct<Data>(_: &tls::unbuffered::UnbufferedConnectionCommon<Data>) {}
