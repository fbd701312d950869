//! The ways to write data.
//!
//! Most writes make one record that nothing has to come before: [`Sender::is_one_record`] is their only check. A longer
//! write takes only records of data if [`Sender::needs_only_data_records`] is true. Every other write is cold:
//! [`Sender::check_write_or_close`] refuses it, or messages that are owed and KeyUpdates are sealed between its
//! records.

use rustls::ContentType;
use rustls::unbuffered::InsufficientSizeError;

use super::Sender;
use super::room::padding_len;
use crate::cipher::{Content, OutboundRecord};
use crate::record::{MAX_CONTENT_LEN, Version};
use crate::traffic::gathered::{Data, Gathered};
use crate::traffic::keys::SendingKeys;
use crate::traffic::wire::MAX_KEY_UPDATES;
use crate::traffic::write_error::WriteError;
use crate::traffic::written::Written;

impl Sender {
    /// Seals all of `content` if it makes one record that nothing has to come before.
    ///
    /// Otherwise, and on an error, returns `None`: [`encrypt`](Self::encrypt) then does the rest. A `Result` with the
    /// error would be returned through memory, and each write would pay for it.
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
                self.seal_failed(err);
                None
            }
        }
    }

    /// Seals all of `content`, or nothing, and returns how many bytes that made.
    ///
    /// Each record gets `padding` bytes, or as many as fit.
    pub(crate) fn encrypt(
        &mut self,
        keys: &mut dyn SendingKeys,
        content: &[u8],
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let len = content.len();
        let Written { written, .. } = match self.needs_only_data_records(len, padding)
            && self.len_of_data_records(len) <= out.len()
        {
            true => self.seal_data_records(content, out)?,
            false => {
                self.check_whole_write(len, padding, out.len())?;
                self.seal_records(keys, content, padding, out)?
            }
        };
        Ok(written)
    }

    /// Seals as many whole records of `content` as fit into `out`.
    ///
    /// Each record gets `padding` bytes, or as many as fit. It is an error if `out` has no room for one record.
    #[inline(always)]
    pub(crate) fn write(
        &mut self,
        keys: &mut dyn SendingKeys,
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
            Some(content) => self.write_records(keys, content, padding, out),
            None => self.write_records(keys, content, padding, out),
        }
    }

    fn write_records<'a>(
        &mut self,
        keys: &mut dyn SendingKeys,
        content: impl Data<'a>,
        padding: usize,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        match self.needs_only_data_records(content.remaining(), padding) {
            true => self.seal_data_records(content, out),
            false => {
                self.check_write_or_close(content.remaining(), padding)?;
                self.seal_records(keys, content, padding, out)
            }
        }
    }

    /// Seals as many records as fit into `out`, if [`needs_only_data_records`](Self::needs_only_data_records) is true
    /// of all of them.
    #[inline(always)]
    fn seal_data_records<'a>(
        &mut self,
        mut content: impl Data<'a>,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        let len = content.remaining();
        let (mut consumed, mut written) = (0, 0);
        while consumed < len {
            let fragment = self
                .fragmenter
                .max_content_len()
                .min(len - consumed);
            let record = &mut out[written..];
            let required_size = self.encryption.encrypted_len(fragment);
            if required_size > record.len() {
                match written {
                    0 => return Err(InsufficientSizeError { required_size }.into()),
                    _ => break,
                }
            }
            let content = content.take(fragment, record, self.encryption.content_offset());
            written += self.seal(ContentType::ApplicationData, content, 0, record)?;
            consumed += fragment;
        }
        Ok(Written { consumed, written })
    }

    /// Seals as many records as fit into `out`, each after the messages that have to come before it.
    #[cold]
    fn seal_records<'a>(
        &mut self,
        keys: &mut dyn SendingKeys,
        mut content: impl Data<'a>,
        padding: usize,
        out: &mut [u8],
    ) -> Result<Written, WriteError> {
        let len = content.remaining();
        let (mut consumed, mut written) = (0, 0);
        while consumed < len {
            let fragment = self
                .fragmenter
                .max_content_len()
                .min(len - consumed);
            let padding = padding_len(fragment, padding);
            let record_len = self
                .encryption
                .encrypted_len(fragment + padding);
            match self.seal_before_data(keys, record_len, &mut out[written..]) {
                Ok(sealed) => written += sealed,
                Err(WriteError::InsufficientSize(_) | WriteError::KeyExhausted) if written > 0 => {
                    break;
                }
                Err(err) => return Err(err),
            }
            let record = &mut out[written..];
            let content = content.take(fragment, record, self.encryption.content_offset());
            written += self.seal(ContentType::ApplicationData, content, padding, record)?;
            consumed += fragment;
        }
        Ok(Written { consumed, written })
    }

    /// Finds the place in an output of `room` bytes for a record whose content the caller writes there: returns how
    /// many bytes come before the record.
    #[inline]
    pub(in crate::traffic) fn reserve(
        &mut self,
        content_len: usize,
        room: usize,
    ) -> Result<usize, WriteError> {
        match self.is_one_record(content_len, 0, room) {
            true => Ok(0),
            false => self.reserve_checked(content_len, room),
        }
    }

    #[cold]
    fn reserve_checked(&mut self, content_len: usize, room: usize) -> Result<usize, WriteError> {
        let max = self.fragmenter.max_content_len();
        // Checked first, because `check_write_or_close` closes a connection of TLS 1.2 if the key is worn out.
        if content_len > max && !self.may_seal_only_owed() {
            return Err(WriteError::ContentTooLong {
                max,
                provided: content_len,
            });
        }
        self.check_write_or_close(content_len, 0)?;
        let before = self.len_before_data();
        let required_size = before
            + self
                .encryption
                .encrypted_len(content_len);
        match required_size <= room {
            true => Ok(before),
            false => Err(InsufficientSizeError { required_size }.into()),
        }
    }

    /// Where in a record its content begins.
    #[inline]
    pub(in crate::traffic) fn content_offset(&self) -> usize {
        self.encryption.content_offset()
    }

    /// Seals `len` bytes of content that the caller has written to `out`, if [`is_one_record`](Self::is_one_record) is
    /// true.
    #[inline(always)]
    pub(in crate::traffic) fn seal_one_in_place(
        &mut self,
        len: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let content = Content::InPlace { len };
        self.seal(ContentType::ApplicationData, content, 0, out)
    }

    /// Seals `len` bytes of content that the caller has written to `out`, at the place that [`reserve`](Self::reserve)
    /// found, and the messages that have to come before them.
    #[cold]
    pub(in crate::traffic) fn seal_in_place(
        &mut self,
        keys: &mut dyn SendingKeys,
        len: usize,
        padding: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        if len == 0 {
            return Ok(0);
        }
        self.check_write_or_close(len, padding)?;
        let provided = len.saturating_add(padding);
        if provided > MAX_CONTENT_LEN {
            return Err(WriteError::ContentTooLong {
                max: MAX_CONTENT_LEN,
                provided,
            });
        }
        let record_len = self.encryption.encrypted_len(provided);
        let written = self.seal_before_data(keys, record_len, out)?;
        let sealed = self.seal(
            ContentType::ApplicationData,
            Content::InPlace { len },
            padding,
            &mut out[written..],
        )?;
        Ok(written + sealed)
    }

    /// Whether `len` bytes of data make one record that fits into `room` bytes and that nothing has to come before.
    #[inline]
    pub(in crate::traffic) fn is_one_record(
        &self,
        len: usize,
        padding: usize,
        room: usize,
    ) -> bool {
        padding == 0
            && len > 0
            && len <= self.fragmenter.max_content_len()
            && self.owed.is_none()
            && self.may_seal_data()
            && self.encryption.encrypted_len(len) <= room
    }

    /// Whether the current key seals all records of `len` bytes of data, and nothing has to come before them.
    fn needs_only_data_records(&self, len: usize, padding: usize) -> bool {
        padding == 0
            && len > 0
            && self.owed.is_none()
            && self.fragmenter.count(len) as u64
                <= self
                    .encryption
                    .remaining(ContentType::ApplicationData)
    }

    /// Bytes of the records of data that `len` bytes make.
    fn len_of_data_records(&self, len: usize) -> usize {
        self.fragmenter
            .count(len)
            .saturating_mul(self.encryption.encrypted_len(0))
            .saturating_add(len)
    }

    /// Refuses a write that cannot be sealed as a whole.
    #[cold]
    fn check_whole_write(
        &mut self,
        content_len: usize,
        padding: usize,
        room: usize,
    ) -> Result<(), WriteError> {
        self.check_write_or_close(content_len, padding)?;
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

    /// Checks that a write may be sealed, at least in part. In TLS 1.2 checks that all of it may, and otherwise begins
    /// to close.
    fn check_write_or_close(
        &mut self,
        content_len: usize,
        padding: usize,
    ) -> Result<(), WriteError> {
        self.check_not_ended()?;
        if self.encryption.version() == Version::Tls13 {
            return match self.encryption.limit() {
                // Each key has only the sequence number that is kept for a KeyUpdate.
                0 | 1 => Err(WriteError::KeyExhausted),
                _ => Ok(()),
            };
        }
        if padding != 0 {
            return Err(WriteError::PaddingUnsupported);
        }
        let owes_alert = self
            .owed
            .is_some_and(|owed| owed.no_renegotiation);
        let left = self
            .encryption
            .remaining(ContentType::ApplicationData)
            .saturating_sub(owes_alert.into());
        if self.fragmenter.count(content_len) as u64 > left {
            self.begin_to_close();
            return Err(WriteError::KeyExhausted);
        }
        Ok(())
    }

    /// Seals the messages that have to come before a record of data of `record_len` bytes, if the record fits as well.
    #[inline]
    fn seal_before_data(
        &mut self,
        keys: &mut dyn SendingKeys,
        record_len: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        match self.owed.is_none() && self.may_seal_data() && record_len <= out.len() {
            true => Ok(0),
            false => self.seal_owed_before_data(keys, record_len, out),
        }
    }

    #[cold]
    fn seal_owed_before_data(
        &mut self,
        keys: &mut dyn SendingKeys,
        record_len: usize,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let required_size = self.len_before_data() + record_len;
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        self.check_keys_left(keys, self.owed_key_updates() + self.worn_keys(1))?;
        let mut written = self.flush(keys, out)?;
        if !self.may_seal_data() {
            written += self.request_key_update(keys, &mut out[written..])?;
        }
        Ok(written)
    }
}
