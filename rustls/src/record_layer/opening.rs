//! Opens records: the checks before and after a provider's call, and what happens if it fails.

use core::mem;
use core::ops::Range;

use rustls::{ContentType, ProtocolVersion};

use super::decryption::DecryptionState;
use super::error::DecryptionError;
use super::inbound::{InboundRecord, OpenedInto};
use crate::cipher::{DecryptFailed, Opened};
use crate::record::{HEADER_LEN, RecordHeader, Version};

impl DecryptionState {
    /// Opens the record at the front of `incoming` in place.
    ///
    /// Returns `None` and modifies nothing if `incoming` holds less than a whole record. Otherwise the content is at
    /// [`InboundRecord::content`] of `incoming`, and the record's other bytes are unspecified. Bytes after the record
    /// are untouched.
    ///
    /// # Errors
    ///
    /// See [`DecryptionError`]. All bytes of the record's payload in `incoming` are then zero. The same is true if the
    /// provider panics and the caller catches the panic; every later call then returns
    /// [`NoKey`](DecryptionError::NoKey).
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

    /// Opens the record at the front of `incoming` into `out`, or in place.
    ///
    /// The content goes to `out` if the record is application data and `out` has at least [`room_for`](Self::room_for)
    /// bytes. Otherwise it stays in `incoming`. Of `out`, only the first [`room_for`](Self::room_for) bytes may be
    /// written. After a record of another type, all written bytes are zero.
    ///
    /// Whether `incoming` still holds the content afterwards depends on the library. ring opens the record there first,
    /// so the plaintext stays.
    ///
    /// Returns `None` and modifies nothing if `incoming` holds less than a whole record.
    ///
    /// # Errors
    ///
    /// See [`DecryptionError`]. All bytes of the record's payload in `incoming`, and all bytes written to `out`, are
    /// then zero. A panic of the provider counts as an error, as for [`decrypt_incoming`](Self::decrypt_incoming).
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

    /// Returns the header and payload of the record at the front of `incoming`, if the record is whole.
    ///
    /// # Errors
    ///
    /// If the header alone is enough to refuse the record.
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
        // Separate branches: as one condition, all of its parts would be computed for every record.
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

    /// Refuses a record by its header, and discards the key. `after_header` holds all or a part of its payload, or
    /// more.
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

    /// Accepts a record that was opened, or refuses it if its plaintext is too long or its content's range is invalid.
    ///
    /// The content has to lie in the first `opened_len` bytes of the slice that the provider opened the record in. That
    /// slice starts at `offset` of the caller's slice.
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
            // The provider returned a range outside its slice. Even with such a provider, no peer may make us panic.
            false => DecryptionError::BadRecordMac,
        }
    }
}

/// An attempt to open a record. Dropping it wipes the payload and the output, and discards the key. This also happens
/// if the provider panics. After a success the attempt is forgotten instead.
struct Attempt<'a> {
    state: &'a mut DecryptionState,
    payload: &'a mut [u8],
    /// Empty if the record is opened in place.
    out: &'a mut [u8],
}

/// The first error stays: after a panic it is [`NoKey`](DecryptionError::NoKey).
impl Drop for Attempt<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        abandon(self.state, self.payload, self.out);
    }
}

/// Wipes the payload and the output, and discards the key.
///
/// This takes the fields one by one: a reference to the attempt would force the attempt into memory.
#[cold]
#[inline(never)]
fn abandon(state: &mut DecryptionState, payload: &mut [u8], out: &mut [u8]) {
    payload.fill(0);
    out.fill(0);
    state.fail(DecryptionError::NoKey);
}

/// Checks a header other than 23, 03 03.
///
/// TLS 1.3 allows none, because the type of a protected record is encrypted. RFC 8446 s5.2.
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

/// Moves the content from `out` to the front of `payload`, wipes `out`, and returns the content's length.
#[cold]
fn move_content(out: &mut [u8], content: Range<usize>, payload: &mut [u8]) -> usize {
    let content = &out[content];
    let len = content.len();
    payload[..len].copy_from_slice(content);
    out.fill(0);
    len
}
