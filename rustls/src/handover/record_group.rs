//! Cuts the input into the groups of records that rustls gets at a time.

use rustls::{ContentType, ProtocolVersion};

use crate::record::{HEADER_LEN, RecordHeader};

/// The records that rustls gets at a time: one record, after any ChangeCipherSpecs that precede it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RecordGroup {
    /// Length in bytes of the whole group.
    pub(super) len: usize,
    /// Length in bytes of its last record.
    pub(super) last_record_len: usize,
}

/// Returns the next group at the front of `input`. `None` if its first record is not whole.
///
/// A group of more than `max_len` bytes is a single record. If the record after a ChangeCipherSpec is not whole, the
/// group ends before it.
///
/// A ChangeCipherSpec neither completes a handshake nor gets an answer (RFC 5246 s7.1, RFC 8446 s5), so it need not be
/// passed alone. If rustls refuses it, rustls does not process the record after it.
#[inline]
pub(super) fn next_record_group(input: &[u8], max_len: usize) -> Option<RecordGroup> {
    let mut begin = 0;
    let mut end = next_record_len(input)?;
    while input[begin] == u8::from(ContentType::ChangeCipherSpec) {
        match next_record_len(&input[end..]) {
            Some(len) if end + len <= max_len => (begin, end) = (end, end + len),
            _ => break,
        }
    }
    Some(RecordGroup {
        len: end,
        last_record_len: end - begin,
    })
}

/// Returns how many bytes of the record at the front of `input` rustls needs. `None` if `input` has fewer.
///
/// If rustls is going to refuse the header, it gets the header as soon as enough bytes are there for that, by the same
/// rules. Otherwise we would wait in vain for the length that a `GET / HTTP/1.1` happens to have. A header that rustls
/// accepts is never passed without its payload, whatever its version.
fn next_record_len(input: &[u8]) -> Option<usize> {
    if let ContentType::Unknown(_) = ContentType::from(*input.first()?) {
        return Some(TYPE_LEN);
    }
    let [_, major, minor, ..] = *input else {
        return None;
    };
    match ProtocolVersion::from(u16::from_be_bytes([major, minor])) {
        ProtocolVersion::Unknown(_) if major != 3 => return Some(TYPE_LEN + VERSION_LEN),
        _ => {}
    }
    let header = RecordHeader::read(input)?;
    let len = match header.payload_len() {
        RUSTLS_MAX_PAYLOAD_LEN.. => HEADER_LEN,
        len => HEADER_LEN + len,
    };
    (input.len() >= len).then_some(len)
}

/// Lengths in bytes of the parts of a header. RFC 8446 s5.1.
const TYPE_LEN: usize = 1;
const VERSION_LEN: usize = 2;

/// rustls refuses a header that announces this length or more. RFC 5246 s6.2.3.
const RUSTLS_MAX_PAYLOAD_LEN: usize = (1 << 14) + 2048;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{next_record_group, next_record_len};

    /// Records of these types, with two bytes of content each.
    fn records(types: &[u8]) -> Vec<u8> {
        types
            .iter()
            .flat_map(|typ| [*typ, 3, 3, 0, 2, 7, 7])
            .collect()
    }

    /// The number of records in each group.
    fn record_counts(types: &[u8], max_len: usize) -> Vec<usize> {
        let input = records(types);
        let mut rest = &input[..];
        let mut counts = Vec::new();
        while let Some(group) = next_record_group(rest, max_len) {
            let len = group.len;
            assert_eq!(group.last_record_len, 7);
            assert_eq!(len % 7, 0);
            counts.push(len / 7);
            rest = &rest[len..];
        }
        assert_eq!(rest, []);
        counts
    }

    #[test]
    fn a_change_cipher_spec_is_grouped_with_the_next_record() {
        assert_eq!(record_counts(&[22, 20, 23, 23], 100), [1, 2, 1]);
        assert_eq!(record_counts(&[22, 22, 20, 22, 23], 100), [1, 1, 2, 1]);
        assert_eq!(record_counts(&[20, 20, 22, 20], 100), [3, 1]);
    }

    #[test]
    fn a_group_of_several_records_is_at_most_max_len_bytes() {
        assert_eq!(record_counts(&[20, 20, 22], 0), [1, 1, 1]);
        assert_eq!(record_counts(&[20, 20, 22], 14), [2, 1]);
        assert_eq!(record_counts(&[20, 20, 22], 13), [1, 1, 1]);
    }

    #[test]
    fn an_incomplete_record_after_a_change_cipher_spec_is_left_for_later() {
        let input = records(&[20, 22]);
        let group = next_record_group(&input[..13], 100).unwrap();
        assert_eq!((group.len, group.last_record_len), (7, 7));
        assert_eq!(next_record_group(&input[..6], 100), None);
    }

    #[test]
    fn a_whole_record_is_passed() {
        assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7]), Some(7));
        assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7, 22]), Some(7));
    }

    #[test]
    fn an_incomplete_record_is_not_passed() {
        for len in 0..7 {
            assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7][..len]), None);
        }
    }

    #[test]
    fn records_of_a_version_that_rustls_accepts_are_passed_whole() {
        for version in [[3, 0], [3, 9], [0xfe, 0xff], [0xfe, 0xfd]] {
            let header = [22, version[0], version[1], 0, 2];
            assert_eq!(next_record_len(&header), None);
            assert_eq!(next_record_len(&[&header[..], &[7, 7]].concat()), Some(7));
        }
    }

    #[test]
    fn invalid_headers_are_passed_at_once() {
        assert_eq!(next_record_len(b"G"), Some(1));
        assert_eq!(next_record_len(b"GET / HTTP"), Some(1));
        assert_eq!(next_record_len(&[22, 2]), None);
        assert_eq!(next_record_len(&[22, 2, 0]), Some(3));
        assert_eq!(next_record_len(&[22, 2, 0, 0xff, 0xff]), Some(3));
        assert_eq!(next_record_len(&[22, 3, 3, 0x48, 0x00]), Some(5));
        assert_eq!(next_record_len(&[22, 3, 3, 0x47, 0xff]), None);
    }
}
