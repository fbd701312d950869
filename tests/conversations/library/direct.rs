//! rustls-direct, as the program names it.

pub(super) use rustls_direct::{client, server, unbuffered};

/// Checks that the records no longer pass through rustls.
pub(super) fn assert_direct<Data>(conn: &unbuffered::UnbufferedConnectionCommon<Data>) {
    assert!(conn.is_direct());
}
