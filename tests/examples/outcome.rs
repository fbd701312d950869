//! What a test ends with, and how long it may take.

use std::time::Duration;

/// After this long without progress something hangs. No test depends on it but to say so.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T> = std::result::Result<T, Error>;
