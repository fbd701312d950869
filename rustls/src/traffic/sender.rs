//! The half of a connection that seals records.

mod key_update;
mod room;
mod write;

use alloc::boxed::Box;
use alloc::vec::Vec;

use rustls::unbuffered::InsufficientSizeError;
use rustls::{AlertDescription, ContentType, Error};

use super::failure::Failure;
use super::keys::SendingKeys;
use super::owed::Owed;
use super::request::{Progress, Requests};
use super::wire::{KeyUpdateRequest, MAX_KEY_UPDATES, fatal_alert, warning_alert};
use super::write_error::WriteError;
use crate::cipher::{Content, OutboundRecord, RecordSource};
use crate::record::Fragmenter;
use crate::record_layer::{EncryptionError, EncryptionState};

/// Seals data, and before the data the messages that are owed to the peer.
pub(crate) struct Sender {
    encryption: EncryptionState,
    fragmenter: Fragmenter,
    /// Sealed before anything else.
    owed: Option<Owed>,
    /// Whether we have asked for a KeyUpdate that has not come.
    awaits_key_update: bool,
    key_updates: u64,
    /// Together with the sequence number this is [`Progress::sent`]: the records under earlier keys, minus the records
    /// of the handshake and answers. It wraps, because it may be negative.
    earlier_records: u64,
    /// Whether close_notify was sealed or is owed. Only the owed messages may be sealed then.
    closed: bool,
    /// The error of a failed connection. Only its alert may be sealed then.
    failed: Option<Box<Error>>,
}

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

    /// Whether any message is owed, to be sealed by [`flush`](Self::flush).
    #[inline]
    pub(crate) fn owes(&self) -> bool {
        self.owed.is_some()
    }

    /// Whether a message is owed or the connection has failed.
    #[inline]
    pub(crate) fn owes_or_failed(&self) -> bool {
        self.owed.is_some() || self.failed.is_some()
    }

    /// Seals all messages that are owed at the front of `out`, or none of them, and returns their length in bytes.
    pub(crate) fn flush(
        &mut self,
        keys: &mut dyn SendingKeys,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let required_size = self.owed_len();
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        self.check_keys_left(keys, self.owed_key_updates())?;
        let Some(owed) = self.owed.take() else {
            return Ok(0);
        };
        let mut written = 0;
        if let Some(description) = owed.fatal {
            let sealed = self.seal_alert(fatal_alert(description), out);
            self.encryption.discard_key();
            return sealed;
        }
        if owed.key_update_answer {
            written += self.update_key(keys, KeyUpdateRequest::NotRequested, out)?;
            self.uncount_record();
        }
        for _ in 0..owed.key_updates {
            written += self.request_key_update(keys, &mut out[written..])?;
        }
        if owed.no_renegotiation {
            let alert = warning_alert(AlertDescription::NoRenegotiation);
            written += self.seal_alert(alert, &mut out[written..])?;
            self.uncount_record();
        }
        if owed.close_notify {
            let alert = warning_alert(AlertDescription::CloseNotify);
            written += self.seal_alert(alert, &mut out[written..])?;
            self.encryption.discard_key();
        }
        Ok(written)
    }

    /// As [`flush`](Self::flush), at the end of `out`.
    pub(crate) fn flush_to_vec(
        &mut self,
        keys: &mut dyn SendingKeys,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let begin = out.len();
        out.resize(begin + self.owed_len(), 0);
        let flushed = self.flush(keys, &mut out[begin..]);
        out.truncate(begin + flushed.as_ref().copied().unwrap_or(0));
        flushed.map(drop)
    }

    /// Seals a close_notify, once, after the messages that were owed. Nothing can be sealed after it.
    ///
    /// If `out` is too short, close_notify is owed, and data is refused from now on, as in rustls.
    pub(crate) fn close_notify(
        &mut self,
        keys: &mut dyn SendingKeys,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        match &self.failed {
            // The alert of the failure is still to be sealed.
            Some(_) if self.owes() => {}
            Some(error) => return Err(WriteError::Failed(error.clone())),
            None if !self.closed => self.begin_to_close(),
            None => {}
        }
        self.flush(keys, out)
    }

    /// Owes close_notify, and refuses data from now on.
    pub(crate) fn begin_to_close(&mut self) {
        self.owe().close_notify = true;
        self.closed = true;
    }

    /// Owes what records from the peer ask for.
    #[cold]
    pub(crate) fn accept_requests(&mut self, requests: Requests) {
        // Nothing may follow a close_notify. RFC 8446 s6.1.
        if self.may_seal_only_owed() {
            return;
        }
        if requests.key_update_answered {
            self.awaits_key_update = false;
        }
        if requests.key_update && self.key_updates < MAX_KEY_UPDATES {
            self.owe().key_update_answer = true;
        }
        // The last sequence number is kept for close_notify.
        if requests.renegotiation && self.may_seal_data() {
            self.owe().no_renegotiation = true;
        }
    }

    /// Ends the connection. From now on only the alert of `failure` can be sealed, if it has one.
    #[cold]
    pub(crate) fn fail(&mut self, failure: Failure) {
        let owes_close_notify = self
            .owed
            .is_some_and(|owed| owed.close_notify);
        self.owed = match self.may_seal_only_owed() && !owes_close_notify {
            true => None,
            false => failure.alert.map(Owed::fatal),
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

    /// The error of a failed connection.
    pub(crate) fn error(&self) -> Option<&Error> {
        self.failed.as_deref()
    }

    /// Whether close_notify was sealed or is owed, and the connection has not failed.
    pub(crate) fn has_closed(&self) -> bool {
        self.closed && self.failed.is_none()
    }

    /// Whether close_notify was sealed. Nothing will be owed any more, even if the peer asks. RFC 8446 s6.1.
    #[cfg(feature = "std")]
    pub(crate) fn has_sealed_close_notify(&self) -> bool {
        self.has_closed() && !self.owes()
    }

    /// The implementation that seals the records.
    pub(crate) fn source(&self) -> RecordSource {
        self.encryption.source()
    }

    /// The number of records sent of our own accord, and whether a message is owed.
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

    fn owe(&mut self) -> &mut Owed {
        self.owed.get_or_insert_default()
    }

    /// Excludes the answer that was just sealed from [`Progress::sent`].
    fn uncount_record(&mut self) {
        self.earlier_records = self.earlier_records.wrapping_sub(1);
    }

    /// Whether nothing may be sealed any more, except the messages that are owed.
    fn may_seal_only_owed(&self) -> bool {
        self.closed || self.failed.is_some()
    }

    /// Fails once data can never be sealed again.
    fn check_not_ended(&mut self) -> Result<(), WriteError> {
        match &self.failed {
            Some(error) => Err(WriteError::Failed(error.clone())),
            None if self.closed => Err(WriteError::Closed),
            None if self.encryption.has_ended() => {
                Err(self.seal_failed(EncryptionError::KeyExhausted))
            }
            None => Ok(()),
        }
    }

    #[inline]
    fn may_seal_data(&self) -> bool {
        self.encryption
            .remaining(ContentType::ApplicationData)
            > 0
    }

    fn seal_alert(&mut self, alert: [u8; 2], out: &mut [u8]) -> Result<usize, WriteError> {
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
            Err(err) => Err(self.seal_failed(err)),
        }
    }

    #[cold]
    fn seal_failed(&mut self, error: EncryptionError) -> WriteError {
        match error {
            EncryptionError::InsufficientSize { required, .. } => InsufficientSizeError {
                required_size: required,
            }
            .into(),
            EncryptionError::ContentTooLong { max, provided } => {
                WriteError::ContentTooLong { max, provided }
            }
            EncryptionError::PaddingUnsupported => WriteError::PaddingUnsupported,
            // The record layer has discarded the key without an error of ours: the provider has panicked, and the
            // caller has caught the panic.
            EncryptionError::KeyExhausted if self.encryption.has_ended() => {
                self.fail_without_alert(Error::EncryptError)
            }
            EncryptionError::KeyExhausted => WriteError::KeyExhausted,
            EncryptionError::EncryptFailed => self.fail_without_alert(Error::EncryptError),
        }
    }

    /// Ends the connection without an alert, because none can be sealed.
    fn fail_without_alert(&mut self, error: Error) -> WriteError {
        self.fail(Failure {
            error: error.clone(),
            alert: None,
        });
        WriteError::Failed(Box::new(error))
    }

    #[cfg(test)]
    pub(super) fn set_key_updates(&mut self, key_updates: u64) {
        self.key_updates = key_updates;
    }
}
