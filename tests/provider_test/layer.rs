//! A thin layer over one suite of a right provider, which does one thing wrong.

use std::fmt;

use rustls::CipherSuite;
use rustls_direct::cipher::{
    AeadAlgorithm, DecryptFailed, EncryptFailed, InvalidKey, MessageDecrypter, MessageEncrypter,
    Opened, OutboundRecord, RecordProvider, TrafficKeys,
};
use rustls_direct::record::RecordHeader;

pub(crate) type Sealed = Result<(), EncryptFailed>;
pub(crate) type OpenedOrNot = Result<Opened, DecryptFailed>;

/// What is wrong. Each method does what is right, unless a fault has its own.
pub(crate) trait Fault: Sync {
    fn algorithm(
        &self,
        right: Option<&'static dyn AeadAlgorithm>,
    ) -> Option<&'static dyn AeadAlgorithm> {
        right
    }

    fn key_len(&self, right: usize) -> usize {
        right
    }

    fn take(&self, keys: &TrafficKeys) {
        let _ = keys;
    }

    fn encrypted_len(&self, right: usize) -> usize {
        right
    }

    fn prefix_len(&self, right: usize) -> usize {
        right
    }

    fn seal(
        &self,
        under: &mut Encrypter,
        record: OutboundRecord<'_>,
        seq: u64,
        out: &mut [u8],
    ) -> Sealed {
        under
            .right
            .encrypt_into(record, seq, out)
    }

    fn decrypted_len(&self, right: usize, payload_len: usize) -> usize {
        let _ = payload_len;
        right
    }

    fn open(
        &self,
        under: &mut Decrypter,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> OpenedOrNot {
        under
            .right
            .decrypt_in_place(header, payload, seq)
    }

    fn open_into(
        &self,
        under: &mut Decrypter,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> OpenedOrNot {
        under
            .right
            .decrypt_into(header, payload, seq, out)
    }
}

/// Nothing is wrong.
pub(crate) struct Right;

impl Fault for Right {}

/// `fault` over one suite of `right`.
#[derive(Clone, Copy)]
pub(crate) struct Layer {
    pub(crate) right: &'static dyn RecordProvider,
    pub(crate) suite: CipherSuite,
    pub(crate) fault: &'static dyn Fault,
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layer over {:?}", self.right)
    }
}

impl RecordProvider for Layer {
    fn algorithm(&self, suite: CipherSuite) -> Option<&'static dyn AeadAlgorithm> {
        if suite != self.suite {
            return None;
        }
        self.fault.algorithm(
            self.right
                .algorithm(suite)
                .map(|right| {
                    // A test may leak what it is short of a lifetime for.
                    &*Box::leak(Box::new(Algorithm {
                        right,
                        fault: self.fault,
                    })) as _
                }),
        )
    }
}

struct Algorithm {
    right: &'static dyn AeadAlgorithm,
    fault: &'static dyn Fault,
}

impl AeadAlgorithm for Algorithm {
    fn key_len(&self) -> usize {
        self.fault.key_len(self.right.key_len())
    }

    fn encrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageEncrypter>, InvalidKey> {
        self.fault.take(keys);
        Ok(Box::new(Encrypter {
            right: self.right.encrypter(keys)?,
            algorithm: self.right,
            keys: keys.clone(),
            before: 0,
            first: None,
            fault: self.fault,
        }))
    }

    fn decrypter(&self, keys: &TrafficKeys) -> Result<Box<dyn MessageDecrypter>, InvalidKey> {
        self.fault.take(keys);
        Ok(Box::new(Decrypter {
            right: self.right.decrypter(keys)?,
            algorithm: self.right,
            keys: keys.clone(),
            before: 0,
            fault: self.fault,
        }))
    }
}

/// What a fault in sealing has at hand.
pub(crate) struct Encrypter {
    pub(crate) right: Box<dyn MessageEncrypter>,
    pub(crate) algorithm: &'static dyn AeadAlgorithm,
    pub(crate) keys: TrafficKeys,
    /// How many records came before.
    pub(crate) before: u64,
    /// The number of the first one.
    pub(crate) first: Option<u64>,
    fault: &'static dyn Fault,
}

impl MessageEncrypter for Encrypter {
    fn encrypt_into(&mut self, record: OutboundRecord<'_>, seq: u64, out: &mut [u8]) -> Sealed {
        self.first.get_or_insert(seq);
        let sealed = self.fault.seal(self, record, seq, out);
        self.before += 1;
        sealed
    }

    fn encrypted_payload_len(&self, content_and_padding: usize) -> usize {
        self.fault.encrypted_len(
            self.right
                .encrypted_payload_len(content_and_padding),
        )
    }

    fn payload_prefix_len(&self) -> usize {
        self.fault
            .prefix_len(self.right.payload_prefix_len())
    }
}

/// What a fault in opening has at hand.
pub(crate) struct Decrypter {
    pub(crate) right: Box<dyn MessageDecrypter>,
    pub(crate) algorithm: &'static dyn AeadAlgorithm,
    pub(crate) keys: TrafficKeys,
    /// How many records came before.
    pub(crate) before: u64,
    fault: &'static dyn Fault,
}

impl MessageDecrypter for Decrypter {
    fn decrypt_in_place(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
    ) -> OpenedOrNot {
        let opened = self
            .fault
            .open(self, header, payload, seq);
        self.before += 1;
        opened
    }

    fn decrypt_into(
        &mut self,
        header: RecordHeader,
        payload: &mut [u8],
        seq: u64,
        out: &mut [u8],
    ) -> OpenedOrNot {
        let opened = self
            .fault
            .open_into(self, header, payload, seq, out);
        self.before += 1;
        opened
    }

    fn decrypted_payload_len(&self, payload_len: usize) -> usize {
        self.fault.decrypted_len(
            self.right
                .decrypted_payload_len(payload_len),
            payload_len,
        )
    }
}
