//! How much of its input rustls is shown at a time.

use rustls::{ContentType, ProtocolVersion};

use crate::record::{HEADER_LEN, RecordHeader};

/// What rustls is shown at once: a record, with the ChangeCipherSpec in front of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RecordGroup {
    /// Bytes of all of it.
    pub(super) len: usize,
    /// Bytes of its last record.
    pub(super) last_record_len: usize,
}

/// The next group at the front of `input`, if it is there. One of more than `most` bytes is a record alone.
///
/// A ChangeCipherSpec neither completes a handshake nor is it answered. RFC 5246 s7.1, RFC 8446 s5. If rustls refuses it,
/// what is behind it is not looked at.
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

/// How many bytes rustls needs to see of the record at the front of `input`, if they are there.
///
/// A header that rustls is going to refuse is shown at once, as soon as there is enough of it, by the same rule: read as a
/// length, what stands in a `GET / HTTP/1.1` would be waited for in vain. One that it accepts is never shown without its
/// payload, whatever version it shows.
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

/// Bytes of the parts of a header. RFC 8446 s5.1.
const TYPE_LEN: usize = 1;
const VERSION_LEN: usize = 2;

/// rustls refuses a record from this length on, by its header. RFC 5246 s6.2.3.
const RUSTLS_MAX_PAYLOAD_LEN: usize = (1 << 14) + 2048;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{next_record_group, next_record_len};

    /// Records of two bytes of content, by their types.
    fn records(types: &[u8]) -> Vec<u8> {
        types
            .iter()
            .flat_map(|typ| [*typ, 3, 3, 0, 2, 7, 7])
            .collect()
    }

    /// How many records are shown at each time.
    fn portions(types: &[u8], max_len: usize) -> Vec<usize> {
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
    fn a_change_cipher_spec_is_shown_with_what_follows() {
        assert_eq!(portions(&[22, 20, 23, 23], 100), [1, 2, 1]);
        assert_eq!(portions(&[22, 22, 20, 22, 23], 100), [1, 1, 2, 1]);
        assert_eq!(portions(&[20, 20, 22, 20], 100), [3, 1]);
    }

    #[test]
    fn no_more_is_shown_than_may_be() {
        assert_eq!(portions(&[20, 20, 22], 0), [1, 1, 1]);
        assert_eq!(portions(&[20, 20, 22], 14), [2, 1]);
        assert_eq!(portions(&[20, 20, 22], 13), [1, 1, 1]);
    }

    #[test]
    fn a_part_of_a_record_is_not_waited_for() {
        let input = records(&[20, 22]);
        let group = next_record_group(&input[..13], 100).unwrap();
        assert_eq!((group.len, group.last_record_len), (7, 7));
        assert_eq!(next_record_group(&input[..6], 100), None);
    }

    #[test]
    fn whole_records_are_shown() {
        assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7]), Some(7));
        assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7, 22]), Some(7));
    }

    #[test]
    fn parts_of_records_are_not() {
        for len in 0..7 {
            assert_eq!(next_record_len(&[22, 3, 1, 0, 2, 7, 7][..len]), None);
        }
    }

    #[test]
    fn records_of_a_version_that_rustls_takes_are_shown_whole() {
        for version in [[3, 0], [3, 9], [0xfe, 0xff], [0xfe, 0xfd]] {
            let header = [22, version[0], version[1], 0, 2];
            assert_eq!(next_record_len(&header), None);
            assert_eq!(next_record_len(&[&header[..], &[7, 7]].concat()), Some(7));
        }
    }

    #[test]
    fn headers_that_are_none_are_shown_at_once() {
        assert_eq!(next_record_len(b"G"), Some(1));
        assert_eq!(next_record_len(b"GET / HTTP"), Some(1));
        assert_eq!(next_record_len(&[22, 2]), None);
        assert_eq!(next_record_len(&[22, 2, 0]), Some(3));
        assert_eq!(next_record_len(&[22, 2, 0, 0xff, 0xff]), Some(3));
        assert_eq!(next_record_len(&[22, 3, 3, 0x48, 0x00]), Some(5));
        assert_eq!(next_record_len(&[22, 3, 3, 0x47, 0xff]), None);
    }
}
