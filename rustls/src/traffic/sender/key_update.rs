//! KeyUpdates of our own and answers to the peer's. RFC 8446 s4.6.3.

use alloc::format;

use rustls::ContentType;
#[cfg(any(feature = "std", test))]
use rustls::unbuffered::InsufficientSizeError;

use super::Sender;
use crate::error::explained;
use crate::record::Version;
use crate::traffic::keys::SendingKeys;
use crate::traffic::wire::{KeyUpdateRequest, MAX_KEY_UPDATES};
use crate::traffic::write_error::WriteError;

impl Sender {
    /// Seals a KeyUpdate after the messages that are owed, and goes on with the next key.
    ///
    /// The KeyUpdate asks the peer for one of its own, unless an earlier one has and was not answered.
    #[cfg(any(feature = "std", test))]
    pub(crate) fn refresh_traffic_keys(
        &mut self,
        keys: &mut dyn SendingKeys,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        self.check_refresh()?;
        let required_size = self
            .owed_len()
            .saturating_add(self.key_update_len());
        if required_size > out.len() {
            return Err(InsufficientSizeError { required_size }.into());
        }
        self.check_keys_left(keys, self.owed_key_updates() + 1)?;
        let written = self.flush(keys, out)?;
        Ok(written + self.request_key_update(keys, &mut out[written..])?)
    }

    /// As [`refresh_traffic_keys`](Self::refresh_traffic_keys), but owes the KeyUpdate.
    pub(crate) fn owe_refresh(&mut self) -> Result<(), WriteError> {
        self.check_refresh()?;
        let owed = self.owe();
        owed.key_updates = owed.key_updates.saturating_add(1);
        Ok(())
    }

    fn check_refresh(&mut self) -> Result<(), WriteError> {
        self.check_not_ended()?;
        match self.encryption.version() {
            Version::Tls12 => Err(WriteError::KeyUpdateUnsupported),
            Version::Tls13 if self.key_updates >= MAX_KEY_UPDATES => Err(WriteError::KeyExhausted),
            Version::Tls13 => Ok(()),
        }
    }

    /// Checks that `count` keys can be derived, before a call that needs them seals anything.
    pub(super) fn check_keys_left(
        &self,
        keys: &dyn SendingKeys,
        count: usize,
    ) -> Result<(), WriteError> {
        match count == 0 || count <= keys.sending_keys_left() {
            true => Ok(()),
            false => Err(WriteError::KeyExhausted),
        }
    }

    /// Seals a KeyUpdate of our own.
    pub(super) fn request_key_update(
        &mut self,
        keys: &mut dyn SendingKeys,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        // RFC 9846 s4.7.3: no second request before the first is answered.
        let request = match self.awaits_key_update {
            true => KeyUpdateRequest::NotRequested,
            false => KeyUpdateRequest::Requested,
        };
        let written = self.update_key(keys, request, out)?;
        self.awaits_key_update = true;
        Ok(written)
    }

    /// Seals a KeyUpdate under the current key, and goes on with the next key.
    pub(super) fn update_key(
        &mut self,
        keys: &mut dyn SendingKeys,
        request: KeyUpdateRequest,
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
        // Derived first, so that no KeyUpdate is sealed that no key follows.
        let next = match keys.next_sending_keys() {
            Ok(next) => next,
            Err(error) => return Err(self.fail_without_alert(error)),
        };
        let message = request.message();
        let written = self.seal(ContentType::Handshake, message[..].into(), 0, out)?;
        let sealed = self.encryption.seq();
        match self.encryption.change_key(&next) {
            Ok(()) => {
                self.earlier_records = self
                    .earlier_records
                    .wrapping_add(sealed);
                self.key_updates += 1;
                Ok(written)
            }
            Err(err) => Err(self.fail_without_alert(explained(format!("{err}")))),
        }
    }
}
