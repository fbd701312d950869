//! What a test ends with, and how long it may take.

use std::time::Duration;

/// After this long without progress something hangs. No test depends on it but to say so.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Says where `actual` is not `expected`, rather than print all of both.
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

/// An error unless the two are the same: a thread that panicked would leave the others waiting.
#[cfg(feature = "std")]
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    actual: T,
    expected: T,
) -> Result<()> {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("{what} is {actual:?} instead of {expected:?}").into()),
    }
}
