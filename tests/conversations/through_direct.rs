//! The program over rustls-direct.

use rustls_direct as tls;

#[allow(clippy::duplicate_mod, reason = "the same program over two libraries")]
#[path = "program/mod.rs"]
mod program;

pub(crate) use program::open;

/// Checks that the records do not pass through rustls any more.
fn assert_direct<Data>(conn: &tls::unbuffered::UnbufferedConnectionCommon<Data>) {
    assert!(conn.is_direct());
}
