//! How a test fails: the error, the time limit, and comparisons.

use std::time::Duration;

/// A test that waits longer than this without progress has failed.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Compares the bytes, and reports the first difference instead of printing all of them.
pub(crate) fn compare(what: &str, actual: &[u8], expected: &[u8]) -> Result<()> {
    if actual == expected {
        return Ok(());
    }
    let wrong = actual
        .iter()
        .zip(expected)
        .position(|(a, b)| a != b);
    Err(match wrong {
        Some(at) => format!("{what} is wrong at byte {at}"),
        None => format!(
            "{what} has {} bytes instead of {}",
            actual.len(),
            expected.len()
        ),
    }
    .into())
}

/// Returns an error unless the two are equal. A panic in one thread would leave the others waiting.
#[cfg(feature = "std")]
pub(crate) fn ensure_equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    actual: T,
    expected: T,
) -> Result<()> {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("{what} is {actual:?} instead of {expected:?}").into()),
    }
}
