//! Makes the copy of a config that rustls gets.
//!
//! The copy allows the extraction of secrets, whether or not the caller's config does. With the feature `std`, its key
//! log and its certificate resolver are ours: they inform the [`observer`](crate::observer), then call the caller's.
//! Connections that one thread makes with the same config then share one copy, which is dropped with the last of them.

#[cfg(feature = "std")]
mod copies;
mod extraction;

#[cfg(not(feature = "std"))]
use alloc::sync::Arc;

#[cfg(feature = "std")]
pub(crate) use copies::for_rustls;
#[cfg(not(feature = "std"))]
use extraction::AllowExtraction;

/// Returns the config that rustls gets in place of `config`.
#[cfg(not(feature = "std"))]
pub(crate) fn for_rustls<C: AllowExtraction>(mut config: Arc<C>) -> Arc<C> {
    Arc::make_mut(&mut config).allow_extraction();
    config
}
