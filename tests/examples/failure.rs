//! How a test fails: the error and the time limit.

use std::time::Duration;

/// A test that waits longer than this without progress has failed.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T> = std::result::Result<T, Error>;
