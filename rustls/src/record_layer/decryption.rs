//! The opening half of the record layer.

use alloc::boxed::Box;
use core::fmt;

use rustls::CipherSuite;

use super::error::{DecryptionError, KeyError};
use super::mark::Mark;
use crate::cipher::{
    AeadAlgorithm, InvalidKey, MessageDecrypter, RecordProvider, RecordSource, TrafficKeys,
};
use crate::record::{RecordHeader, Version};

/// Opens records under one key at a time, with its sequence number.
///
/// The first error discards the key, and every later call returns the same error.
pub struct DecryptionState {
    /// `None` after [`release_cipher`](Self::release_cipher), and after the key was discarded.
    pub(super) decrypter: Option<Box<dyn MessageDecrypter>>,
    /// The keys that `decrypter` is made from. `None` after the key was discarded.
    keys: Option<TrafficKeys>,
    pub(super) version: Version,
    /// Bytes that a payload adds to its plaintext.
    pub(super) overhead: u16,
    /// Maximum length of any payload.
    pub(super) max_payload_len: u16,
    /// Length of the payload with the longest plaintext that a record may carry.
    pub(super) payload_len_of_max_plaintext: u16,
    /// Replaces the header of a record that was opened: see [`mark`](Self::mark).
    pub(super) mark: Mark,
    /// The sequence number of the next record.
    pub(super) seq: u64,
    pub(super) failed: Option<DecryptionError>,
    /// The algorithm of every key.
    algorithm: &'static dyn AeadAlgorithm,
    suite: CipherSuite,
}

impl DecryptionState {
    /// Makes an opening half that starts at sequence number `seq`.
    ///
    /// # Errors
    ///
    /// - [`UnsupportedSuite`](KeyError::UnsupportedSuite): `provider` has no algorithm for `suite`.
    /// - [`WrongLength`](KeyError::WrongLength): the length of the key is wrong for `suite`.
    /// - [`Invalid`](KeyError::Invalid): the provider rejected the key.
    pub fn new(
        provider: &dyn RecordProvider,
        suite: CipherSuite,
        keys: &TrafficKeys,
        seq: u64,
    ) -> Result<Self, KeyError> {
        let algorithm = KeyError::algorithm(provider, suite)?;
        Self::with_algorithm(algorithm, suite, keys.clone(), seq)
    }

    /// As [`new`](Self::new), with the `algorithm` of `suite`.
    pub(crate) fn with_algorithm(
        algorithm: &'static dyn AeadAlgorithm,
        suite: CipherSuite,
        keys: TrafficKeys,
        seq: u64,
    ) -> Result<Self, KeyError> {
        let decrypter = Self::decrypter(algorithm, suite, &keys)?;
        let version = Version::of(suite);
        let longest = version.max_payload_len();
        let overhead = longest
            - decrypter
                .decrypted_payload_len(longest)
                .min(longest);
        let len = |len| u16::try_from(len).map_err(|_| KeyError::Invalid(suite));
        Ok(Self {
            decrypter: Some(decrypter),
            keys: Some(keys),
            version,
            overhead: len(overhead)?,
            max_payload_len: len(longest)?,
            payload_len_of_max_plaintext: len(version.max_plaintext_len() + overhead)?,
            mark: Mark::NONE,
            seq,
            failed: None,
            algorithm,
            suite,
        })
    }

    fn decrypter(
        algorithm: &dyn AeadAlgorithm,
        suite: CipherSuite,
        keys: &TrafficKeys,
    ) -> Result<Box<dyn MessageDecrypter>, KeyError> {
        KeyError::check(algorithm, suite, keys)?;
        algorithm
            .decrypter(keys)
            .map_err(|InvalidKey| KeyError::Invalid(suite))
    }

    /// Replaces the key, and restarts at sequence number 0. RFC 8446 s5.3.
    ///
    /// # Errors
    ///
    /// After an error nothing has changed.
    /// - [`WrongLength`](KeyError::WrongLength), [`Invalid`](KeyError::Invalid): as for [`new`](Self::new).
    /// - [`Ended`](KeyError::Ended): a record was refused before, or the key was discarded.
    pub fn change_key(&mut self, keys: &TrafficKeys) -> Result<(), KeyError> {
        if self.failed.is_some() {
            return Err(KeyError::Ended);
        }
        self.decrypter = Some(Self::decrypter(self.algorithm, self.suite, keys)?);
        self.keys = Some(keys.clone());
        self.seq = 0;
        Ok(())
    }

    /// Returns how many bytes [`decrypt_incoming_into`](Self::decrypt_incoming_into) needs in `out` for the record at
    /// the front of `incoming`: its content, and in TLS 1.3 also its type byte and padding.
    ///
    /// `None` if `incoming` holds less than a whole header.
    pub fn room_for(&self, incoming: &[u8]) -> Option<usize> {
        RecordHeader::read(incoming).map(|header| {
            header
                .payload_len()
                .saturating_sub(usize::from(self.overhead))
        })
    }

    /// Returns the implementation that protects the records.
    pub fn source(&self) -> RecordSource {
        self.algorithm.source()
    }

    /// Returns the sequence number of the next record.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Discards the key. No more records can be opened.
    ///
    /// The bytes of the key are wiped with the last [`TrafficKeys`] that point to them. Whether the provider's own form
    /// of the key is wiped depends on the provider.
    pub fn discard_key(&mut self) {
        self.fail(DecryptionError::NoKey);
    }

    /// Sets the mark that [`mark`](Self::mark) writes.
    pub(crate) fn set_mark(&mut self, mark: Mark) {
        self.mark = mark;
    }

    /// Writes the [`Mark`] over the header of the record at the front of `incoming`, which was opened.
    #[inline(always)]
    pub(crate) fn mark(&self, incoming: &mut [u8]) {
        self.mark.write(incoming);
    }

    /// As [`mark`](Self::mark), for a record whose content the caller already has. Writes four bytes.
    #[inline(always)]
    #[cfg(feature = "std")]
    pub(crate) fn mark_taken(&self, incoming: &mut [u8]) {
        self.mark.write_front(incoming);
    }

    /// Returns whether the record at the front of `incoming` was [marked](Self::mark).
    pub(crate) fn is_marked(&self, incoming: &[u8]) -> bool {
        self.mark.is_at_front_of(incoming)
    }

    /// Frees the decrypter, which takes much more memory than the key.
    ///
    /// The next record makes it again from the key.
    pub fn release_cipher(&mut self) {
        self.decrypter = None;
    }

    /// Makes the decrypter again. It stays `None` if the provider rejects the key this time: the record is then refused
    /// like one that is not authentic.
    #[cold]
    pub(super) fn restore_decrypter(&mut self) {
        self.decrypter = self
            .keys
            .as_ref()
            .and_then(|keys| Self::decrypter(self.algorithm, self.suite, keys).ok());
    }

    #[cold]
    pub(super) fn fail(&mut self, err: DecryptionError) -> DecryptionError {
        self.decrypter = None;
        self.keys = None;
        *self.failed.get_or_insert(err)
    }
}

impl fmt::Debug for DecryptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionState")
            .field("seq", &self.seq)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
