//! Records before they are sealed.

use std::fmt;

use rustls::ContentType;
use rustls_direct::cipher::{Content, OutboundRecord};

use crate::vector::Vector;

/// The plaintext of a record, and its sequence number.
#[derive(Clone)]
pub(crate) struct PlainRecord {
    pub(crate) seq: u64,
    pub(crate) typ: ContentType,
    pub(crate) content: Vec<u8>,
    pub(crate) padding: usize,
}

impl PlainRecord {
    /// Makes application data of `len` bytes, with sequence number 0.
    ///
    /// The content does not repeat, so a check notices bytes that are moved, lost or left.
    pub(crate) fn data(len: usize) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let content = (0..len).map(|_| {
            // xorshift64, a generator of pseudorandom numbers.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        });
        Self {
            seq: 0,
            typ: ContentType::ApplicationData,
            content: content.collect(),
            padding: 0,
        }
    }

    pub(crate) fn from_vector(vector: &Vector) -> Self {
        Self {
            seq: vector.seq,
            typ: vector.typ,
            content: vector.content.clone(),
            padding: vector.padding,
        }
    }

    pub(crate) fn with_seq(self, seq: u64) -> Self {
        Self { seq, ..self }
    }

    pub(crate) fn with_typ(self, typ: impl Into<ContentType>) -> Self {
        Self {
            typ: typ.into(),
            ..self
        }
    }

    pub(crate) fn padded(self, padding: usize) -> Self {
        Self { padding, ..self }
    }

    /// Returns the content in one slice.
    pub(crate) fn slice(&self) -> Content<'_> {
        self.content[..].into()
    }

    /// Returns content of the same length that is already in the output.
    pub(crate) fn in_place(&self) -> Content<'static> {
        Content::InPlace {
            len: self.content.len(),
        }
    }

    /// Returns the record to seal, with its content from `content`.
    pub(crate) fn outbound<'a>(&self, content: Content<'a>) -> OutboundRecord<'a> {
        OutboundRecord::new(self.typ, content).padded(self.padding)
    }
}

impl fmt::Display for PlainRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seq,
            typ,
            content,
            padding,
        } = self;
        write!(
            f,
            "sequence number {seq}, {typ:?} of {}",
            ByteCount(content.len())
        )?;
        match padding {
            0 => Ok(()),
            _ => write!(f, " and {padding} of padding"),
        }
    }
}

/// Shows a number of bytes, in singular or plural.
pub(crate) struct ByteCount(pub(crate) usize);

impl fmt::Display for ByteCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 byte"),
            len => write!(f, "{len} bytes"),
        }
    }
}
