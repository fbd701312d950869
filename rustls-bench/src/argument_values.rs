//! Parses the values of arguments.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use time::Date;
use time::macros::format_description;

pub(crate) fn multiplier(text: &str) -> Result<f64, String> {
    within(text, 0.001..=10_000.0)
}

pub(crate) fn plaintext_size(text: &str) -> Result<u32, String> {
    within(&in_bytes(text), 1..=1 << 28)
}

pub(crate) fn max_fragment(text: &str) -> Result<u16, String> {
    within(&in_bytes(text), 32..=16_389)
}

/// Returns the number of bytes of a size like `16K`, as text. Returns any other text unchanged.
fn in_bytes(text: &str) -> String {
    let factor = match text.chars().last() {
        Some('k' | 'K') => 1 << 10,
        Some('m' | 'M') => 1 << 20,
        _ => return text.into(),
    };
    text[..text.len() - 1]
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(factor))
        .map_or(text.into(), |bytes| bytes.to_string())
}

pub(crate) fn threads(text: &str) -> Result<usize, String> {
    within(text, 1..=256)
}

pub(crate) fn connections(text: &str) -> Result<usize, String> {
    within(text, 1..=100_000)
}

pub(crate) fn date(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "expected a date like 2026-01-31".into())
}

fn within<T>(text: &str, range: RangeInclusive<T>) -> Result<T, String>
where
    T: Copy + Display + FromStr + PartialOrd,
{
    text.parse()
        .ok()
        .filter(|value| range.contains(value))
        .ok_or_else(|| {
            let (start, end) = (range.start(), range.end());
            format!("expected a number from {start} to {end}")
        })
}
