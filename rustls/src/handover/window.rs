//! The front of the input that rustls has seen and not let go.
//!
//! rustls keeps a record here for one of three reasons, and does not say which: the record holds a part of a handshake
//! message, it holds no content at all, or rustls could not open it and skipped it as early data that it has rejected.
//! A part of a message has to stay, because rustls remembers its place. A record without content is refused. A skipped
//! record is removed: rustls would try it again at every call and charge it again.
//!
//! The peer chooses what a record opens to, so the bytes of a record prove something only under the conditions of
//! [`Window::kept`].

use rustls::{ContentType, Error, InvalidMessage, PeerMisbehaved};

use super::portion::Portion;
use crate::error::explained;
#[cfg(feature = "tls12")]
use crate::record::RecordHeader;
use crate::record::{HEADER_LEN, MAX_WINDOW};

/// Most records in the bytes that rustls may hold on to. A message of 64 KiB in records of 27 bytes takes 2,428.
const MAX_RECORDS: usize = 4096;

/// Most records that may be there if rustls may have skipped some of them: it tries those again at every call.
const MAX_UNTOLD_RECORDS: usize = 256;

/// Most records without a payload that are skipped in a row. rustls does not charge them. As many empty records in a row
/// are borne elsewhere.
const MAX_EMPTY_RECORDS: u8 = 32;

/// What rustls has seen and not let go.
#[derive(Default)]
pub(super) struct Window {
    len: usize,
    /// Records that were added since it was empty.
    records: usize,
    /// Bytes of the record that was added last.
    last_record_len: usize,
    /// Records without a payload that were skipped in a row.
    empty_records: u8,
}

/// What the one record is that rustls has kept.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Kept {
    /// rustls could not open it, and skipped it.
    Skipped,
    /// rustls opened it. It is a handshake record without content.
    Empty,
    /// A part of a handshake message, or not known.
    Other,
}

/// Why no more of the peer's records is taken.
pub(super) struct Refusal {
    pub(super) error: Error,
    /// What rustls is shown so that it sends the alert that fits.
    pub(super) provocation: &'static [u8],
}

/// A type that no record has: rustls sends `decode_error`.
const UNKNOWN_TYPE: &[u8] = &[0xff];

/// A ChangeCipherSpec with a content that RFC 8446 s5 forbids: in TLS 1.3 rustls sends `unexpected_message`.
const INVALID_CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 2];

/// A second ChangeCipherSpec: in TLS 1.2 rustls sends `unexpected_message`.
#[cfg(feature = "tls12")]
const CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 1];

impl Refusal {
    fn too_large() -> Self {
        Self {
            error: InvalidMessage::HandshakePayloadTooLarge.into(),
            provocation: UNKNOWN_TYPE,
        }
    }

    fn too_many_untold_records() -> Self {
        Self {
            error: explained(
                "the client sent too many records before its Finished: with this crypto provider, rejected early data \
                 cannot be told from parts of a handshake message, and so is not removed",
            ),
            provocation: UNKNOWN_TYPE,
        }
    }

    pub(super) fn empty_handshake_record() -> Self {
        Self {
            error: InvalidMessage::InvalidEmptyPayload.into(),
            provocation: INVALID_CHANGE_CIPHER_SPEC,
        }
    }

    /// The same in TLS 1.2, after the peer's ChangeCipherSpec.
    #[cfg(feature = "tls12")]
    pub(super) fn empty_finished() -> Self {
        Self {
            error: InvalidMessage::InvalidEmptyPayload.into(),
            provocation: CHANGE_CIPHER_SPEC,
        }
    }

    fn too_many_empty_records() -> Self {
        Self {
            error: PeerMisbehaved::TooManyEmptyFragments.into(),
            provocation: INVALID_CHANGE_CIPHER_SPEC,
        }
    }
}

impl Window {
    /// Bytes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the next portion of the input. `may_hold_skipped` says whether a skipped record could be among those kept.
    pub(super) fn add(&mut self, portion: &Portion, may_hold_skipped: bool) -> Result<(), Refusal> {
        if self.len + portion.len > MAX_WINDOW || self.records == MAX_RECORDS {
            return Err(Refusal::too_large());
        }
        if may_hold_skipped && self.records == MAX_UNTOLD_RECORDS {
            return Err(Refusal::too_many_untold_records());
        }
        self.len += portion.len;
        self.records += 1;
        self.last_record_len = portion.last_record_len;
        Ok(())
    }

    /// rustls has let go of `done` bytes.
    pub(super) fn remove(&mut self, done: usize) {
        self.len -= done.min(self.len);
        if self.len == 0 {
            self.records = 0;
        }
    }

    /// Notes that the record that was added last was skipped.
    pub(super) fn skip(&mut self) -> Result<(), Refusal> {
        match self.last_record_len {
            HEADER_LEN if self.empty_records == MAX_EMPTY_RECORDS => {
                return Err(Refusal::too_many_empty_records());
            }
            HEADER_LEN => self.empty_records += 1,
            _ => self.empty_records = 0,
        }
        Ok(())
    }

    /// Whether `kept`, the bytes that rustls did not let go, is a handshake record of TLS 1.2 whose payload is
    /// `overhead` bytes, so that it has no content. Call it only once records from the peer are protected.
    #[cfg(feature = "tls12")]
    pub(super) fn is_empty_finished(&self, kept: &[u8], overhead: usize) -> bool {
        self.is_alone(kept)
            && RecordHeader::read(kept).is_some_and(|header| {
                header.typ() == ContentType::Handshake && header.payload_len() == overhead
            })
    }

    /// Whether `kept` is one record, and the only one since the window was empty.
    fn is_alone(&self, kept: &[u8]) -> bool {
        self.records == 1 && kept.len() == self.last_record_len
    }

    /// Classifies the record in `kept`, the bytes that rustls has not let go.
    ///
    /// Call it in TLS 1.3 only, once records from the peer are protected. The provider has to leave zeros of a record
    /// that it could not open, and at least the type byte of one that it could.
    ///
    /// The answer is [`Kept::Other`] unless the record is alone: the window was empty before it, and rustls has let go
    /// of all else. Then rustls has just tried to open it, and has not moved a byte of it. If rustls could not open
    /// it, all but the tag is zero. If rustls opened it, it is a handshake record, because rustls lets go of every
    /// other, and its type byte is there. So nothing that a peer puts into a record makes an opened one look skipped.
    pub(super) fn kept(&self, kept: &[u8]) -> Kept {
        const TAG_LEN: usize = 16;
        const HANDSHAKE: u8 = 22;
        debug_assert_eq!(u8::from(ContentType::Handshake), HANDSHAKE);
        let (true, Some(payload)) = (self.is_alone(kept), kept.get(HEADER_LEN..)) else {
            return Kept::Other;
        };
        let plaintext = &payload[..payload.len().saturating_sub(TAG_LEN)];
        let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        match plaintext {
            [HANDSHAKE, padding @ ..] if is_zero(padding) => Kept::Empty,
            plaintext if is_zero(plaintext) => Kept::Skipped,
            _ => Kept::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// A window that has got these records, one after the other.
    fn window(records: &[&[u8]]) -> Window {
        let mut window = Window::default();
        for record in records {
            assert!(
                window
                    .add(&portion(record.len()), false)
                    .is_ok()
            );
        }
        window
    }

    fn portion(len: usize) -> Portion {
        Portion {
            len,
            last_record_len: len,
        }
    }

    /// A record of this plaintext and a tag.
    fn record(plaintext: &[u8]) -> Vec<u8> {
        let len = u8::try_from(plaintext.len() + 16).unwrap();
        [&[23, 3, 3, 0, len], plaintext, &[7; 16]].concat()
    }

    #[test]
    fn a_record_alone_is_told_by_its_plaintext() {
        for (plaintext, kept) in [
            (&[][..], Kept::Skipped),
            (&[0], Kept::Skipped),
            (&[0; 50], Kept::Skipped),
            (&[22], Kept::Empty),
            (&[22, 0, 0], Kept::Empty),
            (&[0, 22], Kept::Other),
            (&[20, 22], Kept::Other),
            (&[22, 22], Kept::Other),
        ] {
            let record = record(plaintext);
            assert_eq!(window(&[&record]).kept(&record), kept, "{plaintext:?}");
        }
    }

    #[test]
    fn a_record_behind_another_is_not_told() {
        let record = record(&[0; 3]);
        let window = window(&[&record, &record]);
        assert_eq!(window.kept(&record), Kept::Other);
        assert_eq!(window.kept(&record.repeat(2)), Kept::Other);
    }

    #[test]
    fn a_part_of_what_was_added_is_not_told() {
        let record = record(&[0; 3]);
        let window = window(&[&record]);
        assert_eq!(window.kept(&record[1..]), Kept::Other);
        assert_eq!(window.kept(&[]), Kept::Other);
    }

    #[test]
    fn bytes_and_records_are_bounded() {
        let mut few = window(&[]);
        for _ in 0..MAX_RECORDS {
            assert!(few.add(&portion(6), false).is_ok());
        }
        assert!(few.add(&portion(6), false).is_err());
        few.remove(6 * MAX_RECORDS);
        assert!(
            few.add(&portion(MAX_WINDOW), false)
                .is_ok()
        );
        assert!(few.add(&portion(1), false).is_err());

        let mut untold = window(&[]);
        for _ in 0..MAX_UNTOLD_RECORDS {
            assert!(untold.add(&portion(6), true).is_ok());
        }
        assert!(untold.add(&portion(6), true).is_err());
    }
}
