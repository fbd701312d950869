//! The front of the input that rustls has seen and not let go.
//!
//! rustls keeps a record here for one of three reasons, and does not say which: the record holds a part of a handshake
//! message, it holds no content at all, or rustls could not open it and skipped it as early data that it has rejected.
//! A part of a message has to stay, because rustls remembers its place. A record without content is refused. A skipped
//! record is removed: rustls would try it again at every call and charge it again.
//!
//! The peer chooses what a record opens to, so the bytes of a record prove something only under the conditions of
//! [`RetainedInput::classify`].

use rustls::ContentType;

use super::record_group::RecordGroup;
use super::refusal::Refusal;
#[cfg(feature = "tls12")]
use crate::record::RecordHeader;
use crate::record::{HEADER_LEN, MAX_RETAINED_LEN};

/// Most records in the bytes that rustls may hold on to. A message of 64 KiB in records of 27 bytes takes 2,428.
const MAX_RECORDS: usize = 4096;

/// Most records that may be there if rustls may have skipped some of them: it tries those again at every call.
const MAX_UNCLASSIFIED_RECORDS: usize = 256;

/// Most records without a payload that are skipped in a row. rustls does not charge them. As many empty records in a row
/// are borne elsewhere.
const MAX_EMPTY_RECORDS: u8 = 32;

/// What rustls has seen and not let go.
#[derive(Default)]
pub(super) struct RetainedInput {
    len: usize,
    /// Records that were added since it was empty.
    records: usize,
    /// Bytes of the record that was added last.
    last_record_len: usize,
    /// Records without a payload that were skipped in a row.
    empty_records: u8,
}

/// What the one record is that rustls has retained.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum RetainedRecord {
    /// rustls could not open it, and skipped it.
    Skipped,
    /// rustls opened it. It is a handshake record without content.
    Empty,
    /// A part of a handshake message, or not known.
    Other,
}

impl RetainedInput {
    /// Bytes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the next group of the input. `may_hold_skipped` says whether a skipped record could be among those retained.
    pub(super) fn add(
        &mut self,
        group: &RecordGroup,
        may_hold_skipped: bool,
    ) -> Result<(), Refusal> {
        if self.len + group.len > MAX_RETAINED_LEN || self.records == MAX_RECORDS {
            return Err(Refusal::too_large());
        }
        if may_hold_skipped && self.records == MAX_UNCLASSIFIED_RECORDS {
            return Err(Refusal::too_many_unclassified_records());
        }
        self.len += group.len;
        self.records += 1;
        self.last_record_len = group.last_record_len;
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
    pub(super) fn count_skipped(&mut self) -> Result<(), Refusal> {
        match self.last_record_len {
            HEADER_LEN if self.empty_records == MAX_EMPTY_RECORDS => {
                return Err(Refusal::too_many_empty_records());
            }
            HEADER_LEN => self.empty_records += 1,
            _ => self.empty_records = 0,
        }
        Ok(())
    }

    /// Whether `retained`, the bytes that rustls did not let go, is a handshake record of TLS 1.2 whose payload is
    /// `overhead` bytes, so that it has no content. Call it only once records from the peer are protected.
    #[cfg(feature = "tls12")]
    pub(super) fn is_empty_finished(&self, retained: &[u8], overhead: usize) -> bool {
        self.is_alone(retained)
            && RecordHeader::read(retained).is_some_and(|header| {
                header.typ() == ContentType::Handshake && header.payload_len() == overhead
            })
    }

    /// Whether `kept` is one record, and the only one since the window was empty.
    fn is_alone(&self, retained: &[u8]) -> bool {
        self.records == 1 && retained.len() == self.last_record_len
    }

    /// Classifies the record in `retained`, the bytes that rustls has not let go.
    ///
    /// Call it in TLS 1.3 only, once records from the peer are protected. The provider has to leave zeros of a record
    /// that it could not open, and at least the type byte of one that it could.
    ///
    /// The answer is [`RetainedRecord::Other`] unless the record is alone: the window was empty before it, and rustls has let go
    /// of all else. Then rustls has just tried to open it, and has not moved a byte of it. If rustls could not open
    /// it, all but the tag is zero. If rustls opened it, it is a handshake record, because rustls lets go of every
    /// other, and its type byte is there. So nothing that a peer puts into a record makes an opened one look skipped.
    pub(super) fn classify(&self, retained: &[u8]) -> RetainedRecord {
        const TAG_LEN: usize = 16;
        const HANDSHAKE: u8 = 22;
        debug_assert_eq!(u8::from(ContentType::Handshake), HANDSHAKE);
        let (true, Some(payload)) = (self.is_alone(retained), retained.get(HEADER_LEN..)) else {
            return RetainedRecord::Other;
        };
        let plaintext = &payload[..payload.len().saturating_sub(TAG_LEN)];
        let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        match plaintext {
            [HANDSHAKE, padding @ ..] if is_zero(padding) => RetainedRecord::Empty,
            plaintext if is_zero(plaintext) => RetainedRecord::Skipped,
            _ => RetainedRecord::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// A window that has got these records, one after the other.
    fn window(records: &[&[u8]]) -> RetainedInput {
        let mut window = RetainedInput::default();
        for record in records {
            assert!(
                window
                    .add(&group(record.len()), false)
                    .is_ok()
            );
        }
        window
    }

    fn group(len: usize) -> RecordGroup {
        RecordGroup {
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
        for (plaintext, expected) in [
            (&[][..], RetainedRecord::Skipped),
            (&[0], RetainedRecord::Skipped),
            (&[0; 50], RetainedRecord::Skipped),
            (&[22], RetainedRecord::Empty),
            (&[22, 0, 0], RetainedRecord::Empty),
            (&[0, 22], RetainedRecord::Other),
            (&[20, 22], RetainedRecord::Other),
            (&[22, 22], RetainedRecord::Other),
        ] {
            let record = record(plaintext);
            assert_eq!(
                window(&[&record]).classify(&record),
                expected,
                "{plaintext:?}"
            );
        }
    }

    #[test]
    fn a_record_behind_another_is_not_told() {
        let record = record(&[0; 3]);
        let window = window(&[&record, &record]);
        assert_eq!(window.classify(&record), RetainedRecord::Other);
        assert_eq!(window.classify(&record.repeat(2)), RetainedRecord::Other);
    }

    #[test]
    fn a_part_of_what_was_added_is_not_told() {
        let record = record(&[0; 3]);
        let window = window(&[&record]);
        assert_eq!(window.classify(&record[1..]), RetainedRecord::Other);
        assert_eq!(window.classify(&[]), RetainedRecord::Other);
    }

    #[test]
    fn bytes_and_records_are_bounded() {
        let mut few = window(&[]);
        for _ in 0..MAX_RECORDS {
            assert!(few.add(&group(6), false).is_ok());
        }
        assert!(few.add(&group(6), false).is_err());
        few.remove(6 * MAX_RECORDS);
        assert!(
            few.add(&group(MAX_RETAINED_LEN), false)
                .is_ok()
        );
        assert!(few.add(&group(1), false).is_err());

        let mut unclassified = window(&[]);
        for _ in 0..MAX_UNCLASSIFIED_RECORDS {
            assert!(
                unclassified
                    .add(&group(6), true)
                    .is_ok()
            );
        }
        assert!(
            unclassified
                .add(&group(6), true)
                .is_err()
        );
    }
}
