//! The traits that a crypto provider implements, and the types that it exchanges with the record layer.
//!
//! A provider consists of three parts:
//!
//! 1. a [`MessageEncrypter`] and a [`MessageDecrypter`] for each way of protecting records. One type may implement
//!    both.
//! 2. an [`AeadAlgorithm`] that makes them from [`TrafficKeys`].
//! 3. a [`RecordProvider`] that maps each cipher suite to its algorithm.
//!
//! # Who writes what
//!
//! A record on the wire is a header of five bytes and a payload. The [`record_layer`](crate::record_layer) writes the
//! header, and the provider writes the whole payload. All sizes are in bytes:
//!
//! | protection | prefix | ciphertext of | tag | payload |
//! | --- | --- | --- | --- | --- |
//! | TLS 1.3, every suite | 0 | content, 1 type byte, padding | 16 | content + padding + 17 |
//! | TLS 1.2, AES-GCM | 8 (explicit nonce) | content | 16 | content + 24 |
//! | TLS 1.2, CHACHA20-POLY1305 | 0 | content | 16 | content + 16 |
//!
//! RFC 8446 s5.2, RFC 5288 s3, RFC 7905 s2.
//!
//! # Nonce and additional data
//!
//! For the record with sequence number `seq`:
//!
//! | protection | nonce | additional data |
//! | --- | --- | --- |
//! | TLS 1.3, sealing | [`Iv::nonce`] of `seq` | [`RecordHeader::new`] of type 23 and the payload's length |
//! | TLS 1.3, opening | [`Iv::nonce`] of `seq` | the header as it was received |
//! | TLS 1.2, AES-GCM, sealing | [`Iv::nonce`] of `seq`; its last 8 bytes are the prefix | `seq`, then a header with the record's type and the content's length |
//! | TLS 1.2, AES-GCM, opening | the first 4 bytes of the iv, then the prefix | the same |
//! | TLS 1.2, CHACHA20-POLY1305 | [`Iv::nonce`] of `seq` | the same |
//!
//! RFC 8446 s5.2 and s5.3, RFC 5246 s6.2.3.3. rustls computes the additional data in `make_tls13_aad` and
//! `make_tls12_aad`.
//!
//! # How often keys change
//!
//! The record layer asks for one encrypter and one decrypter when it takes over a connection from rustls. For suites of
//! [`with_records`](crate::crypto::with_records), rustls asks before that: twice for each direction in a TLS 1.3
//! handshake, once in TLS 1.2.
//!
//! In TLS 1.3, each KeyUpdate changes a key. Either side may send one at any time. We send one at the latest when a key
//! reaches the suite's `confidentiality_limit`, 2^24 records with AES-GCM. TLS 1.2 has one key per direction; the
//! connection is closed before that limit.
//!
//! A provider may get the same key again after
//! [`release_ciphers`](crate::unbuffered::CommonState::release_ciphers). Its sequence numbers then
//! continue.
//!
//! # Errors
//!
//! - [`InvalidKey`] ends the connection before anything is sent under the key.
//! - [`EncryptFailed`] ends writing.
//! - [`DecryptFailed`] ends the connection with the alert that it names.
//!
//! None of them carries further details, and a provider should not panic. If it panics anyway, the record layer wipes
//! the record and discards the key during the unwind.
//!
//! [`docs/providers.md`] explains all of this with a complete provider as the example.
//!
//! [`docs/providers.md`]: https://github.com/rustls-direct/rustls-direct/blob/main/docs/providers.md

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
    /// Seals `record` into `out`, as the payload of the record with sequence number `seq`.
    ///
    /// `out` has exactly [`encrypted_payload_len`](Self::encrypted_payload_len) bytes for the record's content and
    /// padding together. The call writes every byte of it: explicit nonce if there is one, ciphertext, tag. It ignores
    /// the earlier bytes of `out`, unless the content is [`Content::InPlace`] and lies there. The content is at most
    /// [`MAX_CONTENT_LEN`](crate::record::MAX_CONTENT_LEN) bytes and is read once.
    ///
    /// The first `seq` may be any number. Later numbers only rise: a caller never passes a number twice. The
    /// [module](self#nonce-and-additional-data) defines the nonce and the additional data for each number.
    ///
    /// # Errors
    ///
    /// - [`EncryptFailed`]: `out` has another length, or the record could not be sealed for any other reason. The
    ///   caller wipes `out`, does not use `seq` again, and seals no more records.
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed>;

    /// Returns the payload's length for `content_and_padding` bytes: that number plus a constant.
    ///
    /// The record layer calls this once per key, with 0, to learn the constant. rustls calls it for each record of a
    /// handshake, with at most 2^14.
    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize;

    /// Returns how many payload bytes precede the ciphertext: 8 for the explicit nonce of TLS 1.2 AES-GCM, else 0.
    fn payload_prefix_len(&self) -> usize;
}

/// Opens the payloads of incoming records under one key.
pub trait MessageDecrypter: Send + Sync {
    /// Opens `payload` in place and returns its type and the range of `payload` that holds the content.
    ///
    /// `header` is the header as it was received, and `payload` has the length that the header announces. A TLS 1.3
    /// header always has type 23 and version 03 03: the caller refuses any other before this call.
    ///
    /// # Errors
    ///
    /// See [`DecryptFailed`]. After an error `payload` must not hold plaintext: an implementation verifies the tag
    /// before it writes plaintext, or wipes the plaintext. The caller also wipes `payload`, and opens no more records.
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed>;

    /// Opens `payload` into `out` and returns its type and the range of `out` that holds the content.
    ///
    /// `out` has [`decrypted_payload_len`](Self::decrypted_payload_len) bytes or more. The call may also write bytes of
    /// `out` outside the content. The bytes of `payload` are unspecified afterwards.
    ///
    /// The default implementation opens the record in place and copies the content. Override it if the library can
    /// decrypt from one slice into another.
    ///
    /// # Errors
    ///
    /// See [`DecryptFailed`]. If `out` is too short, the error is [`BadRecordMac`](DecryptFailed::BadRecordMac). After
    /// an error neither `payload` nor `out` may hold plaintext, as for [`decrypt_in_place`](Self::decrypt_in_place).
    /// The caller also wipes both, and opens no more records.
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

    /// Returns how many bytes a payload of `payload_len` bytes opens to: the content, and in TLS 1.3 also the type byte
    /// and the padding.
    ///
    /// The result is `payload_len` minus a constant, or 0 if the payload is too short. The record layer calls this once
    /// per connection, to learn the constant.
    fn decrypted_payload_len(&self, payload_len: usize) -> usize;
}

/// Makes encrypters and decrypters for one AEAD in one version of TLS.
pub trait AeadAlgorithm: Send + Sync {
    /// Returns the length of the key in bytes.
    fn key_len(&self) -> usize;

    /// Makes an encrypter for `keys`.
    ///
    /// # Errors
    ///
    /// - [`InvalidKey`]: the key's length is not [`key_len`](Self::key_len), or the library rejected the key. The
    ///   record layer never passes a wrong length, but other callers may.
    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey>;

    /// Makes a decrypter for `keys`.
    ///
    /// # Errors
    ///
    /// As [`encrypter`](Self::encrypter).
    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey>;

    /// Returns what [`record_source`](crate::unbuffered::CommonState::record_source) reports for
    /// connections with this algorithm: the name of its type.
    ///
    /// Providers should not override this.
    fn source(&self) -> RecordSource {
        RecordSource::Provider(type_name::<Self>())
    }
}

/// Maps each cipher suite to the algorithm that protects its records.
///
/// The built-in ones are `crypto::aws_lc_rs::RECORD_PROVIDER` and `crypto::ring::RECORD_PROVIDER`.
pub trait RecordProvider: fmt::Debug + Send + Sync {
    /// Returns the algorithm that protects the records of `suite`, or `None` if this provider has none.
    ///
    /// The answer must not change between `Some` and `None`. A connection may be made without asking; it then fails at
    /// the end of its handshake if the answer is `None`.
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
    fn an_error_of_the_default_decrypt_into_leaves_no_plaintext() {
        /// Returns the range that it holds as the content's.
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
