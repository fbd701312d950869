//! The opening half.

use alloc::boxed::Box;
use core::ops::Range;
use core::{fmt, mem};

use rustls::{CipherSuite, ContentType, ProtocolVersion};

use super::error::{DecryptionError, KeyError};
use super::inbound::{InboundRecord, OpenedInto};
use super::mark::Mark;
use crate::cipher::{
    AeadAlgorithm, DecryptFailed, InvalidKey, MessageDecrypter, Opened, RecordProvider,
    RecordSource, TrafficKeys,
};
use crate::record::{HEADER_LEN, RecordHeader, Version};

/// Opens records under one key at a time: its decrypter and its sequence number.
///
/// The first error is the last word: it lets the key go, and every later call gives the same one.
pub struct DecryptionState {
    /// `None` while it was released, and once the key was let go.
    decrypter: Option<Box<dyn MessageDecrypter>>,
    /// What it is made of. `None` once the key was let go.
    keys: Option<TrafficKeys>,
    version: Version,
    /// What a payload is longer than what it opens to.
    overhead: u16,
    /// No payload may be longer, whatever is in it.
    max_payload_len: u16,
    /// A longer payload opens to more than a record may carry.
    payload_len_of_max_plaintext: u16,
    /// What stands in the header of a record that was opened before: see [`mark`](Self::mark).
    mark: Mark,
    /// Of the next record.
    seq: u64,
    failed: Option<DecryptionError>,
    /// What the next key is for.
    algorithm: &'static dyn AeadAlgorithm,
    suite: CipherSuite,
}

impl DecryptionState {
    /// Begins at sequence number `seq`.
    ///
    /// # Errors
    ///
    /// See [`KeyError`].
    pub fn new(
        provider: &dyn RecordProvider,
        suite: CipherSuite,
        keys: &TrafficKeys,
        seq: u64,
    ) -> Result<Self, KeyError> {
        let algorithm = KeyError::algorithm(provider, suite)?;
        Self::with_algorithm(algorithm, suite, keys.clone(), seq)
    }

    /// As [`new`](Self::new), with the algorithm of `suite`.
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

    /// Goes on with another key of the same connection, from sequence number 0. RFC 8446 s5.3.
    ///
    /// The old key is let go. On an error nothing changes.
    ///
    /// # Errors
    ///
    /// See [`KeyError`]. It is [`Ended`](KeyError::Ended) after the first error of opening.
    pub fn change_key(&mut self, keys: &TrafficKeys) -> Result<(), KeyError> {
        if self.failed.is_some() {
            return Err(KeyError::Ended);
        }
        self.decrypter = Some(Self::decrypter(self.algorithm, self.suite, keys)?);
        self.keys = Some(keys.clone());
        self.seq = 0;
        Ok(())
    }

    /// Opens the record at the front of `incoming` where it lies.
    ///
    /// `None` if less than a whole record is there; then nothing was touched. Otherwise the record's bytes now hold
    /// its content, at [`InboundRecord::content`], and nothing of use around it.
    ///
    /// # Errors
    ///
    /// See [`DecryptionError`]. The bytes of the record's payload that are there are then zero. The same is true if the
    /// provider panics and the caller catches the panic; every later call then gives [`NoKey`](DecryptionError::NoKey).
    #[inline(always)]
    pub fn decrypt_incoming(
        &mut self,
        incoming: &mut [u8],
    ) -> Result<Option<InboundRecord>, DecryptionError> {
        let Some((header, payload)) = self.whole_record(incoming)? else {
            return Ok(None);
        };
        let attempt = Attempt {
            state: self,
            payload,
            out: &mut [],
        };
        let (state, payload) = (&mut *attempt.state, &mut *attempt.payload);
        if state.decrypter.is_none() {
            state.restore_decrypter();
        }
        let seq = state.seq;
        let opened = match &mut state.decrypter {
            Some(decrypter) => decrypter.decrypt_in_place(header, payload, seq),
            None => Err(DecryptFailed::BadRecordMac),
        };
        match state.accept(opened, payload.len(), payload.len(), HEADER_LEN) {
            Ok(record) => {
                mem::forget(attempt);
                Ok(Some(record))
            }
            Err(err) => Err(state.fail(err)),
        }
    }

    /// Opens the record at the front of `incoming` into `out` if that is long enough and the record is application
    /// data, else where it lies.
    ///
    /// Long enough is [`room_for`](Self::room_for) the record. Bytes of `out` behind the content may have been
    /// written; after a record of another type, those that were are zero. What `incoming` holds of the record
    /// afterwards depends on the library: by ring it is opened there first, and stays.
    ///
    /// `None` if less than a whole record is there; then nothing was touched.
    ///
    /// # Errors
    ///
    /// See [`DecryptionError`]. What there is of the record's payload is zero, and so is what was written to `out`. A panic of
    /// the provider counts as an error, as for [`decrypt_incoming`](Self::decrypt_incoming).
    #[inline(always)]
    pub fn decrypt_incoming_into(
        &mut self,
        incoming: &mut [u8],
        out: &mut [u8],
    ) -> Result<Option<OpenedInto>, DecryptionError> {
        let Some((header, payload)) = self.whole_record(incoming)? else {
            return Ok(None);
        };
        let room = payload
            .len()
            .saturating_sub(usize::from(self.overhead));
        let Some(out) = out.get_mut(..room) else {
            return self.decrypt_without_room(incoming);
        };
        let opened_len = out.len().min(payload.len());
        let attempt = Attempt {
            state: self,
            payload: &mut *payload,
            out: &mut *out,
        };
        let state = &mut *attempt.state;
        if state.decrypter.is_none() {
            state.restore_decrypter();
        }
        let seq = state.seq;
        let opened = match &mut state.decrypter {
            Some(decrypter) => decrypter.decrypt_into(header, attempt.payload, seq, attempt.out),
            None => Err(DecryptFailed::BadRecordMac),
        };
        let record = match state.accept(opened, attempt.payload.len(), opened_len, 0) {
            Ok(record) => {
                mem::forget(attempt);
                record
            }
            Err(err) => return Err(state.fail(err)),
        };
        if record.typ() == ContentType::ApplicationData {
            return Ok(Some(OpenedInto::Out(record)));
        }
        let content_len = move_content(out, record.content(), payload);
        Ok(Some(OpenedInto::Incoming(InboundRecord {
            offset: HEADER_LEN,
            content_start: 0,
            content_end: content_len,
            ..record
        })))
    }

    #[inline(never)]
    fn decrypt_without_room(
        &mut self,
        incoming: &mut [u8],
    ) -> Result<Option<OpenedInto>, DecryptionError> {
        self.decrypt_incoming(incoming)
            .map(|record| record.map(OpenedInto::Incoming))
    }

    /// Bytes that [`decrypt_incoming_into`](Self::decrypt_incoming_into) needs in `out` for the record at the front
    /// of `incoming`: its content, and in TLS 1.3 its type byte and padding.
    ///
    /// `None` if not even a whole header is there.
    pub fn room_for(&self, incoming: &[u8]) -> Option<usize> {
        RecordHeader::read(incoming).map(|header| {
            header
                .payload_len()
                .saturating_sub(usize::from(self.overhead))
        })
    }

    /// The implementation that protects the records.
    pub fn source(&self) -> RecordSource {
        self.algorithm.source()
    }

    /// The sequence number of the next record.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Lets the key go: it is wiped as far as the provider does that, and nothing is opened any more.
    pub fn discard_key(&mut self) {
        self.fail(DecryptionError::NoKey);
    }

    /// Has [`mark`](Self::mark) write `mark`.
    pub(crate) fn set_mark(&mut self, mark: Mark) {
        self.mark = mark;
    }

    /// Marks the record at the front of `incoming`, which was opened: see [`Mark`].
    #[inline(always)]
    pub(crate) fn mark(&self, incoming: &mut [u8]) {
        self.mark.write(incoming);
    }

    /// Marks the record at the front of `incoming`, which was opened and is with the caller already.
    #[inline(always)]
    #[cfg(feature = "std")]
    pub(crate) fn mark_taken(&self, incoming: &mut [u8]) {
        self.mark.write_front(incoming);
    }

    /// Whether the record at the front of `incoming` was [marked](Self::mark).
    pub(crate) fn is_marked(&self, incoming: &[u8]) -> bool {
        self.mark.is_at_front_of(incoming)
    }

    /// Drops the decrypter, which takes much more memory than the key that it is made of.
    ///
    /// It is made again for the next record.
    pub fn release_cipher(&mut self) {
        self.decrypter = None;
    }

    /// Leaves it at `None` if the provider does not take the key a second time: it is no better than one that cannot open
    /// the record.
    #[cold]
    fn restore_decrypter(&mut self) {
        self.decrypter = self
            .keys
            .as_ref()
            .and_then(|keys| Self::decrypter(self.algorithm, self.suite, keys).ok());
    }

    #[cold]
    fn fail(&mut self, err: DecryptionError) -> DecryptionError {
        self.decrypter = None;
        self.keys = None;
        *self.failed.get_or_insert(err)
    }

    /// The header and payload at the front of `incoming`, if both are there and may be opened.
    #[inline(always)]
    fn whole_record<'a>(
        &mut self,
        incoming: &'a mut [u8],
    ) -> Result<Option<(RecordHeader, &'a mut [u8])>, DecryptionError> {
        if let Some(err) = self.failed {
            return Err(err);
        }
        let Some(header) = RecordHeader::read(incoming) else {
            return Ok(None);
        };
        let payload_len = header.payload_len();
        let after_header = &mut incoming[HEADER_LEN..];
        // A branch each: as one condition, all of it would be worked out for every record.
        if !header.is_application_data() {
            if let Err(err) = check_header(self.version, header) {
                return Err(match self.mark.is_front_of(header) {
                    true => DecryptionError::OpenedBefore,
                    false => self.refuse(err, header, after_header),
                });
            }
        }
        if payload_len > usize::from(self.max_payload_len) {
            return Err(self.refuse(DecryptionError::RecordOverflow, header, after_header));
        }
        if self.seq == u64::MAX {
            return Err(self.refuse(DecryptionError::KeyExhausted, header, after_header));
        }
        Ok(after_header
            .get_mut(..payload_len)
            .map(|payload| (header, payload)))
    }

    /// Lets the key go at a record against which something can be said before its payload is there. Of that, what is
    /// there is in `behind`.
    #[cold]
    fn refuse(
        &mut self,
        err: DecryptionError,
        header: RecordHeader,
        after_header: &mut [u8],
    ) -> DecryptionError {
        let there = after_header
            .len()
            .min(header.payload_len());
        after_header[..there].fill(0);
        self.fail(err)
    }

    /// What can be said of a record only now that it is known to be authentic.
    ///
    /// Its content has to lie in the first `within` bytes of what it was opened in, which itself begins at `offset`
    /// of what the caller sees.
    #[inline(always)]
    fn accept(
        &mut self,
        opened: Result<Opened, DecryptFailed>,
        payload_len: usize,
        opened_len: usize,
        offset: usize,
    ) -> Result<InboundRecord, DecryptionError> {
        let Opened { typ, content } = opened?;
        self.seq += 1;
        match payload_len <= usize::from(self.payload_len_of_max_plaintext)
            && content.start <= content.end
            && content.end <= opened_len
        {
            true => Ok(InboundRecord {
                typ,
                offset,
                content_start: content.start,
                content_end: content.end,
                record_len: HEADER_LEN + payload_len,
            }),
            false => Err(self.rejection(payload_len)),
        }
    }

    #[cold]
    fn rejection(&self, payload_len: usize) -> DecryptionError {
        match payload_len > usize::from(self.payload_len_of_max_plaintext) {
            true => DecryptionError::RecordOverflow,
            // A provider that points outside is a faulty one, but even then no peer must be able to make us panic.
            false => DecryptionError::BadRecordMac,
        }
    }
}

/// A record that is being opened. Unless it is accepted, and this forgotten, what was written is wiped and the key is let
/// go. A panic of the provider comes to the same.
struct Attempt<'a> {
    state: &'a mut DecryptionState,
    payload: &'a mut [u8],
    /// Nothing, if it is opened where it lies.
    out: &'a mut [u8],
}

/// The first error stays, so that of a panic is [`NoKey`](DecryptionError::NoKey).
impl Drop for Attempt<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        abandon(self.state, self.payload, self.out);
    }
}

/// Takes the parts of an attempt, because the attempt would need a place in memory to be passed itself.
#[cold]
#[inline(never)]
fn abandon(state: &mut DecryptionState, payload: &mut [u8], out: &mut [u8]) {
    payload.fill(0);
    out.fill(0);
    state.fail(DecryptionError::NoKey);
}

/// What else than 23, 03 03 may stand in a header: in TLS 1.3 nothing, since a protected record never shows its
/// type. RFC 8446 s5.2.
#[cold]
fn check_header(version: Version, header: RecordHeader) -> Result<(), DecryptionError> {
    match (version, header.typ()) {
        (_, ContentType::ApplicationData)
        | (Version::Tls12, ContentType::Alert | ContentType::Handshake) => {}
        (_, typ) => return Err(DecryptionError::UnexpectedType(typ)),
    }
    match (version, header.version()) {
        (_, ProtocolVersion::TLSv1_2) => Ok(()),
        (Version::Tls12, version) => Err(DecryptionError::UnexpectedVersion(version)),
        // TLS 1.3 does not look at the version, but authenticates it. RFC 8446 s5.1, s5.2.
        (Version::Tls13, _) => Err(DecryptionError::BadRecordMac),
    }
}

/// Moves `content` from `out`, of which nothing is left, to the front of `payload`, and returns its length.
#[cold]
fn move_content(out: &mut [u8], content: Range<usize>, payload: &mut [u8]) -> usize {
    let content = &out[content];
    let len = content.len();
    payload[..len].copy_from_slice(content);
    out.fill(0);
    len
}

impl fmt::Debug for DecryptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionState")
            .field("seq", &self.seq)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
