//! The expected result of a case, and the actual one.

use std::fmt;

use crate::plain_record::ByteCount;

/// Why a case failed.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) expected: String,
    pub(crate) actual: String,
}

impl Difference {
    pub(crate) fn new(expected: impl fmt::Display, actual: impl fmt::Display) -> Self {
        Self {
            expected: format!("{expected}"),
            actual: format!("{actual}"),
        }
    }
}

/// Succeeds if both are equal.
pub(crate) fn expect_equal<T: fmt::Debug + PartialEq>(
    expected: T,
    actual: T,
) -> Result<(), Difference> {
    match expected == actual {
        true => Ok(()),
        false => Err(Difference::new(
            format_args!("{expected:?}"),
            format_args!("{actual:?}"),
        )),
    }
}

/// Succeeds if both are equal. The difference shows each from the first byte that differs.
pub(crate) fn expect_equal_bytes(expected: &[u8], actual: &[u8]) -> Result<(), Difference> {
    if expected == actual {
        return Ok(());
    }
    let from = expected
        .iter()
        .zip(actual)
        .take_while(|(expected, actual)| expected == actual)
        .count();
    Err(Difference::new(
        Excerpt {
            bytes: expected,
            from,
        },
        Excerpt {
            bytes: actual,
            from,
        },
    ))
}

/// Shows the length of `bytes`, and up to 16 bytes from `from` on.
struct Excerpt<'a> {
    bytes: &'a [u8],
    from: usize,
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        write!(
            f,
            "{}, from byte {} on ",
            ByteCount(self.bytes.len()),
            self.from
        )?;
        match &self.bytes[self.from..] {
            [] => f.write_str("none"),
            rest => {
                for byte in &rest[..rest.len().min(SHOWN)] {
                    write!(f, "{byte:02x}")?;
                }
                f.write_str(if rest.len() > SHOWN { "..." } else { "" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_from_where_they_differ() {
        assert!(expect_equal_bytes(&[1, 2], &[1, 2]).is_ok());

        let Difference { expected, actual } =
            expect_equal_bytes(&[1, 2, 0xab], &[1, 2, 0xcd]).unwrap_err();
        assert_eq!(expected, "3 bytes, from byte 2 on ab");
        assert_eq!(actual, "3 bytes, from byte 2 on cd");

        let Difference { expected, actual } = expect_equal_bytes(&[9; 40], &[9; 20]).unwrap_err();
        assert_eq!(
            expected,
            "40 bytes, from byte 20 on 09090909090909090909090909090909..."
        );
        assert_eq!(actual, "20 bytes, from byte 20 on none");
    }
}
