//! Takes the keys out of rustls.

use alloc::format;

use rustls::{Error, ExtractedSecrets, Side};

use super::connection::Connection;
use super::handshake::{Handshake, HandshakeParameters};
use super::negotiated::Negotiated;
use crate::crypto::confidentiality_limit;
use crate::error::explained;
use crate::record::Version;
use crate::record_layer::{DecryptionState, EncryptionState, KeyError, Mark};
use crate::traffic::{DirectionSecrets, KeySchedule, Receiver, Sender, Traffic};

impl Handshake {
    /// Takes the keys out of rustls, and adds the exporter to `negotiated`.
    ///
    /// Call it only after [`Step::Complete`](super::Step::Complete).
    pub(super) fn take_over(
        self,
        #[cfg_attr(not(feature = "std"), expect(unused_variables))] negotiated: &mut Negotiated,
    ) -> Result<Traffic, Error> {
        let suite = self
            .common_state()
            .negotiated_cipher_suite()
            .ok_or(Error::HandshakeNotComplete)?;
        let HandshakeParameters {
            algorithms,
            fragmenter,
            extractable,
            random,
        } = self.parameters;
        let algorithm = algorithms.algorithm_of(suite)?;
        let side = match &self.rustls {
            Connection::Client(_) => Side::Client,
            Connection::Server(_) => Side::Server,
        };
        let name = suite.suite();
        let keep_kernel = extractable || Version::of(name) == Version::Tls13;
        let (ExtractedSecrets { tx, rx }, kernel) = self.rustls.into_secrets(keep_kernel)?;
        let refuse = |err: KeyError| explained(format!("{err}"));
        let (tx_seq, tx) = (tx.0, DirectionSecrets::new(tx.1)?);
        let (rx_seq, rx) = (rx.0, DirectionSecrets::new(rx.1)?);
        let keys = tx.keys().clone();
        let limit = confidentiality_limit(suite);
        let encryption = EncryptionState::with_algorithm(algorithm, name, keys, tx_seq, limit)
            .map_err(refuse)?;
        let mut sender = Sender::new(encryption, fragmenter);
        if self.has_closed {
            sender.begin_to_close();
        }
        let keys = rx.keys().clone();
        let mark = Mark::new(random)?;
        let mut decryption =
            DecryptionState::with_algorithm(algorithm, name, keys, rx_seq).map_err(refuse)?;
        decryption.set_mark(mark);
        #[cfg(feature = "std")]
        {
            negotiated.exporter = self.observer.exporter(suite);
        }
        Ok(Traffic {
            sender,
            receiver: Receiver::new(decryption, side),
            key_schedule: match extractable {
                true => KeySchedule::extractable(kernel, tx, rx),
                false => KeySchedule::new(kernel),
            },
        })
    }
}
