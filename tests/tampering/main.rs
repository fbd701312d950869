//! Is an altered record never delivered, and always the last one of its connection?
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod authentic;
mod connection;
mod opening;

use rustls::ContentType;
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use rustls_direct::record_layer::DecryptionError;
use testing::{Setup, pattern};

/// Short, so that every bit can be tried, and without four bytes that are likely to occur by chance.
const PLAINTEXT: &[u8] = b"secret plain content";

/// The longest payload that a header may announce. RFC 8446 s5.2, RFC 5246 s6.2.3.
fn max_payload_len(setup: &Setup) -> usize {
    match setup.is_tls13() {
        true => (1 << 14) + 256,
        false => (1 << 14) + 2048,
    }
}

/// A record with one flipped bit, and the error that the standards require.
struct Tampered {
    record: Vec<u8>,
    verdict: DecryptionError,
}

impl Tampered {
    /// Flips `bit` of `record`, counted from the first, and appends the bytes that the header then lacks.
    fn new(setup: &Setup, mut record: Vec<u8>, bit: usize) -> Self {
        let at = bit / 8;
        record[at] ^= 1 << (bit % 8);
        let header = RecordHeader::read(&record).expect("a header");
        let verdict = match at {
            0 => match header.typ() {
                // TLS 1.2 shows the type of a record, so only the tag shows that the type was altered.
                ContentType::Alert | ContentType::Handshake if !setup.is_tls13() => {
                    DecryptionError::BadRecordMac
                }
                typ => DecryptionError::UnexpectedType(typ),
            },
            1 | 2 if !setup.is_tls13() => DecryptionError::UnexpectedVersion(header.version()),
            3 | 4 if header.payload_len() > max_payload_len(setup) => {
                DecryptionError::RecordOverflow
            }
            _ => DecryptionError::BadRecordMac,
        };
        let missing = (HEADER_LEN + header.payload_len()).saturating_sub(record.len());
        record.extend(pattern(missing));
        Self { record, verdict }
    }

    fn header(&self) -> RecordHeader {
        RecordHeader::read(&self.record).expect("a header")
    }

    /// Checks the remains of the refused record.
    fn is_wiped(&self, remains: &[u8]) -> bool {
        let (payload, rest) = remains[HEADER_LEN..].split_at(self.header().payload_len());
        remains[..HEADER_LEN] == self.record[..HEADER_LEN]
            && payload.iter().all(|byte| *byte == 0)
            && rest == &self.record[HEADER_LEN + payload.len()..]
            && hides_plaintext(remains)
    }
}

/// Whether `buffer` does not contain four consecutive bytes of [`PLAINTEXT`].
fn hides_plaintext(buffer: &[u8]) -> bool {
    !PLAINTEXT.windows(4).any(|part| {
        buffer
            .windows(4)
            .any(|bytes| bytes == part)
    })
}
