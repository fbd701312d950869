//! The program over rustls-direct.

#[path = "library/direct.rs"]
mod tls;

#[allow(clippy::duplicate_mod, reason = "the same program over two libraries")]
#[path = "program/mod.rs"]
mod program;

pub(crate) use program::open;
