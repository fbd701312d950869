//! The result of opening a payload.

use core::ops::Range;

use rustls::ContentType;

use super::error::DecryptFailed;
use crate::record::APPLICATION_DATA;

/// The type and the position of the content in a payload that was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    /// The type of the content. In TLS 1.3 it is the type that was encrypted with the content.
    pub typ: ContentType,
    /// The content's range in the slice that holds the plaintext.
    pub content: Range<usize>,
}

impl Opened {
    /// Finds the type and the content in a TLS 1.3 plaintext: content, type byte, zeros. RFC 8446 s5.4.
    ///
    /// # Errors
    ///
    /// - [`NoContentType`](DecryptFailed::NoContentType): `plaintext` is empty or all zeros.
    #[inline]
    pub fn of_inner_plaintext(plaintext: &[u8]) -> Result<Self, DecryptFailed> {
        // Nearly all records are data without padding.
        if let [content @ .., APPLICATION_DATA] = plaintext {
            return Ok(Self {
                typ: ContentType::ApplicationData,
                content: 0..content.len(),
            });
        }
        let end = plaintext
            .iter()
            .rposition(|byte| *byte != 0)
            .ok_or(DecryptFailed::NoContentType)?;
        Ok(Self {
            typ: ContentType::from(plaintext[end]),
            content: 0..end,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn the_type_is_the_last_byte_that_is_not_zero() {
        for padding in [0, 1, 300] {
            for typ in [20, 21, 22, 23, 24, 99] {
                for content in [&b""[..], b"a", b"a\0", b"\0\0"] {
                    let plaintext = [content, &[typ], &vec![0; padding]].concat();
                    let opened = Opened::of_inner_plaintext(&plaintext).unwrap();
                    assert_eq!(opened.typ, ContentType::from(typ));
                    assert_eq!(&plaintext[opened.content], content);
                }
            }
            assert_eq!(
                Opened::of_inner_plaintext(&vec![0; padding]),
                Err(DecryptFailed::NoContentType)
            );
        }
    }
}
