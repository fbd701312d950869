//! The retained input: bytes that rustls has processed but not discarded.
//!
//! rustls retains a record for one of three reasons, and does not tell which:
//!
//! - The record holds a part of a handshake message. It has to stay, because rustls remembers its offset.
//! - The record has no content. It is refused.
//! - rustls could not open the record, and skipped it as rejected early data. It is removed, because rustls would try
//!   it again at every call and count it again.
//!
//! The peer chooses the plaintext of a record. So the bytes of a record prove which case it is only under the
//! conditions of [`RetainedInput::classify`].

use rustls::ContentType;

use super::record_group::RecordGroup;
use super::refusal::Refusal;
#[cfg(feature = "tls12")]
use crate::record::RecordHeader;
use crate::record::{HEADER_LEN, MAX_RETAINED_LEN};

/// Maximum number of retained records. A message of 64 KiB in records of 27 bytes of content takes 2,428.
const MAX_RECORDS: usize = 4096;

/// Maximum number of retained records if rustls may have skipped some: it tries to open those again at every call.
const MAX_UNCLASSIFIED_RECORDS: usize = 256;

/// Maximum number of skipped records in a row without a payload, which rustls does not count. The limit of empty
/// records is the same after the handshake.
const MAX_EMPTY_RECORDS: u8 = 32;

/// The length of the retained input, and counts of its records.
#[derive(Default)]
pub(super) struct RetainedInput {
    len: usize,
    /// Number of records that were added since the retained input was empty.
    records: usize,
    /// Length in bytes of the record that was added last.
    last_record_len: usize,
    /// Number of records without a payload that were skipped in a row.
    empty_records: u8,
}

/// The reason why rustls retains a record.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum RetainedRecord {
    /// rustls could not open the record, and skipped it.
    Skipped,
    /// rustls opened the record. It is a handshake record without content.
    Empty,
    /// The record holds a part of a handshake message, or the reason is not known.
    Other,
}

impl RetainedInput {
    /// Returns the length in bytes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the next group of the input.
    ///
    /// `may_hold_skipped` tells that skipped records, which we cannot detect, may be among the retained ones.
    ///
    /// # Errors
    ///
    /// If there would be too many bytes or records.
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

    /// Removes `done` bytes, which rustls has discarded.
    pub(super) fn remove(&mut self, done: usize) {
        self.len -= done.min(self.len);
        if self.len == 0 {
            self.records = 0;
        }
    }

    /// Counts the record that was added last as skipped.
    ///
    /// # Errors
    ///
    /// If too many records without a payload were skipped in a row.
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

    /// Returns whether `retained` is one TLS 1.2 handshake record with a payload of `overhead` bytes, so without
    /// content.
    ///
    /// Call it only after the peer has begun to protect its records.
    #[cfg(feature = "tls12")]
    pub(super) fn is_empty_finished(&self, retained: &[u8], overhead: usize) -> bool {
        self.is_alone(retained)
            && RecordHeader::read(retained).is_some_and(|header| {
                header.typ() == ContentType::Handshake && header.payload_len() == overhead
            })
    }

    /// Returns whether `retained` is one record, and the only one that was added since the retained input was empty.
    fn is_alone(&self, retained: &[u8]) -> bool {
        self.records == 1 && retained.len() == self.last_record_len
    }

    /// Classifies the record in `retained`, the bytes that rustls has not discarded.
    ///
    /// Call it only in TLS 1.3, after the peer has begun to protect its records. The provider has to leave zeros if it
    /// could not open the record, and at least the type byte if it could.
    ///
    /// Returns [`RetainedRecord::Other`] unless the record is alone: the retained input was empty before it, and rustls
    /// has discarded everything else. Then rustls has just tried to open the record, and has not moved any of its
    /// bytes.
    ///
    /// If rustls could not open the record, all bytes before the tag are zero. If rustls opened the record and retains
    /// it, it is a handshake record, so its type byte is not zero. So no plaintext makes an opened record look skipped.
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

    /// The retained input after these records were added.
    fn retained_after(records: &[&[u8]]) -> RetainedInput {
        let mut retained = RetainedInput::default();
        for record in records {
            assert!(
                retained
                    .add(&group(record.len()), false)
                    .is_ok()
            );
        }
        retained
    }

    fn group(len: usize) -> RecordGroup {
        RecordGroup {
            len,
            last_record_len: len,
        }
    }

    /// A record with this plaintext and a tag.
    fn record(plaintext: &[u8]) -> Vec<u8> {
        let len = u8::try_from(plaintext.len() + 16).unwrap();
        [&[23, 3, 3, 0, len], plaintext, &[7; 16]].concat()
    }

    #[test]
    fn a_single_record_is_classified_by_its_plaintext() {
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
                retained_after(&[&record]).classify(&record),
                expected,
                "{plaintext:?}"
            );
        }
    }

    #[test]
    fn a_record_after_another_is_not_classified() {
        let record = record(&[0; 3]);
        let retained = retained_after(&[&record, &record]);
        assert_eq!(retained.classify(&record), RetainedRecord::Other);
        assert_eq!(retained.classify(&record.repeat(2)), RetainedRecord::Other);
    }

    #[test]
    fn a_part_of_a_record_is_not_classified() {
        let record = record(&[0; 3]);
        let retained = retained_after(&[&record]);
        assert_eq!(retained.classify(&record[1..]), RetainedRecord::Other);
        assert_eq!(retained.classify(&[]), RetainedRecord::Other);
    }

    #[test]
    fn retained_bytes_and_records_are_limited() {
        let mut few = retained_after(&[]);
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

        let mut unclassified = retained_after(&[]);
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
