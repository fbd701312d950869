//! The copy of a config that rustls gets.
//!
//! Secrets may be extracted in it, whether or not they may in the caller's. With the feature `std`, its key log and its
//! resolver of certificates are ours: they tell the [`observer`](crate::observer), and pass on to the caller's. The
//! connections that a thread makes of one config share a copy of it then, as long as any of them has a use for it.

#[cfg(feature = "std")]
mod copies;
mod extraction;

#[cfg(not(feature = "std"))]
use alloc::sync::Arc;

#[cfg(feature = "std")]
pub(crate) use copies::for_rustls;
#[cfg(not(feature = "std"))]
use extraction::AllowExtraction;

/// What rustls gets in place of `config`.
#[cfg(not(feature = "std"))]
pub(crate) fn for_rustls<C: AllowExtraction>(mut config: Arc<C>) -> Arc<C> {
    Arc::make_mut(&mut config).allow_extraction();
    config
}
