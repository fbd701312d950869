//! Data of the caller that is not in one piece.

#[cfg(feature = "std")]
use std::io::IoSlice;

use rustls::crypto::cipher::OutboundChunks;

use crate::cipher::Content;

/// What is to be written: one slice, or several that follow each other.
///
/// It is made by `into()` from a slice, from rustls's [`OutboundChunks`], or, with the feature `std`, from `&[IoSlice]`.
#[derive(Clone)]
pub struct Gathered<'a>(Pieces<'a>);

#[derive(Clone)]
enum Pieces<'a> {
    Chunks(OutboundChunks<'a>),
    #[cfg(feature = "std")]
    IoSlices {
        slices: &'a [IoSlice<'a>],
        /// Bytes of the first of them that are done with.
        done: usize,
        /// Bytes that are left.
        len: usize,
    },
}

impl<'a> Gathered<'a> {
    /// Bytes of data.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Pieces::Chunks(OutboundChunks::Single(chunk)) => chunk.len(),
            // Not `OutboundChunks::len`, which overflows if `end` is before `start`.
            Pieces::Chunks(OutboundChunks::Multiple { start, end, .. }) => {
                end.saturating_sub(*start)
            }
            #[cfg(feature = "std")]
            Pieces::IoSlices { len, .. } => *len,
        }
    }

    /// The data, if it is in one piece.
    #[inline]
    pub(super) fn as_slice(&self) -> Option<&'a [u8]> {
        match &self.0 {
            Pieces::Chunks(OutboundChunks::Single(chunk)) => Some(chunk),
            _ => None,
        }
    }

    /// Whether there is no data.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the first `len` bytes, as the content of a record that is going to be sealed at the front of `record`.
    ///
    /// They stay where they are if rustls has a type for that. If not, they are copied to where they are sealed, which is
    /// what becomes of gathered content in any case; there it begins at `content_offset`.
    #[inline]
    pub(super) fn take(
        &mut self,
        len: usize,
        record: &mut [u8],
        content_offset: impl FnOnce() -> usize,
    ) -> Content<'a> {
        #[cfg(not(feature = "std"))]
        let _ = (record, content_offset);
        match &mut self.0 {
            Pieces::Chunks(OutboundChunks::Single(chunk)) => {
                let (now, later) = chunk.split_at(len.min(chunk.len()));
                *chunk = later;
                Content::from(now)
            }
            Pieces::Chunks(chunks) => {
                let (now, later) = chunks.split_at(len);
                *chunks = later;
                Content::from(now)
            }
            #[cfg(feature = "std")]
            Pieces::IoSlices {
                slices,
                done,
                len: left,
            } => {
                *left -= len;
                take_io_slices(slices, done, len, record, content_offset)
            }
        }
    }
}

#[cfg(feature = "std")]
fn take_io_slices<'a>(
    slices: &mut &'a [IoSlice<'a>],
    done: &mut usize,
    len: usize,
    record: &mut [u8],
    content_offset: impl FnOnce() -> usize,
) -> Content<'a> {
    skip_empty(slices, done);
    if let Some(slice) = slices.first() {
        let slice: &'a [u8] = slice;
        if let Some(whole) = slice.get(*done..*done + len) {
            *done += len;
            return Content::from(whole);
        }
    }
    // The caller has checked that the record has room. If not, sealing it says so.
    let at = content_offset();
    let mut room = record
        .get_mut(at..at + len)
        .unwrap_or_default();
    while let (Some(slice), false) = (slices.first(), room.is_empty()) {
        let piece = &slice[*done..];
        let piece = &piece[..piece.len().min(room.len())];
        let (now, later) = core::mem::take(&mut room).split_at_mut(piece.len());
        now.copy_from_slice(piece);
        room = later;
        *done += piece.len();
        skip_empty(slices, done);
    }
    Content::InPlace { len }
}

/// Goes to the next slice that has something left.
#[cfg(feature = "std")]
fn skip_empty(slices: &mut &[IoSlice<'_>], done: &mut usize) {
    while let Some((first, rest)) = slices.split_first() {
        if *done < first.len() {
            break;
        }
        *slices = rest;
        *done = 0;
    }
}

impl<'a> From<&'a [u8]> for Gathered<'a> {
    #[inline]
    fn from(data: &'a [u8]) -> Self {
        Self(Pieces::Chunks(OutboundChunks::Single(data)))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Gathered<'a> {
    #[inline]
    fn from(data: &'a [u8; N]) -> Self {
        Self::from(&data[..])
    }
}

impl<'a> From<OutboundChunks<'a>> for Gathered<'a> {
    #[inline]
    fn from(data: OutboundChunks<'a>) -> Self {
        Self(Pieces::Chunks(data))
    }
}

#[cfg(feature = "std")]
impl<'a> From<&'a [IoSlice<'a>]> for Gathered<'a> {
    fn from(slices: &'a [IoSlice<'a>]) -> Self {
        Self(Pieces::IoSlices {
            slices,
            done: 0,
            len: slices
                .iter()
                .map(|slice| slice.len())
                .sum(),
        })
    }
}
