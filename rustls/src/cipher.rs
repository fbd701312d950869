//! What a crypto provider implements, and the types that pass between it and the record layer.
//!
//! A provider is three small things:
//!
//! 1. a [`MessageEncrypter`] and a [`MessageDecrypter`] for each way of protecting records, which may be one type;
//! 2. an [`AeadAlgorithm`] that makes them from [`TrafficKeys`];
//! 3. a [`RecordProvider`] that knows the algorithm of each cipher suite.
//!
//! # Who writes what
//!
//! A record on the wire is a header of five bytes and a payload. The header is written by
//! [`record_layer`](crate::record_layer). The payload is the provider's:
//!
//! | protection | prefix | ciphertext of | tag | sum |
//! | --- | --- | --- | --- | --- |
//! | TLS 1.3, every suite | 0 | content, 1 type byte, padding | 16 | content + padding + 17 |
//! | TLS 1.2, AES-GCM | 8 (explicit nonce) | content | 16 | content + 24 |
//! | TLS 1.2, CHACHA20-POLY1305 | 0 | content | 16 | content + 16 |
//!
//! RFC 8446 s5.2, RFC 5288 s3, RFC 7905 s2.
//!
//! # Nonce and additional data
//!
//! Of a record with sequence number `seq`:
//!
//! | protection | nonce | additional data |
//! | --- | --- | --- |
//! | TLS 1.3, every suite | [`Iv::nonce`] of `seq` | the header: of an outgoing record [`RecordHeader::new`] of 23 and the payload's length |
//! | TLS 1.2, AES-GCM, sealing | [`Iv::nonce`] of `seq`; its last 8 bytes are the prefix | `seq`, and a header with the record's type and the content's length |
//! | TLS 1.2, AES-GCM, opening | the first 4 bytes of the iv, and the prefix | the same |
//! | TLS 1.2, CHACHA20-POLY1305 | [`Iv::nonce`] of `seq` | the same |
//!
//! RFC 8446 s5.2 and s5.3, RFC 5246 s6.2.3.3. rustls has `make_tls13_aad` and `make_tls12_aad` for the additional data.
//!
//! # How often keys change
//!
//! An encrypter or decrypter is made for each direction when a connection is taken over from rustls, and for suites of
//! [`with_records`](crate::crypto::with_records) twice in a TLS 1.3 handshake before that, once in TLS 1.2. Then for each
//! KeyUpdate of TLS 1.3: whenever a side asks for it, and at the latest when a key has sealed as many records as its suite's
//! `confidentiality_limit` allows, 2^24 with AES-GCM. TLS 1.2 has one key; its connection is closed before the limit. A key
//! may also come a second time, after
//! [`release_ciphers`](crate::unbuffered::CommonState::release_ciphers), and goes on with the number at which
//! it was.
//!
//! # Errors
//!
//! [`InvalidKey`] ends the connection before anything is sent under the key, [`EncryptFailed`] ends writing, and
//! [`DecryptFailed`] ends the connection with the alert that it names. None of them says more, and none is a panic. If an
//! implementation panics all the same, the record layer wipes the record and lets the key go while it unwinds.
//!
//! `docs/providers.md` goes through the whole of it with a provider that is there.

mod record_source;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::type_name;
use core::fmt;
use core::ops::{Deref, Range};

use rustls::crypto::cipher::OutboundChunks;
use rustls::{CipherSuite, ContentType};
use zeroize::Zeroizing;

pub use record_source::{RecordSource, WrappedBecause};

use crate::record::{APPLICATION_DATA, RecordHeader};

/// Seals the payloads of outgoing records under one key.
pub trait MessageEncrypter: Send + Sync {
    /// Seals `record` as the payload of the record with sequence number `seq`, over the whole of `out`.
    ///
    /// `out` is exactly [`encrypted_payload_len`](Self::encrypted_payload_len) of the content and padding together,
    /// and every byte of it is written: explicit nonce if there is one, ciphertext, tag. What it held before does not
    /// matter, but for [`Content::InPlace`], whose content it holds. The content is at most
    /// [`MAX_CONTENT_LEN`](crate::record::MAX_CONTENT_LEN) bytes and is read once.
    ///
    /// `seq` may begin anywhere, and only rises: a caller never passes a number twice. Nonce and additional data follow
    /// from it as the [module](self#nonce-and-additional-data) says.
    ///
    /// # Errors
    ///
    /// `EncryptFailed` for whatever goes wrong, an `out` of another length among it. The caller wipes `out`, does not
    /// use `seq` again, and seals nothing more.
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Bytes of payload that `content_and_padding` bytes make: that number and a constant.
    ///
    /// The record layer asks for the constant once for each key, with 0, and rustls for each record of a handshake, with at
    /// most 2^14.
    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize;

    /// Bytes of payload before the ciphertext: 8 for the explicit nonce of TLS 1.2 AES-GCM, else 0.
    fn payload_prefix_len(&self) -> usize;
}

/// Opens the payloads of incoming records under one key.
pub trait MessageDecrypter: Send + Sync {
    /// Opens `payload` where it lies, and says its type and where in `payload` the content is.
    ///
    /// `header` is the header as it was received, and `payload` is all that it announces. A TLS 1.3 header says 23,
    /// 03 03, or this is not called.
    ///
    /// # Errors
    ///
    /// See [`DecryptFailed`]. After an error `payload` holds no plaintext: an implementation checks the tag before it writes
    /// plaintext, or wipes what it wrote. The caller wipes `payload` in any case, and opens nothing more.
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed>;

    /// Opens `payload` into `out`, and says its type and where in `out` the content is.
    ///
    /// `out` has room for [`decrypted_payload_len`](Self::decrypted_payload_len) bytes or more. Its bytes outside the
    /// content may have been written too. `payload` holds nothing of use afterwards.
    ///
    /// An implementation that has a call for it should override this: by default the record is opened in place and
    /// copied.
    ///
    /// # Errors
    ///
    /// See [`DecryptFailed`]; a shorter `out` is `BadRecordMac`. After an error neither `payload` nor `out` holds plaintext,
    /// as for [`decrypt_in_place`](Self::decrypt_in_place). The caller wipes both in any case, and opens nothing more.
    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let Opened { typ, content } = self.decrypt_in_place(header, payload, seq)?;
        let content_len = content.len();
        match (payload.get(content), out.get_mut(..content_len)) {
            (Some(content), Some(out)) => out.copy_from_slice(content),
            _ => {
                payload.fill(0);
                return Err(DecryptFailed::BadRecordMac);
            }
        }
        Ok(Opened {
            typ,
            content: 0..content_len,
        })
    }

    /// Bytes that a payload of `payload_len` bytes opens to: content, and in TLS 1.3 the type byte and padding; 0 for
    /// one that is too short to be opened.
    ///
    /// It is a constant less, which the record layer asks for once for each connection.
    fn decrypted_payload_len(&self, payload_len: usize) -> usize;
}

/// Makes encrypters and decrypters: one way of protecting records, in one version of TLS.
pub trait AeadAlgorithm: Send + Sync {
    /// Bytes of key that the algorithm takes.
    fn key_len(&self) -> usize;

    /// An encrypter for `keys`.
    ///
    /// # Errors
    ///
    /// `InvalidKey` for a key of another length than [`key_len`](Self::key_len), which the record layer does not pass but
    /// others may, and for one that can not be used.
    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey>;

    /// A decrypter for `keys`.
    ///
    /// # Errors
    ///
    /// As [`encrypter`](Self::encrypter).
    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey>;

    /// What [`record_source`](crate::unbuffered::CommonState::record_source) of a connection says of this
    /// algorithm: the name of its type. Leave it as it is.
    fn source(&self) -> RecordSource {
        RecordSource::Provider(type_name::<Self>())
    }
}

/// Knows the algorithm of each cipher suite.
///
/// `crypto::aws_lc_rs` and `crypto::ring` have one each, called `RECORD_PROVIDER`.
pub trait RecordProvider: fmt::Debug + Send + Sync {
    /// The algorithm that protects the records of `suite`, or `None` if this provider has none.
    ///
    /// Whether there is one must not change. A connection may begin without asking, and fails at the end of its handshake
    /// if there is none then.
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm>;
}

/// What goes into one record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutboundRecord<'a> {
    /// The type of the content. TLS 1.3 seals it with the content, TLS 1.2 shows it in the header.
    pub typ: ContentType,
    /// At most [`MAX_CONTENT_LEN`](crate::record::MAX_CONTENT_LEN) bytes.
    pub content: Content<'a>,
    /// Zero bytes to hide the content's length, together with it at most
    /// [`MAX_CONTENT_LEN`](crate::record::MAX_CONTENT_LEN). Always 0 in TLS 1.2, which has none. RFC 8446 s5.4.
    pub padding: usize,
}

impl<'a> OutboundRecord<'a> {
    /// A record without padding.
    #[inline]
    pub fn new(typ: ContentType, content: Content<'a>) -> Self {
        Self {
            typ,
            content,
            padding: 0,
        }
    }

    /// The same record with `padding` zero bytes.
    pub fn padded(self, padding: usize) -> Self {
        Self { padding, ..self }
    }
}

/// Where the content of an outgoing record is. Its `Debug` shows only how long it is.
#[derive(Clone)]
pub enum Content<'a> {
    /// In slices of the caller, which are left as they are.
    Chunks(OutboundChunks<'a>),
    /// Already where it will be sealed: `len` bytes of `out`, behind
    /// [`payload_prefix_len`](MessageEncrypter::payload_prefix_len) bytes.
    InPlace {
        /// Bytes of content.
        len: usize,
    },
}

impl Content<'_> {
    /// Bytes of content.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Chunks(OutboundChunks::Single(chunk)) => chunk.len(),
            // Not `OutboundChunks::len`, which overflows if `end` is before `start`.
            Self::Chunks(OutboundChunks::Multiple { start, end, .. }) => end.saturating_sub(*start),
            Self::InPlace { len } => *len,
        }
    }

    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the content at the front of `out`, which is the payload behind its prefix, and leaves the rest of `out`
    /// alone.
    ///
    /// # Errors
    ///
    /// If `out` is too short, or if the chunks hold fewer bytes than they say.
    pub fn place(&self, out: &mut [u8]) -> Result<(), EncryptFailed> {
        let out = out
            .get_mut(..self.len())
            .ok_or(EncryptFailed)?;
        self.fill(out)
    }

    /// As [`place`](Self::place), of an `out` that is as long as the content. Its length is not worked out again.
    #[inline]
    pub(crate) fn fill(&self, out: &mut [u8]) -> Result<(), EncryptFailed> {
        match self {
            Self::InPlace { .. } => Ok(()),
            Self::Chunks(OutboundChunks::Single(chunk)) => {
                out.copy_from_slice(chunk);
                Ok(())
            }
            Self::Chunks(OutboundChunks::Multiple { chunks, start, .. }) => {
                copy_from(chunks, *start, out)
            }
        }
    }
}

/// Fills `out` from `slices`, beginning at their byte `skip`.
pub(crate) fn copy_from(
    slices: &[impl Deref<Target = [u8]>],
    mut skip: usize,
    mut out: &mut [u8],
) -> Result<(), EncryptFailed> {
    for slice in slices {
        let skipped = skip.min(slice.len());
        skip -= skipped;
        let piece = &slice[skipped..];
        if let Some(last) = piece.get(..out.len()) {
            out.copy_from_slice(last);
            return Ok(());
        }
        let (now, later) = out.split_at_mut(piece.len());
        now.copy_from_slice(piece);
        out = later;
    }
    match out {
        [] => Ok(()),
        _ => Err(EncryptFailed),
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(match self {
            Self::Chunks(_) => "Chunks",
            Self::InPlace { .. } => "InPlace",
        })
        .field("len", &self.len())
        .finish_non_exhaustive()
    }
}

impl<'a> From<&'a [u8]> for Content<'a> {
    #[inline]
    fn from(content: &'a [u8]) -> Self {
        Self::Chunks(OutboundChunks::Single(content))
    }
}

impl<'a> From<OutboundChunks<'a>> for Content<'a> {
    #[inline]
    fn from(content: OutboundChunks<'a>) -> Self {
        Self::Chunks(content)
    }
}

/// A payload that was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    /// The type of the content: in TLS 1.3 the one that was sealed with it.
    pub typ: ContentType,
    /// Where the content is.
    pub content: Range<usize>,
}

impl Opened {
    /// What a TLS 1.3 plaintext holds that begins where the content does: content, type, and zeros. RFC 8446 s5.4.
    ///
    /// # Errors
    ///
    /// `NoContentType` if there are only zeros, or nothing.
    #[inline]
    pub fn of_inner_plaintext(plaintext: &[u8]) -> Result<Self, DecryptFailed> {
        // Nearly all records are data without padding.
        if let [content @ .., APPLICATION_DATA] = plaintext {
            return Ok(Self {
                typ: ContentType::ApplicationData,
                content: 0..content.len(),
            });
        }
        let end = plaintext
            .iter()
            .rposition(|byte| *byte != 0)
            .ok_or(DecryptFailed::NoContentType)?;
        Ok(Self {
            typ: ContentType::from(plaintext[end]),
            content: 0..end,
        })
    }
}

/// A record could not be sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EncryptFailed;

impl fmt::Display for EncryptFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record could not be sealed")
    }
}

impl core::error::Error for EncryptFailed {}

/// A record could not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecryptFailed {
    /// The payload is not authentic, or too short to be. RFC 8446 s5.2 answers with `bad_record_mac`.
    BadRecordMac,
    /// The payload is authentic, but all of the TLS 1.3 plaintext is zero, so that it has no type. RFC 8446 s5.4
    /// answers with `unexpected_message`.
    NoContentType,
    /// The payload is authentic, but opens to more than a record may carry. RFC 8446 s5.4 and RFC 5246 s6.2.1 answer
    /// with `record_overflow`. A provider need not look: the record layer does.
    RecordOverflow,
}

impl fmt::Display for DecryptFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRecordMac => "the record is not authentic",
            Self::NoContentType => "the record has no content type",
            Self::RecordOverflow => "the record is too long",
        })
    }
}

impl core::error::Error for DecryptFailed {}

/// An algorithm did not take a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the algorithm does not take this key")
    }
}

impl core::error::Error for InvalidKey {}

/// Bytes of a nonce, and of the iv that it is made from, in every suite that we know. RFC 8446 s5.3.
pub const NONCE_LEN: usize = 12;

/// [`TrafficKeys`] were not made, because of the length of the key or of the iv.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidLength {
    /// Bytes of key that were given. Up to [`TrafficKeys::MAX_KEY_LEN`] are allowed.
    pub key: usize,
    /// Bytes of iv that were given. [`NONCE_LEN`] are allowed.
    pub iv: usize,
}

impl fmt::Display for InvalidLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, iv } = self;
        write!(
            f,
            "a key is at most {} bytes and an iv is {NONCE_LEN} bytes, but a key of {key} and an iv of {iv} were given",
            TrafficKeys::MAX_KEY_LEN
        )
    }
}

impl core::error::Error for InvalidLength {}

impl From<InvalidLength> for InvalidKey {
    fn from(_: InvalidLength) -> Self {
        Self
    }
}

/// One direction's key and iv. `Debug` never shows them.
///
/// Both lie in one allocation, which is wiped when it is freed. A move or a clone of this, or of its [`Iv`], copies only a
/// pointer to them, so they never exist a second time. The last of these pointers to be dropped frees the allocation.
///
/// In TLS 1.3 they are the write key and write iv of RFC 8446 s7.3, in TLS 1.2 with CHACHA20-POLY1305 those of the key
/// block. In TLS 1.2 with AES-GCM the iv is the salt (4 bytes) and what the explicit nonce of sequence number 0 is (8
/// bytes); the others follow by XOR with the sequence number. Whoever only opens needs the salt alone.
#[derive(Clone)]
pub struct TrafficKeys(Iv);

impl TrafficKeys {
    /// The longest key of any suite, in bytes.
    pub const MAX_KEY_LEN: usize = 32;

    /// Copies `key` and `iv`.
    ///
    /// # Errors
    ///
    /// [`InvalidLength`] if `key` is longer than [`MAX_KEY_LEN`](Self::MAX_KEY_LEN), or `iv` is not [`NONCE_LEN`] bytes.
    pub fn new(key: &[u8], iv: &[u8]) -> Result<Self, InvalidLength> {
        if key.len() > Self::MAX_KEY_LEN || iv.len() != NONCE_LEN {
            return Err(InvalidLength {
                key: key.len(),
                iv: iv.len(),
            });
        }
        // It is filled where it stays: a value that is moved there would leave a copy on the stack.
        let mut secret = Arc::new(Secret::default());
        let place = Arc::get_mut(&mut secret).expect("nobody else has it yet");
        place.key_len = key.len();
        place.key[..key.len()].copy_from_slice(key);
        place.iv.copy_from_slice(iv);
        Ok(Self(Iv(secret)))
    }

    /// The key.
    pub fn key(&self) -> &[u8] {
        let secret = &*self.0.0;
        &secret.key[..secret.key_len]
    }

    /// The iv.
    pub fn iv(&self) -> &Iv {
        &self.0
    }
}

impl fmt::Debug for TrafficKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrafficKeys")
            .field("key_len", &self.0.0.key_len)
            .finish_non_exhaustive()
    }
}

/// What nonces are made from. `Debug` never shows it.
///
/// It is a pointer to the iv of [`TrafficKeys`], and keeps their allocation until it is dropped, with the key in it.
#[derive(Clone)]
pub struct Iv(Arc<Secret>);

/// The bytes of [`TrafficKeys`]. They stay in their allocation, and are wiped there.
#[derive(Default)]
struct Secret {
    key: Zeroizing<[u8; TrafficKeys::MAX_KEY_LEN]>,
    key_len: usize,
    iv: Zeroizing<[u8; NONCE_LEN]>,
}

impl Iv {
    /// The nonce of the record `seq`: the iv, with `seq` (64 bits, big-endian) XORed into its last eight bytes.
    ///
    /// RFC 8446 s5.3, RFC 7905 s2.
    #[inline]
    pub fn nonce(&self, seq: u64) -> [u8; NONCE_LEN] {
        let mut nonce = *self.0.iv;
        let [.., a, b, c, d, e, f, g, h] = nonce;
        let low = u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ seq;
        nonce[4..].copy_from_slice(&low.to_be_bytes());
        nonce
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; NONCE_LEN] {
        &self.0.iv
    }
}

impl fmt::Debug for Iv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iv")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn nonce_is_iv_xor_seq() {
        let keys = TrafficKeys::new(&[], &[0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).unwrap();
        assert_eq!(keys.iv().nonce(0), *keys.iv().as_bytes());
        assert_eq!(
            keys.iv().nonce(0x0102_0304_0506_07ff),
            [
                0xf0,
                1,
                2,
                3,
                4 ^ 1,
                5 ^ 2,
                6 ^ 3,
                7 ^ 4,
                8 ^ 5,
                9 ^ 6,
                10 ^ 7,
                11 ^ 0xff
            ]
        );
    }

    #[test]
    fn the_type_is_the_last_byte_that_is_not_zero() {
        for padding in [0, 1, 300] {
            for typ in [20, 21, 22, 23, 24, 99] {
                for content in [&b""[..], b"a", b"a\0", b"\0\0"] {
                    let plaintext = [content, &[typ], &vec![0; padding]].concat();
                    let opened = Opened::of_inner_plaintext(&plaintext).unwrap();
                    assert_eq!(opened.typ, ContentType::from(typ));
                    assert_eq!(&plaintext[opened.content], content);
                }
            }
            assert_eq!(
                Opened::of_inner_plaintext(&vec![0; padding]),
                Err(DecryptFailed::NoContentType)
            );
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let keys = TrafficKeys::new(&[0xaa; 16], &[0xbb; 12]).unwrap();
        let shown = format!("{keys:?} {:?}", keys.iv());
        assert_eq!(shown, "TrafficKeys { key_len: 16, .. } Iv { .. }");
        let shown = format!("{:?}", Content::from(&b"secret"[..]));
        assert_eq!(shown, "Chunks { len: 6, .. }");
    }

    #[test]
    fn keys_of_a_wrong_length_are_refused() {
        for (key, iv) in [(33, 12), (300, 12), (16, 0), (16, 11), (16, 13), (33, 13)] {
            let refused = TrafficKeys::new(&vec![0; key], &vec![0; iv]).unwrap_err();
            assert_eq!(refused, InvalidLength { key, iv });
        }
        assert_eq!(
            InvalidLength { key: 33, iv: 11 }.to_string(),
            "a key is at most 32 bytes and an iv is 12 bytes, but a key of 33 and an iv of 11 were given"
        );
        assert_eq!(
            TrafficKeys::new(&[7; 32], &[0; 12])
                .unwrap()
                .key(),
            &[7; 32]
        );
    }

    #[test]
    fn an_error_of_the_default_leaves_no_plaintext() {
        /// Says that the content is where it is told.
        struct Opens(Range<usize>);

        impl MessageDecrypter for Opens {
            fn decrypt_in_place(
                &mut self,
                _: RecordHeader,
                _: &mut [u8],
                _: u64,
            ) -> Result<Opened, DecryptFailed> {
                Ok(Opened {
                    typ: ContentType::ApplicationData,
                    content: self.0.clone(),
                })
            }

            fn decrypted_payload_len(&self, payload_len: usize) -> usize {
                payload_len
            }
        }

        let open = |content, payload: &mut [u8], out: &mut [u8]| {
            let header = RecordHeader::new(APPLICATION_DATA, 4);
            Opens(content).decrypt_into(header, payload, 0, out)
        };
        for (content, room) in [(0..5, 5), (0..4, 3)] {
            let mut payload = *b"data";
            let opened = open(content, &mut payload, &mut vec![0; room]);
            assert_eq!(opened, Err(DecryptFailed::BadRecordMac));
            assert_eq!(payload, [0; 4]);
        }
        let (mut payload, mut out) = (*b"data", [0; 3]);
        let opened = open(1..4, &mut payload, &mut out).unwrap();
        assert_eq!((opened.content, &out), (0..3, b"ata"));
    }

    #[test]
    fn gathered_content_is_placed_from_any_cut() {
        let all: Vec<u8> = (0..9).collect();
        let chunks: [&[u8]; 6] = [&[], &all[..1], &[], &all[1..5], &all[5..9], &[]];
        for start in 0..=9 {
            for end in start..=9 {
                let content = Content::Chunks(OutboundChunks::Multiple {
                    chunks: &chunks,
                    start,
                    end,
                });
                let mut out = [0xee; 10];
                content.place(&mut out).unwrap();
                assert_eq!(out[..end - start], all[start..end]);
                assert!(
                    out[end - start..]
                        .iter()
                        .all(|b| *b == 0xee)
                );
            }
        }
    }

    #[test]
    fn chunks_that_claim_too_much_are_refused() {
        let chunks: [&[u8]; 2] = [&[1, 2], &[3]];
        for (start, end) in [(0, 4), (2, 5), (9, 10), (3, 4)] {
            let content = Content::Chunks(OutboundChunks::Multiple {
                chunks: &chunks,
                start,
                end,
            });
            assert_eq!(content.place(&mut [0; 16]), Err(EncryptFailed));
        }
    }

    #[test]
    fn chunks_that_end_before_they_start_are_empty() {
        let content = Content::Chunks(OutboundChunks::Multiple {
            chunks: &[&[1, 2, 3]],
            start: 2,
            end: 1,
        });
        assert!(content.is_empty());
    }

    #[test]
    fn content_that_does_not_fit_is_refused() {
        assert_eq!(
            Content::from(&[1, 2][..]).place(&mut [0]),
            Err(EncryptFailed)
        );
        assert_eq!(
            Content::InPlace { len: 2 }.place(&mut [0]),
            Err(EncryptFailed)
        );
    }
}
