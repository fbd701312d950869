//! The sealing half.

use alloc::boxed::Box;
use core::{fmt, mem};

use rustls::{CipherSuite, ContentType};

use super::error::{EncryptionError, KeyError};
use crate::cipher::{
    AeadAlgorithm, EncryptFailed, InvalidKey, MessageEncrypter, OutboundRecord, RecordProvider,
    RecordSource, TrafficKeys,
};
use crate::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader, Version};

/// Seals records under one key at a time: its encrypter, its sequence number, and how often it may still be used.
///
/// A sequence number is spent by every record that is begun, so that no nonce ever comes twice; it is not spent by a
/// call that is refused before.
pub struct EncryptionState {
    /// `None` while it was released, and once the key was let go.
    encrypter: Option<Box<dyn MessageEncrypter>>,
    /// What it is made of. `None` once the key was let go.
    keys: Option<TrafficKeys>,
    version: Version,
    /// Bytes that a record adds to its content and padding: header, explicit nonce, type, tag.
    overhead: u16,
    /// Bytes of a record before its content.
    content_offset: u16,
    /// Of the next record.
    seq: u64,
    /// Of each key: `seq` never reaches it. 0 once the key was let go.
    limit: u64,
    /// What the next key is for.
    algorithm: &'static dyn AeadAlgorithm,
    suite: CipherSuite,
}

impl EncryptionState {
    /// Begins at sequence number `seq` with a key that may seal the records below `limit`.
    ///
    /// `limit` counts all records under the key, those before `seq` as well. rustls has it as
    /// `CipherSuiteCommon::confidentiality_limit`, from RFC 8446 s5.5. Where it is `u64::MAX`, sequence numbers end
    /// at 2^64 - 2.
    ///
    /// # Errors
    ///
    /// See [`KeyError`].
    pub fn new(
        provider: &dyn RecordProvider,
        suite: CipherSuite,
        keys: &TrafficKeys,
        seq: u64,
        limit: u64,
    ) -> Result<Self, KeyError> {
        let algorithm = KeyError::algorithm(provider, suite)?;
        Self::with_algorithm(algorithm, suite, keys.clone(), seq, limit)
    }

    /// As [`new`](Self::new), with the algorithm of `suite`.
    pub(crate) fn with_algorithm(
        algorithm: &'static dyn AeadAlgorithm,
        suite: CipherSuite,
        keys: TrafficKeys,
        seq: u64,
        limit: u64,
    ) -> Result<Self, KeyError> {
        let encrypter = Self::encrypter(algorithm, suite, &keys)?;
        let version = Version::of(suite);
        let prefix_len = encrypter.payload_prefix_len();
        let payload_overhead = encrypter.encrypted_payload_len(0);
        if prefix_len > payload_overhead
            || payload_overhead > version.max_payload_len() - MAX_CONTENT_LEN
        {
            return Err(KeyError::Invalid(suite));
        }
        let with_header = |len| u16::try_from(HEADER_LEN + len);
        let (Ok(overhead), Ok(content_offset)) =
            (with_header(payload_overhead), with_header(prefix_len))
        else {
            return Err(KeyError::Invalid(suite));
        };
        Ok(Self {
            version,
            overhead,
            content_offset,
            encrypter: Some(encrypter),
            keys: Some(keys),
            seq,
            limit,
            algorithm,
            suite,
        })
    }

    fn encrypter(
        algorithm: &dyn AeadAlgorithm,
        suite: CipherSuite,
        keys: &TrafficKeys,
    ) -> Result<Box<dyn MessageEncrypter>, KeyError> {
        KeyError::check(algorithm, suite, keys)?;
        algorithm
            .encrypter(keys)
            .map_err(|InvalidKey| KeyError::Invalid(suite))
    }

    /// Goes on with another key of the same connection, from sequence number 0. RFC 8446 s5.3.
    ///
    /// It has the same limit. The old key is let go. On an error nothing changes. A key must never have sealed anything
    /// before, since its nonces begin anew.
    ///
    /// # Errors
    ///
    /// See [`KeyError`]. It is [`Ended`](KeyError::Ended) once the key was let go.
    pub fn change_key(&mut self, keys: &TrafficKeys) -> Result<(), KeyError> {
        if self.limit == 0 {
            return Err(KeyError::Ended);
        }
        self.encrypter = Some(Self::encrypter(self.algorithm, self.suite, keys)?);
        self.keys = Some(keys.clone());
        self.seq = 0;
        Ok(())
    }

    /// Seals `record` as one whole record at the front of `out`, and returns its length.
    ///
    /// That is [`encrypted_len`](Self::encrypted_len) of its content and padding. All of it is written, and `out` past
    /// it is untouched. Content that is [`InPlace`](crate::cipher::Content::InPlace) begins at
    /// [`content_offset`](Self::content_offset).
    ///
    /// The header says `ApplicationData` in TLS 1.3 and the record's own type in TLS 1.2, and version 03 03.
    /// RFC 8446 s5.2, RFC 5246 s6.2.3.
    ///
    /// Application data is refused one record before the limit: the last number is kept for what has to follow, a
    /// KeyUpdate or close_notify.
    ///
    /// # Errors
    ///
    /// After one of these, `out` is as it was and no sequence number was spent:
    /// - [`InsufficientSize`](EncryptionError::InsufficientSize): `out` is too short.
    /// - [`ContentTooLong`](EncryptionError::ContentTooLong): content and padding are more than 2^14 bytes.
    /// - [`PaddingUnsupported`](EncryptionError::PaddingUnsupported): the record is padded, and of TLS 1.2.
    /// - [`KeyExhausted`](EncryptionError::KeyExhausted): the key is at its limit, or was let go.
    ///
    /// After this one, the record's bytes in `out` are zero and the key was let go, because TLS cannot skip a number:
    /// - [`EncryptFailed`](EncryptionError::EncryptFailed): the provider could not seal the record.
    ///
    /// The same is true if the provider panics while it seals the record, and the caller catches the panic.
    #[inline(always)]
    pub fn encrypt_outgoing(
        &mut self,
        record: OutboundRecord<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncryptionError> {
        let content_and_padding = record
            .content
            .len()
            .saturating_add(record.padding);
        if content_and_padding > MAX_CONTENT_LEN {
            return Err(EncryptionError::ContentTooLong {
                max: MAX_CONTENT_LEN,
                provided: content_and_padding,
            });
        }
        if record.padding != 0 && self.version == Version::Tls12 {
            return Err(EncryptionError::PaddingUnsupported);
        }
        if self.remaining(record.typ) == 0 {
            return Err(EncryptionError::KeyExhausted);
        }
        let len = self.encrypted_len(content_and_padding);
        let provided = out.len();
        let Some(out) = out.get_mut(..len) else {
            return Err(EncryptionError::InsufficientSize {
                required: len,
                provided,
            });
        };

        let attempt = Attempt { state: self, out };
        let state = &mut *attempt.state;
        if state.encrypter.is_none() {
            state.restore_encrypter();
        }
        let Some(encrypter) = &mut state.encrypter else {
            return Err(EncryptionError::EncryptFailed);
        };
        let typ = match state.version {
            Version::Tls12 => record.typ,
            Version::Tls13 => ContentType::ApplicationData,
        };
        let Some((header, payload)) = attempt
            .out
            .split_first_chunk_mut::<HEADER_LEN>()
        else {
            return Err(EncryptionError::EncryptFailed);
        };
        let Ok(payload_len) = u16::try_from(payload.len()) else {
            return Err(EncryptionError::EncryptFailed);
        };
        *header = *RecordHeader::new(u8::from(typ), payload_len).as_bytes();

        let seq = state.seq;
        state.seq += 1;
        match encrypter.encrypt_into(record, seq, payload) {
            Ok(()) => {
                mem::forget(attempt);
                Ok(len)
            }
            Err(EncryptFailed) => Err(EncryptionError::EncryptFailed),
        }
    }

    /// Bytes of a whole record, header included, for so many bytes of content and padding.
    #[inline]
    pub fn encrypted_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + usize::from(self.overhead)
    }

    /// Where in a record content has to lie that is sealed in place: behind the header and the explicit nonce.
    #[inline]
    pub fn content_offset(&self) -> usize {
        usize::from(self.content_offset)
    }

    /// How many more records of this type the key may seal.
    ///
    /// One fewer for application data than for the others.
    #[inline]
    pub fn remaining(&self, typ: ContentType) -> u64 {
        let kept = u64::from(typ == ContentType::ApplicationData);
        self.limit
            .saturating_sub(kept)
            .saturating_sub(self.seq)
    }

    /// The implementation that protects the records.
    pub fn source(&self) -> RecordSource {
        self.algorithm.source()
    }

    /// The sequence number of the next record.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// How many records a key may seal that begins at sequence number 0. None once the key was let go.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Whether the key was let go.
    pub(crate) fn has_ended(&self) -> bool {
        self.keys.is_none()
    }

    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Lets the key go: it is wiped as far as the provider does that, and nothing is sealed any more.
    pub fn discard_key(&mut self) {
        self.encrypter = None;
        self.keys = None;
        self.limit = 0;
    }

    /// Drops the encrypter, which takes much more memory than the key that it is made of.
    ///
    /// It is made again for the next record.
    pub fn release_cipher(&mut self) {
        self.encrypter = None;
    }

    /// Leaves it at `None` if the provider does not take the key a second time.
    #[cold]
    fn restore_encrypter(&mut self) {
        self.encrypter = self
            .keys
            .as_ref()
            .and_then(|keys| Self::encrypter(self.algorithm, self.suite, keys).ok());
    }
}

/// A record that is being sealed. Unless all of it is sealed, and this forgotten, its bytes are wiped and the key is let go,
/// because TLS cannot skip a number. A panic of the provider comes to the same.
struct Attempt<'a> {
    state: &'a mut EncryptionState,
    out: &'a mut [u8],
}

impl Drop for Attempt<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        abandon(self.state, self.out);
    }
}

/// Takes the parts of an attempt, because the attempt would need a place in memory to be passed itself.
#[cold]
#[inline(never)]
fn abandon(state: &mut EncryptionState, out: &mut [u8]) {
    out.fill(0);
    state.discard_key();
}

impl fmt::Debug for EncryptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionState")
            .field("seq", &self.seq)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
