//! Errors that rustls has no variant for.

use alloc::string::String;

use rustls::Error;

/// An error of rustls's type that shows `why`.
///
/// rustls shows `Error::General` as "unexpected error: ...", which reads like a fault of the library. It is only for what we
/// do not expect indeed. `Error::Other` is shown as "other error: ...".
#[cold]
#[cfg(feature = "std")]
pub(crate) fn explained(why: impl Into<String>) -> Error {
    Error::Other(rustls::OtherError(alloc::sync::Arc::new(Explained(
        why.into(),
    ))))
}

/// An error of rustls's type that shows `why`. Without `std`, `Error::Other` holds no text.
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
