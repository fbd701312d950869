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

mod content;
mod error;
mod keys;
mod opened;
mod record_source;

use alloc::boxed::Box;
use core::any::type_name;
use core::fmt;

use rustls::CipherSuite;

#[cfg(feature = "std")]
pub(crate) use content::copy_from;
pub use content::{Content, OutboundRecord};
pub use error::{DecryptFailed, EncryptFailed, InvalidKey};
pub use keys::{InvalidLength, Iv, NONCE_LEN, TrafficKeys};
pub use opened::Opened;
pub use record_source::{RecordSource, WrappedBecause};

use crate::record::RecordHeader;

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

#[cfg(test)]
mod tests {
    use alloc::vec;
    use core::ops::Range;

    use rustls::ContentType;

    use super::*;
    use crate::record::APPLICATION_DATA;

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
}
