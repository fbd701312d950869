//! The type, content and padding of an outgoing record.

use core::fmt;
use core::ops::Deref;

use rustls::ContentType;
use rustls::crypto::cipher::OutboundChunks;

use super::error::EncryptFailed;

/// An outgoing record before it is sealed: its type, content and padding.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutboundRecord<'a> {
    /// The type of the content. TLS 1.3 encrypts it with the content. In TLS 1.2 it is in the header, in the clear.
    pub typ: ContentType,
    /// The content, at most [`MAX_CONTENT_LEN`](crate::record::MAX_CONTENT_LEN) bytes.
    pub content: Content<'a>,
    /// Number of zero bytes that hide the content's length. RFC 8446 s5.4.
    ///
    /// Content and padding together are at most [`MAX_CONTENT_LEN`](crate::record::MAX_CONTENT_LEN) bytes. TLS 1.2 has
    /// no padding: there it is 0.
    pub padding: usize,
}

impl<'a> OutboundRecord<'a> {
    /// Makes a record without padding.
    #[inline]
    pub fn new(typ: ContentType, content: Content<'a>) -> Self {
        Self {
            typ,
            content,
            padding: 0,
        }
    }

    /// Returns the same record with `padding` zero bytes.
    pub fn padded(self, padding: usize) -> Self {
        Self { padding, ..self }
    }
}

/// The content of an outgoing record, or where it lies. `Debug` shows only its length.
#[derive(Clone)]
pub enum Content<'a> {
    /// The content is in the caller's slices, which are not modified.
    Chunks(OutboundChunks<'a>),
    /// The content is already in the output: `len` bytes of `out`, after the first
    /// [`payload_prefix_len`](super::MessageEncrypter::payload_prefix_len) bytes.
    InPlace {
        /// Bytes of content.
        len: usize,
    },
}

impl Content<'_> {
    /// Returns the length of the content in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Chunks(OutboundChunks::Single(chunk)) => chunk.len(),
            // Not `OutboundChunks::len`, which overflows if `end` is before `start`.
            Self::Chunks(OutboundChunks::Multiple { start, end, .. }) => end.saturating_sub(*start),
            Self::InPlace { len } => *len,
        }
    }

    /// Returns whether the content is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the content to the front of `out`, the payload without its prefix. The rest of `out` is untouched.
    ///
    /// Content that is [`InPlace`](Self::InPlace) already lies there, so nothing is copied.
    ///
    /// # Errors
    ///
    /// - [`EncryptFailed`]: `out` is too short, or the chunks hold fewer bytes than their range claims.
    pub fn place(&self, out: &mut [u8]) -> Result<(), EncryptFailed> {
        let out = out
            .get_mut(..self.len())
            .ok_or(EncryptFailed)?;
        self.fill(out)
    }

    /// As [`place`](Self::place), if `out` is exactly as long as the content. This spares a second computation of the
    /// length.
    #[inline]
    pub(crate) fn fill(&self, out: &mut [u8]) -> Result<(), EncryptFailed> {
        match self {
            Self::InPlace { .. } => Ok(()),
            Self::Chunks(OutboundChunks::Single(chunk)) => {
                out.copy_from_slice(chunk);
                Ok(())
            }
            Self::Chunks(OutboundChunks::Multiple { chunks, start, .. }) => {
                copy_from(chunks, *start, out)
            }
        }
    }
}

/// Fills `out` from `slices`, after skipping their first `skip` bytes.
pub(crate) fn copy_from(
    slices: &[impl Deref<Target = [u8]>],
    mut skip: usize,
    mut out: &mut [u8],
) -> Result<(), EncryptFailed> {
    for slice in slices {
        let skipped = skip.min(slice.len());
        skip -= skipped;
        let piece = &slice[skipped..];
        if let Some(last) = piece.get(..out.len()) {
            out.copy_from_slice(last);
            return Ok(());
        }
        let (now, later) = out.split_at_mut(piece.len());
        now.copy_from_slice(piece);
        out = later;
    }
    match out {
        [] => Ok(()),
        _ => Err(EncryptFailed),
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(match self {
            Self::Chunks(_) => "Chunks",
            Self::InPlace { .. } => "InPlace",
        })
        .field("len", &self.len())
        .finish_non_exhaustive()
    }
}

impl<'a> From<&'a [u8]> for Content<'a> {
    #[inline]
    fn from(content: &'a [u8]) -> Self {
        Self::Chunks(OutboundChunks::Single(content))
    }
}

impl<'a> From<OutboundChunks<'a>> for Content<'a> {
    #[inline]
    fn from(content: OutboundChunks<'a>) -> Self {
        Self::Chunks(content)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn debug_contains_no_content() {
        let debug = format!("{:?}", Content::from(&b"secret"[..]));
        assert_eq!(debug, "Chunks { len: 6, .. }");
    }

    #[test]
    fn gathered_content_is_copied_whatever_the_range() {
        let all: Vec<u8> = (0..9).collect();
        let chunks: [&[u8]; 6] = [&[], &all[..1], &[], &all[1..5], &all[5..9], &[]];
        for start in 0..=9 {
            for end in start..=9 {
                let content = Content::Chunks(OutboundChunks::Multiple {
                    chunks: &chunks,
                    start,
                    end,
                });
                let mut out = [0xee; 10];
                content.place(&mut out).unwrap();
                assert_eq!(out[..end - start], all[start..end]);
                assert!(
                    out[end - start..]
                        .iter()
                        .all(|b| *b == 0xee)
                );
            }
        }
    }

    #[test]
    fn a_range_beyond_the_chunks_is_refused() {
        let chunks: [&[u8]; 2] = [&[1, 2], &[3]];
        for (start, end) in [(0, 4), (2, 5), (9, 10), (3, 4)] {
            let content = Content::Chunks(OutboundChunks::Multiple {
                chunks: &chunks,
                start,
                end,
            });
            assert_eq!(content.place(&mut [0; 16]), Err(EncryptFailed));
        }
    }

    #[test]
    fn chunks_whose_range_ends_before_it_starts_are_empty() {
        let content = Content::Chunks(OutboundChunks::Multiple {
            chunks: &[&[1, 2, 3]],
            start: 2,
            end: 1,
        });
        assert!(content.is_empty());
    }

    #[test]
    fn content_that_does_not_fit_is_refused() {
        assert_eq!(
            Content::from(&[1, 2][..]).place(&mut [0]),
            Err(EncryptFailed)
        );
        assert_eq!(
            Content::InPlace { len: 2 }.place(&mut [0]),
            Err(EncryptFailed)
        );
    }
}
