//! Records on the wire: their header, their size limits, and how many bytes buffers need.

use core::num::NonZeroU16;

use rustls::{CipherSuite, ContentType, Error, ProtocolVersion};

/// Length in bytes of a record's header: type (1), version (2), length (2). RFC 8446 s5.1, RFC 5246 s6.2.1.
pub const HEADER_LEN: usize = 5;

/// Maximum length in bytes of one record's content, 2^14. RFC 8446 s5.1, RFC 5246 s6.2.1.
pub const MAX_CONTENT_LEN: usize = 1 << 14;

/// Maximum length in bytes of a TLS 1.3 record that any peer may send: header (5), content (2^14), and 256 for the type
/// byte, padding and tag. RFC 8446 s5.2.
pub const MAX_TLS13_RECORD_LEN: usize = HEADER_LEN + MAX_CONTENT_LEN + 256;

/// Maximum length in bytes of a TLS 1.2 record that any peer may send: header (5), content (2^14), and 2048 for
/// whatever protection adds. RFC 5246 s6.2.3.
pub const MAX_TLS12_RECORD_LEN: usize = HEADER_LEN + MAX_CONTENT_LEN + 2048;

/// Maximum length in bytes of a TLS 1.3 record that we seal: header (5), content and padding (2^14), type byte (1), tag
/// (16).
pub const MAX_SEALED_TLS13_RECORD_LEN: usize = HEADER_LEN + MAX_CONTENT_LEN + 1 + TAG_LEN;

/// Maximum length in bytes of a TLS 1.2 record that we seal: header (5), explicit nonce of AES-GCM (8), content (2^14),
/// tag (16).
pub const MAX_SEALED_TLS12_RECORD_LEN: usize =
    HEADER_LEN + EXPLICIT_NONCE_LEN + MAX_CONTENT_LEN + TAG_LEN;

/// Length in bytes of an input buffer that always suffices after the handshake, in either version.
///
/// It is the longest record on the wire, [`MAX_TLS12_RECORD_LEN`]. A shorter buffer works with peers that send shorter
/// records. A longer buffer can take more records from one read.
pub const INCOMING_BUFFER_LEN: usize = MAX_TLS12_RECORD_LEN;

/// Length in bytes of an input buffer that always suffices during the handshake.
///
/// It has room for the 128 KiB that the records of one handshake message may take, followed by an incomplete record of
/// up to [`MAX_TLS12_RECORD_LEN`]. The peer's certificates are the longest message. Few peers need more than 16 KiB, so
/// a buffer that grows is the better choice.
pub const HANDSHAKE_BUFFER_LEN: usize = MAX_RETAINED_LEN + MAX_TLS12_RECORD_LEN;

/// Length in bytes of an output buffer that always suffices to make progress.
///
/// It has room for one record of application data and everything that has to be sealed before it, for each
/// [`EncodeTlsData`](crate::unbuffered::EncodeTlsData), and for close_notify.
///
/// The longest case is a `no_renegotiation` alert of 31 bytes, header (5), explicit nonce (8), alert (2) and tag (16),
/// followed by the longest record that we seal, [`MAX_SEALED_TLS12_RECORD_LEN`]. TLS 1.3 needs less: a KeyUpdate of 27
/// bytes, header (5), message (5), type byte (1) and tag (16), followed by [`MAX_SEALED_TLS13_RECORD_LEN`].
pub const OUTGOING_BUFFER_LEN: usize =
    MAX_SEALED_TLS12_RECORD_LEN + HEADER_LEN + EXPLICIT_NONCE_LEN + 2 + TAG_LEN;

/// Bytes that AEADs add: the tag, and in TLS 1.2 the explicit nonce of AES-GCM. RFC 5116 s5, RFC 5288 s3.
const TAG_LEN: usize = 16;
const EXPLICIT_NONCE_LEN: usize = 8;

/// Maximum number of input bytes that rustls may retain while a handshake message is incomplete.
///
/// rustls accepts messages of up to 64 KiB. Its own smallest fragments carry 27 bytes of content, 49 bytes on the wire
/// in TLS 1.3. A message of 64 KiB in such fragments takes 119 kB.
pub(crate) const MAX_RETAINED_LEN: usize = 128 * 1024;

/// [`ContentType::ApplicationData`], the type in the header of every protected TLS 1.3 record. RFC 8446 s5.2.
pub(crate) const APPLICATION_DATA: u8 = 23;

/// The TLS versions whose records we protect.
///
/// The header does not tell them apart, because both versions write 03 03 into it. The cipher suite does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    Tls12,
    Tls13,
}

impl Version {
    /// Returns the version that `suite` belongs to.
    ///
    /// TLS 1.3 has the block 0x13xx (RFC 8446 sB.4), the two suites of RFC 8998 and the two of RFC 9150.
    pub(crate) fn of(suite: CipherSuite) -> Self {
        match u16::from(suite) {
            0x1300..=0x13ff | 0x00c6 | 0x00c7 | 0xc0b4 | 0xc0b5 => Self::Tls13,
            _ => Self::Tls12,
        }
    }

    /// Maximum length of a payload. RFC 8446 s5.2 allows 2^14 + 256 bytes, RFC 5246 s6.2.3 allows 2^14 + 2048.
    #[inline]
    pub(crate) fn max_payload_len(self) -> usize {
        match self {
            Self::Tls12 => MAX_TLS12_RECORD_LEN - HEADER_LEN,
            Self::Tls13 => MAX_TLS13_RECORD_LEN - HEADER_LEN,
        }
    }

    /// Maximum number of bytes that a payload may open to. TLS 1.3 counts the type byte.
    pub(crate) fn max_plaintext_len(self) -> usize {
        match self {
            Self::Tls12 => MAX_CONTENT_LEN,
            Self::Tls13 => MAX_CONTENT_LEN + 1,
        }
    }
}

/// The header of a record: its first five bytes, as they are on the wire.
///
/// The header is kept as bytes because TLS 1.3 authenticates exactly the bytes that were received. RFC 8446 s5.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordHeader([u8; HEADER_LEN]);

impl RecordHeader {
    /// Makes the header of a record of type `typ` with a payload of `payload_len` bytes. The version is 03 03.
    #[inline]
    pub const fn new(typ: u8, payload_len: u16) -> Self {
        let [high, low] = payload_len.to_be_bytes();
        Self([typ, 3, 3, high, low])
    }

    /// As [`new`](Self::new), with another version.
    pub(crate) fn with_version(
        typ: ContentType,
        version: ProtocolVersion,
        payload_len: u16,
    ) -> Self {
        let mut header = Self::new(u8::from(typ), payload_len);
        header.0[1..3].copy_from_slice(&u16::from(version).to_be_bytes());
        header
    }

    /// Reads the header at the front of `incoming`. `None` if `incoming` has fewer than five bytes.
    #[inline]
    pub fn read(incoming: &[u8]) -> Option<Self> {
        incoming
            .first_chunk()
            .copied()
            .map(Self)
    }

    /// Returns the type in the header. It is `ApplicationData` in every protected TLS 1.3 record.
    pub fn typ(&self) -> ContentType {
        ContentType::from(self.0[0])
    }

    /// Returns the version in the header. It is 03 03 (`TLSv1_2`) in every record after a handshake, even in TLS 1.3.
    pub fn version(&self) -> ProtocolVersion {
        ProtocolVersion::from(u16::from_be_bytes([self.0[1], self.0[2]]))
    }

    /// Returns whether the type is `ApplicationData` and the version is 03 03.
    #[inline]
    pub(crate) fn is_application_data(&self) -> bool {
        let [typ, major, minor, ..] = self.0;
        (typ, major, minor) == (APPLICATION_DATA, 3, 3)
    }

    /// Returns the length of the payload, which follows the header.
    #[inline]
    pub fn payload_len(&self) -> usize {
        usize::from(u16::from_be_bytes([self.0[3], self.0[4]]))
    }

    /// Returns the bytes of the header as they are on the wire.
    #[inline]
    pub const fn as_bytes(&self) -> &[u8; HEADER_LEN] {
        &self.0
    }
}

/// Iterates over the records in `tls`, each as header and payload. The payload of the last record may be incomplete.
pub(crate) fn records(mut tls: &[u8]) -> impl Iterator<Item = (RecordHeader, &[u8])> {
    core::iter::from_fn(move || {
        let header = RecordHeader::read(tls)?;
        let after_header = &tls[HEADER_LEN..];
        let (payload, rest) = after_header.split_at(
            header
                .payload_len()
                .min(after_header.len()),
        );
        tls = rest;
        Some((header, payload))
    })
}

/// Computes how a write is fragmented into records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragmenter {
    max_content_len: NonZeroU16,
}

impl Fragmenter {
    /// Makes a fragmenter for the `max_fragment_size` of a rustls config.
    ///
    /// The size counts the five header bytes, but not the bytes that protection adds. `None` is the largest size.
    ///
    /// # Errors
    ///
    /// - `BadMaxFragmentSize`: the size is less than 32 or more than 16,389.
    pub(crate) fn new(max_fragment_size: Option<usize>) -> Result<Self, Error> {
        const LARGEST: usize = MAX_CONTENT_LEN + HEADER_LEN;
        let size = match max_fragment_size {
            None => LARGEST,
            Some(size @ 32..=LARGEST) => size,
            Some(_) => return Err(Error::BadMaxFragmentSize),
        };
        u16::try_from(size - HEADER_LEN)
            .ok()
            .and_then(NonZeroU16::new)
            .map(|max_content_len| Self { max_content_len })
            .ok_or(Error::BadMaxFragmentSize)
    }

    /// Returns the number of records for `content_len` bytes.
    #[inline]
    pub(crate) fn count(&self, content_len: usize) -> usize {
        match content_len {
            0 => 0,
            // Most writes need no division.
            len if len <= self.max_content_len() => 1,
            len => len.div_ceil(self.max_content_len()),
        }
    }

    /// Returns the maximum length of one record's content.
    #[inline]
    pub(crate) fn max_content_len(&self) -> usize {
        usize::from(self.max_content_len.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = RecordHeader::new(23, 0x1234);
        assert_eq!(header.as_bytes(), &[23, 3, 3, 0x12, 0x34]);
        assert_eq!(header.typ(), ContentType::ApplicationData);
        assert_eq!(header.version(), ProtocolVersion::TLSv1_2);
        assert_eq!(header.payload_len(), 0x1234);
        assert_eq!(
            RecordHeader::read(&[23, 3, 3, 0x12, 0x34, 99]),
            Some(header)
        );
    }

    #[test]
    fn every_prefix_of_a_header_is_too_short() {
        let bytes = [23, 3, 3, 0, 1];
        for len in 0..HEADER_LEN {
            assert_eq!(RecordHeader::read(&bytes[..len]), None);
        }
    }

    #[test]
    fn the_version_follows_from_the_suite() {
        assert_eq!(
            Version::of(CipherSuite::TLS13_AES_128_GCM_SHA256),
            Version::Tls13
        );
        assert_eq!(
            Version::of(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
            Version::Tls12
        );
    }

    #[test]
    fn max_fragment_size_counts_the_header() {
        let fragmenter = Fragmenter::new(Some(37)).unwrap();
        assert_eq!(fragmenter.max_content_len(), 32);
    }

    #[test]
    fn max_fragment_size_has_the_limits_of_rustls() {
        for bad in [0, 5, 31, 16_390, usize::MAX] {
            assert_eq!(
                Fragmenter::new(Some(bad)).unwrap_err(),
                Error::BadMaxFragmentSize
            );
        }
        for good in [32, 16_389] {
            assert!(Fragmenter::new(Some(good)).is_ok());
        }
    }

    #[test]
    fn a_write_is_fragmented_every_2_to_the_14_bytes() {
        let fragmenter = Fragmenter::new(None).unwrap();
        for (len, records) in [
            (0, 0),
            (1, 1),
            (16_383, 1),
            (16_384, 1),
            (16_385, 2),
            (40_000, 3),
        ] {
            assert_eq!(fragmenter.count(len), records);
        }
    }
}
