//! The sealing half of the record layer.

use alloc::boxed::Box;
use core::{fmt, mem};

use rustls::{CipherSuite, ContentType};

use super::error::{EncryptionError, KeyError};
use crate::cipher::{
    AeadAlgorithm, EncryptFailed, InvalidKey, MessageEncrypter, OutboundRecord, RecordProvider,
    RecordSource, TrafficKeys,
};
use crate::record::{HEADER_LEN, MAX_CONTENT_LEN, RecordHeader, Version};

/// Seals records under one key at a time, with its sequence number and the limit of records per key.
///
/// Every attempt to seal a record spends a sequence number, even if it fails, so no nonce is used twice. A call that is
/// refused before that spends none.
pub struct EncryptionState {
    /// `None` after [`release_cipher`](Self::release_cipher), and after the key was discarded.
    encrypter: Option<Box<dyn MessageEncrypter>>,
    /// The keys that `encrypter` is made from. `None` after the key was discarded.
    keys: Option<TrafficKeys>,
    version: Version,
    /// Bytes that a record adds to its content and padding: header, explicit nonce, type, tag.
    overhead: u16,
    /// Bytes of a record before its content.
    content_offset: u16,
    /// The sequence number of the next record.
    seq: u64,
    /// A key seals only records with sequence numbers below this. 0 after the key was discarded.
    limit: u64,
    /// The algorithm of every key.
    algorithm: &'static dyn AeadAlgorithm,
    suite: CipherSuite,
}

impl EncryptionState {
    /// Makes a sealing half that starts at sequence number `seq`.
    ///
    /// The key may seal records with sequence numbers below `limit`. So `limit` also counts the records before `seq`.
    /// It is `CipherSuiteCommon::confidentiality_limit` in rustls, from RFC 8446 s5.5. With a limit of `u64::MAX`, the
    /// last sequence number is 2^64 - 2.
    ///
    /// # Errors
    ///
    /// - [`UnsupportedSuite`](KeyError::UnsupportedSuite): `provider` has no algorithm for `suite`.
    /// - [`WrongLength`](KeyError::WrongLength): the length of the key is wrong for `suite`.
    /// - [`Invalid`](KeyError::Invalid): the provider rejected the key, or adds more bytes to a record than TLS allows.
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

    /// As [`new`](Self::new), with the `algorithm` of `suite`.
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

    /// Replaces the key, and restarts at sequence number 0. RFC 8446 s5.3.
    ///
    /// The suite and the limit stay the same. The new key must never have sealed a record before, because its nonces
    /// start again.
    ///
    /// # Errors
    ///
    /// After an error nothing has changed.
    /// - [`WrongLength`](KeyError::WrongLength), [`Invalid`](KeyError::Invalid): as for [`new`](Self::new).
    /// - [`Ended`](KeyError::Ended): the key was discarded.
    pub fn change_key(&mut self, keys: &TrafficKeys) -> Result<(), KeyError> {
        if self.limit == 0 {
            return Err(KeyError::Ended);
        }
        self.encrypter = Some(Self::encrypter(self.algorithm, self.suite, keys)?);
        self.keys = Some(keys.clone());
        self.seq = 0;
        Ok(())
    }

    /// Seals `record` as one whole record at the front of `out`, and returns its length in bytes.
    ///
    /// The length is [`encrypted_len`](Self::encrypted_len) of its content and padding. All of these bytes are written;
    /// the rest of `out` is untouched. Content that is [`InPlace`](crate::cipher::Content::InPlace) starts at
    /// [`content_offset`](Self::content_offset).
    ///
    /// The type in the header is `ApplicationData` in TLS 1.3, and the record's own type in TLS 1.2. The version is 03
    /// 03. RFC 8446 s5.2, RFC 5246 s6.2.3.
    ///
    /// Application data is refused one record before the limit: the last sequence number is reserved for the KeyUpdate
    /// or close_notify that has to follow.
    ///
    /// # Errors
    ///
    /// After one of these, `out` is unchanged and no sequence number was spent:
    /// - [`InsufficientSize`](EncryptionError::InsufficientSize): `out` is too short.
    /// - [`ContentTooLong`](EncryptionError::ContentTooLong): content and padding are more than 2^14 bytes.
    /// - [`PaddingUnsupported`](EncryptionError::PaddingUnsupported): the record has padding, and the version is TLS
    ///   1.2.
    /// - [`KeyExhausted`](EncryptionError::KeyExhausted): the key has reached its limit, or was discarded.
    ///
    /// After this one, the record's bytes in `out` are zero and the key is discarded, because TLS cannot skip a
    /// sequence number:
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
        let required = self.encrypted_len(content_and_padding);
        let provided = out.len();
        let Some(out) = out.get_mut(..required) else {
            return Err(EncryptionError::InsufficientSize { required, provided });
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
                Ok(required)
            }
            Err(EncryptFailed) => Err(EncryptionError::EncryptFailed),
        }
    }

    /// Returns the length of a whole record, header included, with `content_and_padding` bytes of content and padding.
    #[inline]
    pub fn encrypted_len(&self, content_and_padding: usize) -> usize {
        content_and_padding + usize::from(self.overhead)
    }

    /// Returns the offset in a record of content that is sealed in place: after the header and the explicit nonce.
    #[inline]
    pub fn content_offset(&self) -> usize {
        usize::from(self.content_offset)
    }

    /// Returns how many more records of type `typ` the key may seal.
    ///
    /// For application data this is one less than for other types.
    #[inline]
    pub fn remaining(&self, typ: ContentType) -> u64 {
        let reserved = u64::from(typ == ContentType::ApplicationData);
        self.limit
            .saturating_sub(reserved)
            .saturating_sub(self.seq)
    }

    /// Returns the implementation that protects the records.
    pub fn source(&self) -> RecordSource {
        self.algorithm.source()
    }

    /// Returns the sequence number of the next record.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns how many records a new key may seal. 0 after the key was discarded.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Returns whether the key was discarded.
    pub(crate) fn has_ended(&self) -> bool {
        self.keys.is_none()
    }

    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Discards the key. No more records can be sealed.
    ///
    /// The bytes of the key are wiped with the last [`TrafficKeys`] that point to them. Whether the provider's own form
    /// of the key is wiped depends on the provider.
    pub fn discard_key(&mut self) {
        self.encrypter = None;
        self.keys = None;
        self.limit = 0;
    }

    /// Frees the encrypter, which takes much more memory than the key.
    ///
    /// The next record makes it again from the key.
    pub fn release_cipher(&mut self) {
        self.encrypter = None;
    }

    /// Makes the encrypter again. It stays `None` if the provider rejects the key this time.
    #[cold]
    fn restore_encrypter(&mut self) {
        self.encrypter = self
            .keys
            .as_ref()
            .and_then(|keys| Self::encrypter(self.algorithm, self.suite, keys).ok());
    }
}

/// An attempt to seal a record. Dropping it wipes the record and discards the key, because TLS cannot skip a sequence
/// number. This also happens if the provider panics. After a success the attempt is forgotten instead.
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

/// Wipes the record and discards the key.
///
/// This takes the fields one by one: a reference to the attempt would force the attempt into memory.
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
