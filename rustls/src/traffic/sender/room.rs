//! How many bytes of output a write takes.

use rustls::ContentType;

use super::Sender;
use crate::record::MAX_CONTENT_LEN;
use crate::traffic::wire::{ALERT_LEN, KEY_UPDATE_LEN};

impl Sender {
    /// Bytes that it takes to seal all of `content_len` bytes, with the messages that are owed and the KeyUpdates that
    /// come between the records.
    pub(crate) fn required_len(&self, content_len: usize, padding: usize) -> usize {
        let max = self.fragmenter.max_content_len();
        let (full, rest) = (content_len / max, content_len % max);
        let overhead = self.encryption.encrypted_len(0);
        let records = self.fragmenter.count(content_len);
        let padding = full
            .saturating_mul(padding_len(max, padding))
            .saturating_add(match rest {
                0 => 0,
                rest => padding_len(rest, padding),
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

    /// Number of keys that wear out before the last of `records` records is sealed.
    pub(super) fn worn_keys(&self, records: usize) -> usize {
        let per_key = self
            .encryption
            .limit()
            .saturating_sub(1);
        let left = match &self.owed {
            Some(owed) if owed.changes_key() => per_key,
            _ => self
                .encryption
                .remaining(ContentType::ApplicationData),
        };
        let beyond = (records as u64).saturating_sub(left);
        let worn = match per_key {
            // No key seals data.
            0 => 0,
            per_key => beyond.div_ceil(per_key),
        };
        usize::try_from(worn).unwrap_or(usize::MAX)
    }

    /// Bytes that come before the next record of data: the messages that are owed, and a KeyUpdate if the key is worn
    /// out.
    pub(super) fn len_before_data(&self) -> usize {
        self.owed_len() + self.worn_keys(1) * self.key_update_len()
    }

    /// Bytes of the messages that are owed.
    pub(in crate::traffic) fn owed_len(&self) -> usize {
        let Some(owed) = &self.owed else {
            return 0;
        };
        let alert_len = self.encryption.encrypted_len(ALERT_LEN);
        owed.key_update_count() * self.key_update_len() + owed.alert_count() * alert_len
    }

    /// Number of KeyUpdates that are owed.
    pub(super) fn owed_key_updates(&self) -> usize {
        self.owed
            .as_ref()
            .map_or(0, |owed| owed.key_update_count())
    }

    pub(super) fn key_update_len(&self) -> usize {
        self.encryption
            .encrypted_len(KEY_UPDATE_LEN)
    }
}

/// The part of `padding` that fits into a record beside `content_len` bytes. RFC 8446 s5.4.
#[inline]
pub(super) fn padding_len(content_len: usize, padding: usize) -> usize {
    padding.min(MAX_CONTENT_LEN - content_len)
}
