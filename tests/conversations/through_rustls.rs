//! The program over rustls's unbuffered API.

#[path = "library/rustls.rs"]
mod tls;

#[allow(clippy::duplicate_mod, reason = "the same program over two libraries")]
#[path = "program/mod.rs"]
mod program;

pub(crate) use program::open;
