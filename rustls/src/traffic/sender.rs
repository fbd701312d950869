//! The half that seals.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use rustls::unbuffered::InsufficientSizeError;
use rustls::{AlertDescription, ContentType, Error, HandshakeType};

use super::gathered::{Data, Gathered};
use super::key_schedule::KeySchedule;
use super::write_error::WriteError;
use super::{ALERT_LEN, FATAL, Failure, KEY_UPDATE_LEN, WARNING};
use crate::cipher::{Content, OutboundRecord, RecordSource};
use crate::error::explained;
use crate::record::{Fragmenter, MAX_CONTENT_LEN, Version};
use crate::record_layer::{EncryptionError, EncryptionState};

/// Seals data, and before it what is owed to the peer.
pub(crate) struct Sender {
    encryption: EncryptionState,
    fragmenter: Fragmenter,
    /// Nothing else is sealed before it.
    owed: Option<Owed>,
    /// Whether we have asked for a KeyUpdate that has not come.
    awaits_key_update: bool,
    key_updates: u64,
    /// Records under earlier keys, minus all records that were not sealed of our own accord: those of the handshake,
    /// and answers. It wraps, because it may be negative.
    earlier_records: u64,
    /// Whether close_notify was sealed, or is owed: nothing may be sealed any more, but for what is owed.
    closed: bool,
    /// Why nothing may be sealed any more, but for the alert.
    failed: Option<Box<Error>>,
}

/// What the peer has to be told.
#[derive(Clone, Copy, Default)]
struct Owed {
    /// The answer to its KeyUpdate. One answers all that have come. RFC 8446 s4.6.3.
    key_update: bool,
    /// KeyUpdates of our own.
    refreshes: u32,
    /// That we do not renegotiate. RFC 5246 s7.2.2.
    no_renegotiation: bool,
    /// That nothing more will come: the key is worn out, and TLS 1.2 has no other.
    close_notify: bool,
    /// Why the connection has ended. There is nothing else to be said then.
    alert: Option<AlertDescription>,
}

/// What a record from the peer asks of the half that seals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Request {
    /// It was a KeyUpdate.
    KeyUpdate { answer: bool },
    /// It wanted to renegotiate.
    Renegotiation,
}

/// How far the half that seals has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Progress {
    /// Records that it has sealed of its own accord since the handshake: data, and KeyUpdates that are no answers.
    pub(crate) sent: usize,
    /// Whether it has something to tell the peer.
    pub(crate) owes: bool,
}

/// How far a write got.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Written {
    /// Bytes of data that were sealed.
    pub consumed: usize,
    /// Bytes at the front of the output that are to be sent.
    pub written: usize,
}

/// Most KeyUpdates that one side may send. RFC 9846 s4.7.3.
pub(super) const MAX_KEY_UPDATES: u64 = (1 << 48) - 1;

/// The two values of `request_update`. RFC 8446 s4.6.3.
pub(super) const UPDATE_NOT_REQUESTED: u8 = 0;
pub(super) const UPDATE_REQUESTED: u8 = 1;

impl Sender {
    pub(crate) fn new(encryption: EncryptionState, fragmenter: Fragmenter) -> Self {
        Self {
            earlier_records: 0_u64.wrapping_sub(encryption.seq()),
            encryption,
            fragmenter,
            owed: None,
            awaits_key_update: false,
            key_updates: 0,
            closed: false,
            failed: None,
        }
    }

    /// Seals all of `content` if it makes one record that nothing has to come before.
    ///
    /// `None` if it does not, or could not be sealed: [`encrypt_padded`](Self::encrypt_padded) knows the error then. There
    /// is none here, because that would have a place in memory, which each write would have to fill.
    #[inline(always)]
    pub(crate) fn encrypt_one(&mut self, content: &[u8], out: &mut [u8]) -> Option<usize> {
        if !self.is_one_record(content.len(), 0, out.len()) {
            return None;
        }
        let record = OutboundRecord::new(ContentType::ApplicationData, content.into());
        match self
            .encryption
            .encrypt_outgoing(record, out)
        {
            Ok(written) => Some(written),
            Err(err) => {
                self.refused(err);
                None
            }
        }
    }

    /// Whether so much data makes one record, which has room and no padding, and nothing has to be sealed before it.
    ///
    /// Then nothing can be said against it either.
    #[inline]
    fn is_one_record(&self, len: usize, padding: usize, room: usize) -> bool {
        padding == 0
            && len > 0
            && len <= self.fragmenter.max_content_len()
            && self.owed.is_none()
            && self.may_seal_data()
            && self.encryption.encrypted_len(len) <= room
    }

    /// The same of as many records as the data makes.
    fn is_unhindered(&self, len: usize, padding: usize, room: usize) -> bool {
        let records = self.fragmenter.count(len);
        let overhead = self.encryption.encrypted_len(0);
        padding == 0
            && len > 0
            && self.owed.is_none()
            && records as u64
                <= self
                    .encryption
                    .remaining(ContentType::ApplicationData)
            && records
                .saturating_mul(overhead)
                .saturating_add(len)
                <= room
    }

    /// Seals all of `content`, or nothing, with `padding` bytes to each record, as far as it has room for them.
    pub(crate) fn encrypt_padded(
        &mut self,
        schedule: &mut dyn KeySchedule,
        content: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let len = content.len();
        let unhindered = self.is_unhindered(len, padding, out.len());
        if !unhindered {
            self.check_whole_write(len, padding, out.len())?;
        }
        let Written { written, .. } =
            self.write_records(schedule, content, padding, unhindered, out)?;
        Ok(written)
    }

    /// What can be said against a write that has to be sealed as a whole.
    #[cold]
    fn check_whole_write(
        &mut self,
        content_len: usize,
        padding: usize,
        room: usize,
    ) -> Result<(), WriteError> {
        self.check_write(content_len, padding)?;
        if content_len == 0 {
            return Ok(());
        }
        let worn_keys = self.worn_keys(self.fragmenter.count(content_len));
        if worn_keys as u64 > MAX_KEY_UPDATES - self.key_updates {
            return Err(WriteError::KeyExhausted);
        }
        match self.required_len(content_len, padding) {
            required_size if required_size > room => {
                Err(InsufficientSizeError { required_size }.into())
            }
            _ => Ok(()),
        }
    }

    /// Seals as many whole records of `content` as `out` has room for, with `padding` bytes to each, as far as it has
    /// room for them. It is an error if that is not one.
    #[inline(always)]
    pub(crate) fn write(
        &mut self,
        schedule: &mut dyn KeySchedule,
        mut content: Gathered<'_>,
        padding: usize,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        let len = content.len();
        if self.is_one_record(len, padding, out.len()) {
            let content = content.take(len, out, self.encryption.content_offset());
            let written = self.seal(ContentType::ApplicationData, content, 0, out)?;
            return Ok(Written {
                consumed: len,
                written,
            });
        }
        match content.as_slice() {
            Some(content) => self.write_several(schedule, content, padding, out),
            None => self.write_several(schedule, content, padding, out),
        }
    }

    fn write_several<'a>(
        &mut self,
        schedule: &mut dyn KeySchedule,
        content: impl Data<'a>,
        padding: usize,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        let len = content.remaining();
        let unhindered = self.is_unhindered(len, padding, out.len());
        if !unhindered {
            self.check_write(len, padding)?;
        }
        self.write_records(schedule, content, padding, unhindered, out)
    }

    /// Seals the records of a write that nothing was said against.
    ///
    /// If it is `unhindered`, the way of each is free: that was looked at for all of them together.
    fn write_records<'a>(
        &mut self,
        schedule: &mut dyn KeySchedule,
        mut content: impl Data<'a>,
        padding: usize,
        unhindered: bool,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        let len = content.remaining();
        let (mut consumed, mut written) = (0, 0);
        while consumed < len {
            let fragment = self
                .fragmenter
                .max_content_len()
                .min(len - consumed);
            let padding = padding_of(fragment, padding);
            if !unhindered {
                let record_len = self
                    .encryption
                    .encrypted_len(fragment + padding);
                match self.make_way(schedule, record_len, &mut out[written..]) {
                    Ok(sealed) => written += sealed,
                    Err(WriteError::InsufficientSize(_) | WriteError::KeyExhausted)
                        if written > 0 =>
                    {
                        break;
                    }
                    Err(err) => return Err(err),
                }
            }
            let record = &mut out[written..];
            let content = content.take(fragment, record, self.encryption.content_offset());
            written += self.seal(ContentType::ApplicationData, content, padding, record)?;
            consumed += fragment;
        }
        Ok(Written { consumed, written })
    }

    /// Bytes that [`encrypt_padded`](Self::encrypt_padded) needs, with what is owed and the key updates in between.
    pub(crate) fn required_len(&self, content_len: usize, padding: usize) -> usize {
        let max = self.fragmenter.max_content_len();
        let (full, rest) = (content_len / max, content_len % max);
        let overhead = self.encryption.encrypted_len(0);
        let records = self.fragmenter.count(content_len);
        let padding = full
            .saturating_mul(padding_of(max, padding))
            .saturating_add(match rest {
                0 => 0,
                rest => padding_of(rest, padding),
            });
        let key_updates = self
            .worn_keys(records)
            .saturating_mul(self.key_update_len());
        [
            content_len,
            records.saturating_mul(overhead),
            padding,
            key_updates,
        ]
        .into_iter()
        .fold(self.owed_len(), usize::saturating_add)
    }

    /// How many keys `records` wear out before the last of them is sealed.
    fn worn_keys(&self, records: usize) -> usize {
        let to_a_key = self
            .encryption
            .limit()
            .saturating_sub(1);
        let left = match &self.owed {
            Some(owed) if owed.key_update || owed.refreshes > 0 => to_a_key,
            _ => self
                .encryption
                .remaining(ContentType::ApplicationData),
        };
        let beyond = (records as u64).saturating_sub(left);
        let worn = match to_a_key {
            // There is no key for data, and will be none.
            0 => 0,
            to_a_key => beyond.div_ceil(to_a_key),
        };
        usize::try_from(worn).unwrap_or(usize::MAX)
    }

    /// What can be said against a write before it begins.
    fn check_write(&mut self, content_len: usize, padding: usize) -> Result<(), WriteError> {
        self.check_end()?;
        if self.encryption.version() == Version::Tls13 {
            return match self.encryption.limit() {
                // No key has more numbers than the one that is kept for its KeyUpdate.
                0 | 1 => Err(WriteError::KeyExhausted),
                _ => Ok(()),
            };
        }
        if padding != 0 {
            return Err(WriteError::PaddingUnsupported);
        }
        let owed = self
            .owed
            .is_some_and(|owed| owed.no_renegotiation);
        let left = self
            .encryption
            .remaining(ContentType::ApplicationData)
            .saturating_sub(owed.into());
        if self.fragmenter.count(content_len) as u64 > left {
            self.begin_to_close();
            return Err(WriteError::KeyExhausted);
        }
        Ok(())
    }

    /// Seals what has to come before a record of data, which is `record_len` bytes, and has to fit as well.
    #[inline]
    fn make_way(
        &mut self,
        schedule: &mut dyn KeySchedule,
        record_len: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        match self.owed.is_none() && self.may_seal_data() && record_len <= out.len() {
            true => Ok(0),
            false => self.make_way_slowly(schedule, record_len, out),
        }
    }

    #[cold]
    fn make_way_slowly(
        &mut self,
        schedule: &mut dyn KeySchedule,
        record_len: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let required_size = self.way_len() + record_len;
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        self.check_keys(schedule, self.owed_key_updates() + self.worn_keys(1))?;
        let mut written = self.flush(schedule, out)?;
        if !self.may_seal_data() {
            written += self.request_key_update(schedule, &mut out[written..])?;
        }
        Ok(written)
    }

    /// Bytes of what has to come before a record of data.
    fn way_len(&self) -> usize {
        self.owed_len() + self.worn_keys(1) * self.key_update_len()
    }

    #[inline]
    fn may_seal_data(&self) -> bool {
        self.encryption
            .remaining(ContentType::ApplicationData)
            > 0
    }

    /// Finds the place for a record whose content the caller puts there: how many bytes come before it.
    #[inline]
    pub(super) fn place_for(
        &mut self,
        content_len: usize,
        room: usize,
    ) -> Result<usize, WriteError> {
        match self.is_one_record(content_len, 0, room) {
            true => Ok(0),
            false => self.place_for_slowly(content_len, room),
        }
    }

    #[cold]
    fn place_for_slowly(&mut self, content_len: usize, room: usize) -> Result<usize, WriteError> {
        let max = self.fragmenter.max_content_len();
        // First, so that what can never be sealed does not wear out a key of TLS 1.2.
        if content_len > max && !self.has_ended() {
            return Err(WriteError::ContentTooLong {
                max,
                provided: content_len,
            });
        }
        self.check_write(content_len, 0)?;
        let way = self.way_len();
        let required_size = way
            + self
                .encryption
                .encrypted_len(content_len);
        match required_size <= room {
            true => Ok(way),
            false => Err(InsufficientSizeError { required_size }.into()),
        }
    }

    /// Where in a record its content begins.
    #[inline]
    pub(super) fn content_offset(&self) -> usize {
        self.encryption.content_offset()
    }

    /// Seals `len` bytes of content that lie in `out`, where [`place_for`](Self::place_for) said.
    #[inline(always)]
    pub(super) fn seal_in_place(
        &mut self,
        schedule: &mut dyn KeySchedule,
        len: usize,
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        if self.is_one_record(len, padding, out.len()) {
            let content = Content::InPlace { len };
            return self.seal(ContentType::ApplicationData, content, 0, out);
        }
        self.seal_in_place_slowly(schedule, len, padding, out)
    }

    #[cold]
    fn seal_in_place_slowly(
        &mut self,
        schedule: &mut dyn KeySchedule,
        len: usize,
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        if len == 0 {
            return Ok(0);
        }
        self.check_write(len, padding)?;
        let provided = len.saturating_add(padding);
        if provided > MAX_CONTENT_LEN {
            return Err(WriteError::ContentTooLong {
                max: MAX_CONTENT_LEN,
                provided,
            });
        }
        let record_len = self.encryption.encrypted_len(provided);
        let written = self.make_way(schedule, record_len, out)?;
        let content = Content::InPlace { len };
        let sealed = self.seal(
            ContentType::ApplicationData,
            content,
            padding,
            &mut out[written..],
        )?;
        Ok(written + sealed)
    }

    /// Seals a close_notify, once, with what was owed before it. Nothing can be sealed after it.
    ///
    /// If `out` is too short it is owed, and everything else is refused already: so it is in rustls.
    pub(crate) fn close_notify(
        &mut self,
        schedule: &mut dyn KeySchedule,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        match &self.failed {
            // Its alert is all that may be sealed.
            Some(_) if self.owes() => {}
            Some(error) => return Err(WriteError::Failed(error.clone())),
            None if !self.closed => self.begin_to_close(),
            None => {}
        }
        self.flush(schedule, out)
    }

    /// From now on a close_notify is owed, and nothing else is sealed.
    pub(crate) fn begin_to_close(&mut self) {
        self.owe().close_notify = true;
        self.closed = true;
    }

    /// Seals a KeyUpdate and goes on with the next key. It asks the peer for the same, unless it was asked already.
    #[cfg(any(feature = "std", test))]
    pub(crate) fn refresh_traffic_keys(
        &mut self,
        schedule: &mut dyn KeySchedule,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        self.check_refresh()?;
        let required_size = self
            .owed_len()
            .saturating_add(self.key_update_len());
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        self.check_keys(schedule, self.owed_key_updates() + 1)?;
        let written = self.flush(schedule, out)?;
        Ok(written + self.request_key_update(schedule, &mut out[written..])?)
    }

    /// As [`refresh_traffic_keys`](Self::refresh_traffic_keys), but the KeyUpdate is owed.
    pub(crate) fn owe_refresh(&mut self) -> Result<(), WriteError> {
        self.check_refresh()?;
        let owed = self.owe();
        owed.refreshes = owed.refreshes.saturating_add(1);
        Ok(())
    }

    fn check_refresh(&mut self) -> Result<(), WriteError> {
        self.check_end()?;
        match self.encryption.version() {
            Version::Tls12 => Err(WriteError::KeyUpdateUnsupported),
            Version::Tls13 if self.key_updates >= MAX_KEY_UPDATES => Err(WriteError::KeyExhausted),
            Version::Tls13 => Ok(()),
        }
    }

    /// Whether there is something to [`flush`](Self::flush).
    #[inline]
    pub(crate) fn owes(&self) -> bool {
        self.owed.is_some()
    }

    /// Whether there is something to [`flush`](Self::flush), or an error to be told.
    #[inline]
    pub(crate) fn is_restless(&self) -> bool {
        self.owed.is_some() || self.failed.is_some()
    }

    /// Seals all that is owed to the peer, or nothing.
    pub(crate) fn flush(
        &mut self,
        schedule: &mut dyn KeySchedule,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let required_size = self.owed_len();
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        self.check_keys(schedule, self.owed_key_updates())?;
        let Some(owed) = self.owed.take() else {
            return Ok(0);
        };
        let mut written = 0;
        if let Some(description) = owed.alert {
            let sealed = self.seal_alert(FATAL, description, out);
            self.encryption.discard_key();
            return sealed;
        }
        if owed.key_update {
            written += self.update_key(schedule, UPDATE_NOT_REQUESTED, out)?;
            self.earlier_records = self.earlier_records.wrapping_sub(1);
        }
        for _ in 0..owed.refreshes {
            written += self.request_key_update(schedule, &mut out[written..])?;
        }
        if owed.no_renegotiation {
            let description = AlertDescription::NoRenegotiation;
            written += self.seal_alert(WARNING, description, &mut out[written..])?;
            self.earlier_records = self.earlier_records.wrapping_sub(1);
        }
        if owed.close_notify {
            let description = AlertDescription::CloseNotify;
            written += self.seal_alert(WARNING, description, &mut out[written..])?;
            self.encryption.discard_key();
        }
        Ok(written)
    }

    /// [`flush`](Self::flush)es to the end of `out`.
    pub(crate) fn flush_to_vec(
        &mut self,
        schedule: &mut dyn KeySchedule,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let begin = out.len();
        out.resize(begin + self.owed_len(), 0);
        let flushed = self.flush(schedule, &mut out[begin..]);
        out.truncate(begin + flushed.as_ref().copied().unwrap_or(0));
        flushed.map(drop)
    }

    /// Bytes of what is owed.
    pub(crate) fn owed_len(&self) -> usize {
        let Some(owed) = &self.owed else {
            return 0;
        };
        let alert_len = self.encryption.encrypted_len(ALERT_LEN);
        if owed.alert.is_some() {
            return alert_len;
        }
        let alerts = usize::from(owed.no_renegotiation) + usize::from(owed.close_notify);
        self.owed_key_updates() * self.key_update_len() + alerts * alert_len
    }

    /// How many KeyUpdates are owed.
    fn owed_key_updates(&self) -> usize {
        match &self.owed {
            Some(owed) if owed.alert.is_none() => {
                usize::from(owed.key_update) + owed.refreshes as usize
            }
            _ => 0,
        }
    }

    /// Asks for as many keys as a call is going to change to, before it seals anything.
    fn check_keys(&self, schedule: &dyn KeySchedule, count: usize) -> Result<(), WriteError> {
        match count == 0 || count <= schedule.sending_keys_left() {
            true => Ok(()),
            false => Err(WriteError::KeyExhausted),
        }
    }

    fn owe(&mut self) -> &mut Owed {
        self.owed.get_or_insert_default()
    }

    /// Notes what a record from the peer asks for.
    #[cold]
    pub(crate) fn on_request(&mut self, request: Request) {
        match request {
            // Nothing may follow a close_notify. RFC 8446 s6.1.
            _ if self.has_ended() => {}
            Request::KeyUpdate { answer: false } => self.awaits_key_update = false,
            Request::KeyUpdate { answer: true } if self.key_updates < MAX_KEY_UPDATES => {
                self.owe().key_update = true;
            }
            // The last number is kept for close_notify.
            Request::Renegotiation if self.may_seal_data() => self.owe().no_renegotiation = true,
            Request::KeyUpdate { .. } | Request::Renegotiation => {}
        }
    }

    /// Ends the connection: nothing can be sealed any more but the alert, if there is one to be sent.
    #[cold]
    pub(crate) fn fail(&mut self, failure: Failure) {
        let close_is_owed = self
            .owed
            .is_some_and(|owed| owed.close_notify);
        self.owed = match self.has_ended() && !close_is_owed {
            true => None,
            false => failure.alert.map(|alert| Owed {
                alert: Some(alert),
                ..Owed::default()
            }),
        };
        if self.owed.is_none() {
            self.encryption.discard_key();
        }
        self.failed
            .get_or_insert_with(|| Box::new(failure.error));
    }

    /// See [`EncryptionState::release_cipher`].
    pub(crate) fn release_cipher(&mut self) {
        self.encryption.release_cipher();
    }

    /// The error that sealing has ended with.
    pub(crate) fn error(&self) -> Option<&Error> {
        self.failed.as_deref()
    }

    /// Whether close_notify was sealed, or is owed.
    pub(crate) fn has_closed(&self) -> bool {
        self.closed && self.failed.is_none()
    }

    /// Whether close_notify was sealed: nothing is owed any more then, whatever comes. RFC 8446 s6.1.
    #[cfg(feature = "std")]
    pub(crate) fn is_done(&self) -> bool {
        self.has_closed() && !self.owes()
    }

    /// Whether nothing may be sealed any more, but for what is owed.
    fn has_ended(&self) -> bool {
        self.closed || self.failed.is_some()
    }

    fn check_end(&mut self) -> Result<(), WriteError> {
        match &self.failed {
            Some(error) => Err(WriteError::Failed(error.clone())),
            None if self.closed => Err(WriteError::Closed),
            None if self.encryption.has_ended() => Err(self.refused(EncryptionError::KeyExhausted)),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(super) fn set_key_updates(&mut self, key_updates: u64) {
        self.key_updates = key_updates;
    }

    fn request_key_update(
        &mut self,
        schedule: &mut dyn KeySchedule,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        // RFC 9846 s4.7.3: no second request before the first is answered.
        let request = match self.awaits_key_update {
            true => UPDATE_NOT_REQUESTED,
            false => UPDATE_REQUESTED,
        };
        let written = self.update_key(schedule, request, out)?;
        self.awaits_key_update = true;
        Ok(written)
    }

    /// Seals a KeyUpdate under the key, and goes on with the next one. RFC 8446 s4.6.3.
    fn update_key(
        &mut self,
        schedule: &mut dyn KeySchedule,
        request: u8,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        if self.encryption.version() == Version::Tls12 {
            return Err(WriteError::KeyUpdateUnsupported);
        }
        let exhausted = self
            .encryption
            .remaining(ContentType::Handshake)
            == 0;
        if exhausted || self.key_updates >= MAX_KEY_UPDATES {
            return Err(WriteError::KeyExhausted);
        }
        // First, so that no KeyUpdate is sealed that no key follows.
        let keys = match schedule.next_sending_keys() {
            Ok(keys) => keys,
            Err(error) => return Err(self.give_up(error)),
        };
        let [.., length] = (KEY_UPDATE_LEN - 4).to_be_bytes();
        let message = [u8::from(HandshakeType::KeyUpdate), 0, 0, length, request];
        let written = self.seal(ContentType::Handshake, message[..].into(), 0, out)?;
        let sealed = self.encryption.seq();
        match self.encryption.change_key(&keys) {
            Ok(()) => {
                self.earlier_records = self
                    .earlier_records
                    .wrapping_add(sealed);
                self.key_updates += 1;
                Ok(written)
            }
            Err(err) => Err(self.give_up(explained(format!("{err}")))),
        }
    }

    fn key_update_len(&self) -> usize {
        self.encryption
            .encrypted_len(KEY_UPDATE_LEN)
    }

    fn seal_alert(
        &mut self,
        level: u8,
        description: AlertDescription,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let alert: [u8; ALERT_LEN] = [level, u8::from(description)];
        self.seal(ContentType::Alert, alert[..].into(), 0, out)
    }

    #[inline]
    fn seal(
        &mut self,
        typ: ContentType,
        content: Content<'_>,
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let record = OutboundRecord::new(typ, content).padded(padding);
        match self
            .encryption
            .encrypt_outgoing(record, out)
        {
            Ok(written) => Ok(written),
            Err(err) => Err(self.refused(err)),
        }
    }

    #[cold]
    fn refused(&mut self, error: EncryptionError) -> WriteError {
        match error {
            EncryptionError::InsufficientSize { required, .. } => InsufficientSizeError {
                required_size: required,
            }
            .into(),
            EncryptionError::ContentTooLong { max, provided } => {
                WriteError::ContentTooLong { max, provided }
            }
            EncryptionError::PaddingUnsupported => WriteError::PaddingUnsupported,
            // The key is gone, and this does not know why: the provider has panicked, and the caller has caught that.
            EncryptionError::KeyExhausted if self.encryption.has_ended() => {
                self.give_up(Error::EncryptError)
            }
            EncryptionError::KeyExhausted => WriteError::KeyExhausted,
            EncryptionError::EncryptFailed => self.give_up(Error::EncryptError),
        }
    }

    /// Ends sealing without a word to the peer: it could not be sealed.
    fn give_up(&mut self, error: Error) -> WriteError {
        self.fail(Failure {
            error: error.clone(),
            alert: None,
        });
        WriteError::Failed(Box::new(error))
    }

    /// The implementation that seals the records.
    pub(crate) fn source(&self) -> RecordSource {
        self.encryption.source()
    }

    /// What the half that opens may want to know.
    pub(crate) fn progress(&self) -> Progress {
        let sent = self
            .earlier_records
            .wrapping_add(self.encryption.seq());
        Progress {
            sent: usize::try_from(sent).unwrap_or(usize::MAX),
            owes: self.owes(),
        }
    }

    /// The sequence number of the next record.
    pub(crate) fn seq(&self) -> u64 {
        self.encryption.seq()
    }
}

/// How much of `padding` has room beside so much content. RFC 8446 s5.4.
#[inline]
fn padding_of(content_len: usize, padding: usize) -> usize {
    padding.min(MAX_CONTENT_LEN - content_len)
}
