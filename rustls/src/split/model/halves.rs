//! The halves that the model runs, over keys that are only numbers.

use alloc::boxed::Box;

use rustls::{CipherSuite, Error, Side};

use super::records::{Algorithm, keys};
use crate::cipher::TrafficKeys;
use crate::handover::Negotiated;
use crate::record::Fragmenter;
use crate::record_layer::{DecryptionState, EncryptionState};
use crate::split::{Reader, Writer, split};
use crate::traffic::{
    Kernel, KernelModel, KeySchedule, Receiver, ReceivingKeys, Sender, SendingKeys, TicketStore,
    Traffic,
};

const SUITE: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;

/// Number of records that a key may seal.
pub(super) const LIMIT: u64 = 3;

/// Stands in for rustls: counts the generations of both keys, and calls the session store.
struct Model<F> {
    sending: u8,
    receiving: u8,
    store: F,
}

impl<F: FnMut() + Send> KernelModel for Model<F> {}

impl<F: FnMut()> SendingKeys for Model<F> {
    fn next_sending_keys(&mut self) -> Result<TrafficKeys, Error> {
        self.sending += 1;
        Ok(keys(self.sending))
    }
}

impl<F: FnMut()> ReceivingKeys for Model<F> {
    fn next_receiving_keys(&mut self) -> Result<TrafficKeys, Error> {
        self.receiving += 1;
        Ok(keys(self.receiving))
    }
}

impl<F: FnMut()> TicketStore for Model<F> {
    fn store_ticket(&mut self, _: &[u8]) -> Result<(), Error> {
        (self.store)();
        Ok(())
    }
}

/// The halves of a client, whose session store is `store`.
pub(super) fn halves(store: impl FnMut() + Send + 'static) -> (Reader, Writer) {
    let encryption = EncryptionState::with_algorithm(&Algorithm, SUITE, keys(0), 0, LIMIT);
    let decryption = DecryptionState::with_algorithm(&Algorithm, SUITE, keys(0), 0);
    let model = Kernel::Model(Box::new(Model {
        sending: 0,
        receiving: 0,
        store,
    }));
    let traffic = Traffic {
        sender: Sender::new(encryption.unwrap(), Fragmenter::new(None).unwrap()),
        receiver: Receiver::new(decryption.unwrap(), Side::Client),
        key_schedule: KeySchedule::new(Some(Box::new(model))),
    };
    split(traffic, None, Negotiated::default())
}
