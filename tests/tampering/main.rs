//! Records that are not as an honest peer seals them: none of them is delivered, and each is the connection's last.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod authentic;
mod connection;
mod half;

use rustls::ContentType;
use rustls_direct::record::{HEADER_LEN, RecordHeader};
use rustls_direct::record_layer::DecryptionError;
use testing::{Setup, pattern};

/// Short, so that every bit can be tried, and with no four bytes that come by chance.
const PLAINTEXT: &[u8] = b"nobody else shall see";

/// Bytes that may follow a header. RFC 8446 s5.2, RFC 5246 s6.2.3.
fn max_payload_len(setup: &Setup) -> usize {
    match setup.is_tls13() {
        true => (1 << 14) + 256,
        false => (1 << 14) + 2048,
    }
}

/// A record with one bit flipped, and what the standards say of it.
struct Tampered {
    record: Vec<u8>,
    verdict: DecryptionError,
}

impl Tampered {
    /// Flips `bit` of `record`, counted from the first. Whatever the header then announces is there.
    fn new(setup: &Setup, mut record: Vec<u8>, bit: usize) -> Self {
        let at = bit / 8;
        record[at] ^= 1 << (bit % 8);
        let header = RecordHeader::read(&record).expect("a header");
        let verdict = match at {
            0 => match header.typ() {
                // TLS 1.2 shows the type of a record, so that only its tag tells that it was another.
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

    /// Checks what is left of the record once it was refused.
    fn is_wiped(&self, left: &[u8]) -> bool {
        let (payload, behind) = left[HEADER_LEN..].split_at(self.header().payload_len());
        left[..HEADER_LEN] == self.record[..HEADER_LEN]
            && payload.iter().all(|byte| *byte == 0)
            && behind == &self.record[HEADER_LEN + payload.len()..]
            && hides_plaintext(left)
    }
}

/// Whether not even four bytes of [`PLAINTEXT`] are to be found.
fn hides_plaintext(buffer: &[u8]) -> bool {
    !PLAINTEXT.windows(4).any(|part| {
        buffer
            .windows(4)
            .any(|bytes| bytes == part)
    })
}
