//! Data of the caller that may lie in several slices.

use alloc::vec::Vec;
use core::ops::Deref;
#[cfg(feature = "std")]
use std::io::IoSlice;

use rustls::crypto::cipher::OutboundChunks;

use crate::cipher::Content;
#[cfg(feature = "std")]
use crate::cipher::copy_from;

/// Data to be written: one slice, or several slices in order.
///
/// `into()` makes it from a reference to a slice, an array or a `Vec` of bytes, from rustls's [`OutboundChunks`], or,
/// with the feature `std`, from `&[IoSlice]`.
#[derive(Clone)]
pub struct Gathered<'a>(Pieces<'a>);

#[derive(Clone)]
enum Pieces<'a> {
    One(&'a [u8]),
    Chunks(Slices<'a, &'a [u8]>),
    #[cfg(feature = "std")]
    IoSlices(Slices<'a, IoSlice<'a>>),
}

#[derive(Clone)]
struct Slices<'a, T> {
    slices: &'a [T],
    /// Bytes at the front that were taken.
    done: usize,
    /// Bytes that remain.
    len: usize,
}

impl<'a> Gathered<'a> {
    /// Number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Pieces::One(slice) => slice.len(),
            Pieces::Chunks(chunks) => chunks.len,
            #[cfg(feature = "std")]
            Pieces::IoSlices(slices) => slices.len,
        }
    }

    /// Whether the data is empty.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The data, if it is in one slice.
    #[inline]
    pub(super) fn as_slice(&self) -> Option<&'a [u8]> {
        match &self.0 {
            Pieces::One(slice) => Some(slice),
            _ => None,
        }
    }
}

/// Data from which the contents of records are taken, one after the other.
pub(super) trait Data<'a> {
    /// Bytes that remain.
    fn remaining(&self) -> usize;

    /// Takes the first `len` bytes as the content of a record that will be sealed at the front of `record`, which has
    /// room for it. At least `len` bytes remain.
    ///
    /// The bytes stay where they are if they lie in one slice, or if rustls has a type for the slices. Otherwise they
    /// are copied to the place where they will be sealed, at `content_offset` in `record`. Sealing copies gathered
    /// content there anyway.
    fn take(&mut self, len: usize, record: &mut [u8], content_offset: usize) -> Content<'a>;
}

impl<'a> Data<'a> for &'a [u8] {
    #[inline]
    fn remaining(&self) -> usize {
        self.len()
    }

    #[inline]
    fn take(&mut self, len: usize, _: &mut [u8], _: usize) -> Content<'a> {
        let (now, later) = self.split_at(len);
        *self = later;
        Content::from(now)
    }
}

impl<'a> Data<'a> for Gathered<'a> {
    #[inline]
    fn remaining(&self) -> usize {
        self.len()
    }

    #[inline]
    fn take(&mut self, len: usize, record: &mut [u8], content_offset: usize) -> Content<'a> {
        match &mut self.0 {
            Pieces::One(slice) => slice.take(len, record, content_offset),
            // All of it, so there is no need to find where the rest begins.
            Pieces::Chunks(chunks) if chunks.len == len => {
                chunks.len = 0;
                chunks.front(len)
            }
            Pieces::Chunks(chunks) => chunks.take_chunks(len),
            #[cfg(feature = "std")]
            Pieces::IoSlices(slices) => slices.take_io_slices(len, record, content_offset),
        }
    }
}

impl<'a> Slices<'a, &'a [u8]> {
    fn take_chunks(&mut self, len: usize) -> Content<'a> {
        let taken = self.take(len);
        match piece(taken.slices, taken.done, len) {
            Some(piece) => Content::from(piece),
            None => taken.front(len),
        }
    }

    /// The first `len` bytes.
    #[inline]
    fn front(&self, len: usize) -> Content<'a> {
        Content::from(OutboundChunks::Multiple {
            chunks: self.slices,
            start: self.done,
            end: self.done + len,
        })
    }
}

#[cfg(feature = "std")]
impl<'a> Slices<'a, IoSlice<'a>> {
    fn take_io_slices(
        &mut self,
        len: usize,
        record: &mut [u8],
        content_offset: usize,
    ) -> Content<'a> {
        let Self { slices, done, .. } = self.take(len);
        if let Some(piece) = piece(slices, done, len) {
            return Content::from(piece);
        }
        // If there is no room, sealing returns the error.
        let room = record
            .get_mut(content_offset..)
            .and_then(|room| room.get_mut(..len))
            .unwrap_or_default();
        let copied = copy_from(slices, done, room);
        debug_assert!(copied.is_ok(), "as many bytes as were counted");
        Content::InPlace { len }
    }
}

impl<'a, T: Deref<Target = [u8]>> Slices<'a, T> {
    /// Takes the first `len` bytes. They are at the front of the returned slices.
    #[inline]
    fn take(&mut self, len: usize) -> Self {
        while let Some((first, rest)) = self.slices.split_first() {
            if self.done < first.len() {
                break;
            }
            self.done -= first.len();
            self.slices = rest;
        }
        let taken = Self { ..*self };
        self.done += len;
        self.len -= len;
        taken
    }
}

/// The `len` bytes after the first `done` bytes, if the first slice holds them all.
#[inline]
fn piece(slices: &[impl Deref<Target = [u8]>], done: usize, len: usize) -> Option<&[u8]> {
    slices.first()?.get(done..)?.get(..len)
}

impl<'a> From<&'a [u8]> for Gathered<'a> {
    #[inline]
    fn from(data: &'a [u8]) -> Self {
        Self(Pieces::One(data))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Gathered<'a> {
    #[inline]
    fn from(data: &'a [u8; N]) -> Self {
        Self::from(&data[..])
    }
}

impl<'a> From<&'a Vec<u8>> for Gathered<'a> {
    #[inline]
    fn from(data: &'a Vec<u8>) -> Self {
        Self::from(&data[..])
    }
}

impl<'a> From<OutboundChunks<'a>> for Gathered<'a> {
    #[inline]
    fn from(data: OutboundChunks<'a>) -> Self {
        Self(match data {
            OutboundChunks::Single(chunk) => Pieces::One(chunk),
            OutboundChunks::Multiple { chunks, start, end } => Pieces::Chunks(Slices {
                slices: chunks,
                done: start,
                // Not `OutboundChunks::len`, which overflows if `end` is before `start`.
                len: end.saturating_sub(start),
            }),
        })
    }
}

#[cfg(feature = "std")]
impl<'a> From<&'a [IoSlice<'a>]> for Gathered<'a> {
    #[inline]
    fn from(slices: &'a [IoSlice<'a>]) -> Self {
        Self(Pieces::IoSlices(Slices {
            slices,
            done: 0,
            len: slices
                .iter()
                .fold(0, |len, slice| len.saturating_add(slice.len())),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_chunks_are_skipped_and_content_in_one_chunk_is_one_slice() {
        let chunks: [&[u8]; 5] = [b"one", b"", b"two, three", b"", b" and four"];
        let mut data = Gathered::from(
            OutboundChunks::new(&chunks)
                .split_at(1)
                .1,
        );
        let mut next = |len| data.take(len, &mut [], 0);
        assert!(matches!(
            next(2),
            Content::Chunks(OutboundChunks::Single(b"ne"))
        ));
        assert!(matches!(
            next(3),
            Content::Chunks(OutboundChunks::Single(b"two"))
        ));
        let Content::Chunks(OutboundChunks::Multiple { chunks, start, end }) = next(9) else {
            panic!("the content spans two chunks");
        };
        assert_eq!((chunks.len(), start, end), (3, 3, 12));
        assert_eq!(chunks[0], b"two, three");
        let Content::Chunks(OutboundChunks::Multiple { chunks, start, end }) = next(7) else {
            panic!("all of the rest is taken as chunks");
        };
        assert_eq!((chunks.len(), start, end), (3, 12, 19));
        assert!(data.is_empty());
    }
}
