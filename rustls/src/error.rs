//! Makes errors of rustls's type for cases that rustls has no variant for.

use alloc::string::String;

use rustls::Error;

/// Makes an error whose message is `why`.
///
/// It is an `Error::Other`, which rustls displays as "other error: ...". `Error::General` is for faults that should not
/// occur: rustls displays it as "unexpected error: ...".
#[cold]
#[cfg(feature = "std")]
pub(crate) fn explained(why: impl Into<String>) -> Error {
    Error::Other(rustls::OtherError(alloc::sync::Arc::new(Explained(
        why.into(),
    ))))
}

/// Makes an error whose message is `why`. It is an `Error::General`, because `Error::Other` holds no text without
/// `std`.
#[cold]
#[cfg(not(feature = "std"))]
pub(crate) fn explained(why: impl Into<String>) -> Error {
    Error::General(why.into())
}

#[cfg(feature = "std")]
#[derive(Debug)]
struct Explained(String);

#[cfg(feature = "std")]
impl core::fmt::Display for Explained {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "std")]
impl core::error::Error for Explained {}
