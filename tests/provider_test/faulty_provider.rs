//! A provider with one fault: it wraps one suite of a correct provider.

use std::fmt;

use rustls::CipherSuite;
use rustls_direct::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::record::RecordHeader;

pub(crate) type SealResult = Result<(), EncryptFailed>;
pub(crate) type OpenResult = Result<Opened, DecryptFailed>;

/// A fault of a provider. The default methods are correct, and a fault replaces one or two of them.
pub(crate) trait Fault: Sync {
    fn algorithm(
        &self,
        correct: Option<&'static dyn AeadAlgorithm>,
    ) -> Option<&'static dyn AeadAlgorithm> {
        correct
    }

    fn key_len(&self, correct: usize) -> usize {
        correct
    }

    /// Called with the keys of each new encrypter and decrypter.
    fn receive_keys(&self, keys: &TrafficKeys) {
        let _ = keys;
    }

    /// Overrides `encrypted_payload_len`.
    fn encrypted_len(&self, correct: usize) -> usize {
        correct
    }

    /// Overrides `payload_prefix_len`.
    fn prefix_len(&self, correct: usize) -> usize {
        correct
    }

    /// Overrides `encrypt_into`.
    fn seal(
        &self,
        encrypter: &mut FaultyEncrypter,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> SealResult {
        encrypter
            .inner
            .encrypt_into(record, seq, out)
    }

    /// Overrides `decrypted_payload_len`.
    fn decrypted_len(&self, correct: usize, payload_len: usize) -> usize {
        let _ = payload_len;
        correct
    }

    /// Overrides `decrypt_in_place`.
    fn open(
        &self,
        decrypter: &mut FaultyDecrypter,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> OpenResult {
        decrypter
            .inner
            .decrypt_in_place(header, payload, seq)
    }

    /// Overrides `decrypt_into`.
    fn open_into(
        &self,
        decrypter: &mut FaultyDecrypter,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> OpenResult {
        decrypter
            .inner
            .decrypt_into(header, payload, seq, out)
    }
}

/// Plants nothing.
pub(crate) struct NoFault;

impl Fault for NoFault {}

/// One suite of `inner`, with `fault` planted in it.
#[derive(Clone, Copy)]
pub(crate) struct FaultyProvider {
    pub(crate) inner: &'static dyn RecordProvider,
    pub(crate) suite: CipherSuite,
    pub(crate) fault: &'static dyn Fault,
}

impl fmt::Debug for FaultyProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyProvider over {:?}", self.inner)
    }
}

impl RecordProvider for FaultyProvider {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        if suite != self.suite {
            return None;
        }
        self.fault.algorithm(
            self.inner
                .algorithm(suite)
                .map(|inner| {
                    // Leaked, because an algorithm has to be `'static`.
                    &*Box::leak(Box::new(FaultyAlgorithm {
                        inner,
                        fault: self.fault,
                    })) as _
                }),
        )
    }
}

struct FaultyAlgorithm {
    inner: &'static dyn AeadAlgorithm,
    fault: &'static dyn Fault,
}

impl AeadAlgorithm for FaultyAlgorithm {
    fn key_len(&self) -> usize {
        self.fault.key_len(self.inner.key_len())
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        self.fault.receive_keys(keys);
        Ok(Box::new(FaultyEncrypter {
            inner: self.inner.encrypter(keys)?,
            algorithm: self.inner,
            keys: keys.clone(),
            records_before: 0,
            first_seq: None,
            fault: self.fault,
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        self.fault.receive_keys(keys);
        Ok(Box::new(FaultyDecrypter {
            inner: self.inner.decrypter(keys)?,
            algorithm: self.inner,
            keys: keys.clone(),
            records_before: 0,
            fault: self.fault,
        }))
    }
}

/// A correct encrypter, and the state that faults in sealing use.
pub(crate) struct FaultyEncrypter {
    pub(crate) inner: Box<dyn MessageEncrypter>,
    pub(crate) algorithm: &'static dyn AeadAlgorithm,
    pub(crate) keys: TrafficKeys,
    /// The number of records that were sealed before.
    pub(crate) records_before: u64,
    /// The sequence number of the first record.
    pub(crate) first_seq: Option<u64>,
    fault: &'static dyn Fault,
}

impl MessageEncrypter for FaultyEncrypter {
    fn encrypt_into(&mut self, record: OutboundRecord<'_>, seq: u64, out: &mut [u8]) -> SealResult {
        self.first_seq.get_or_insert(seq);
        let sealed = self.fault.seal(self, record, seq, out);
        self.records_before += 1;
        sealed
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.fault.encrypted_len(
            self.inner
                .encrypted_payload_len(content_and_padding),
        )
    }

    fn payload_prefix_len(&self) -> usize {
        self.fault
            .prefix_len(self.inner.payload_prefix_len())
    }
}

/// A correct decrypter, and the state that faults in opening use.
pub(crate) struct FaultyDecrypter {
    pub(crate) inner: Box<dyn MessageDecrypter>,
    pub(crate) algorithm: &'static dyn AeadAlgorithm,
    pub(crate) keys: TrafficKeys,
    /// The number of records that were opened before.
    pub(crate) records_before: u64,
    fault: &'static dyn Fault,
}

impl MessageDecrypter for FaultyDecrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> OpenResult {
        let opened = self
            .fault
            .open(self, header, payload, seq);
        self.records_before += 1;
        opened
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> OpenResult {
        let opened = self
            .fault
            .open_into(self, header, payload, seq, out);
        self.records_before += 1;
        opened
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.fault.decrypted_len(
            self.inner
                .decrypted_payload_len(payload_len),
            payload_len,
        )
    }
}
