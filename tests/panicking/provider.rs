//! A provider of our records that panics on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::CipherSuite;
use rustls_direct::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::record::RecordHeader;
use testing::{Setup, setups};

pub(crate) const PANIC: &str = "the provider panics";

/// Makes a provider panic at every record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(crate) fn turn_on(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn turn_off(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Called in the middle of a record.
    fn panic_if_on(&self) {
        if self.0.load(Ordering::Relaxed) {
            std::panic::panic_any(PANIC);
        }
    }
}

/// Every suite with such a provider.
pub(crate) fn panicking_setups() -> Vec<(Setup, Switch)> {
    setups()
        .into_iter()
        .map(|setup| {
            let switch = Switch::default();
            let inner = setup.records;
            let records = Box::leak(Box::new(PanickingProvider {
                inner,
                switch: switch.clone(),
            }));
            (setup.with_records(records).adopted(), switch)
        })
        .collect()
}

#[derive(Debug)]
struct PanickingProvider {
    inner: &'static dyn RecordProvider,
    switch: Switch,
}

impl RecordProvider for PanickingProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        let inner = self.inner.algorithm(suite)?;
        Some(Box::leak(Box::new(PanickingAlgorithm {
            inner,
            switch: self.switch.clone(),
        })))
    }
}

struct PanickingAlgorithm {
    inner: &'static dyn AeadAlgorithm,
    switch: Switch,
}

impl AeadAlgorithm for PanickingAlgorithm {
    fn key_len(&self) -> usize {
        self.inner.key_len()
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        Ok(Box::new(Half {
            inner: self.inner.encrypter(keys)?,
            switch: self.switch.clone(),
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        Ok(Box::new(Half {
            inner: self.inner.decrypter(keys)?,
            switch: self.switch.clone(),
        }))
    }
}

struct Half<T: ?Sized> {
    switch: Switch,
    inner: Box<T>,
}

impl MessageEncrypter for Half<dyn MessageEncrypter> {
    fn encrypt_into(
        &mut self,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Result<(), EncryptFailed> {
        let prefix = self.inner.payload_prefix_len();
        record
            .content
            .place(&mut out[prefix..])?;
        self.switch.panic_if_on();
        self.inner
            .encrypt_into(record, seq, out)
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.inner
            .encrypted_payload_len(content_and_padding)
    }

    fn payload_prefix_len(&self) -> usize {
        self.inner.payload_prefix_len()
    }
}

impl MessageDecrypter for Half<dyn MessageDecrypter> {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> Result<Opened, DecryptFailed> {
        let opened = self
            .inner
            .decrypt_in_place(header, payload, seq)?;
        self.switch.panic_if_on();
        Ok(opened)
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> Result<Opened, DecryptFailed> {
        let opened = self
            .inner
            .decrypt_into(header, payload, seq, out)?;
        self.switch.panic_if_on();
        Ok(opened)
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.inner
            .decrypted_payload_len(payload_len)
    }
}
