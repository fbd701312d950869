//! Writes data before the handshake is complete. rustls seals it.

use rustls::client::{ClientConnectionData, EarlyDataError};
use rustls::server::ServerConnectionData;
use rustls::unbuffered::{
    ConnectionState, EncryptError, InsufficientSizeError, TransmitTlsData, WriteTraffic,
};

use super::connection::Connection;
use super::handshake::Handshake;
use crate::crypto::confidentiality_limit;
use crate::record::HEADER_LEN;

/// Bytes that a record of early data adds to its content: header, type and tag. RFC 8446 s5.2.
const EARLY_DATA_OVERHEAD: usize = HEADER_LEN + 1 + 16;

impl Handshake {
    /// Calls `f` with rustls's writer, if the server may write data before it has the client's Finished.
    ///
    /// `None` if it may not.
    pub(crate) fn write<R>(
        &mut self,
        f: impl FnOnce(WriteTraffic<'_, ServerConnectionData>) -> R,
    ) -> Option<R> {
        let Connection::Server(connection) = &mut self.rustls else {
            return None;
        };
        if !self.retained.is_empty() {
            // rustls would expect the retained input again.
            return None;
        }
        match connection
            .process_tls_records(&mut [])
            .state
        {
            Ok(ConnectionState::WriteTraffic(write)) => Some(f(write)),
            Ok(ConnectionState::TransmitTlsData(mut transmit)) => {
                transmit.may_encrypt_app_data().map(f)
            }
            _ => None,
        }
    }

    /// Returns whether [`write`](Self::write) would call its closure.
    pub(crate) fn may_write(&mut self) -> bool {
        self.write(|_| ()).is_some()
    }

    /// Seals application data of a server before it has the client's Finished.
    pub(crate) fn encrypt(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, EncryptError> {
        let records = self
            .parameters
            .fragmenter
            .count(data.len()) as u64;
        let sealed = self
            .early_records
            .saturating_add(records);
        if self.has_closed || sealed > self.early_limit() {
            return Err(EncryptError::EncryptExhausted);
        }
        let written = self
            .write(|mut write| write.encrypt(data, out))
            .unwrap_or(Err(EncryptError::EncryptExhausted))?;
        self.early_records = sealed;
        Ok(written)
    }

    /// Returns how many records of data may be sealed before the handshake is complete: half of what the key may seal,
    /// so that the other half remains for later records.
    fn early_limit(&self) -> u64 {
        self.common_state()
            .negotiated_cipher_suite()
            .map_or(0, |suite| confidentiality_limit(suite) / 2)
    }

    /// Refuses all further data. The sender sends a close_notify when the handshake is complete.
    ///
    /// rustls could seal a close_notify now, but would send session tickets after it.
    pub(crate) fn begin_to_close(&mut self) {
        self.has_closed = true;
    }

    /// Calls `f` with rustls's state, if the client may be able to write early data.
    fn early_data<R>(
        &mut self,
        f: impl FnOnce(TransmitTlsData<'_, ClientConnectionData>) -> Option<R>,
    ) -> Option<R> {
        let Connection::Client(connection) = &mut self.rustls else {
            return None;
        };
        if !self.retained.is_empty() {
            return None;
        }
        match connection
            .process_tls_records(&mut [])
            .state
        {
            Ok(ConnectionState::TransmitTlsData(transmit)) => f(transmit),
            _ => None,
        }
    }

    /// Returns whether the client may write early data.
    pub(crate) fn may_encrypt_early_data(&mut self) -> bool {
        self.early_data(|mut transmit| {
            transmit
                .may_encrypt_early_data()
                .map(drop)
        })
        .is_some()
    }

    /// Seals a client's early data.
    pub(crate) fn encrypt_early_data(
        &mut self,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, EarlyDataError> {
        // If `out` is too short, rustls counts the data anyway, and would drop it at the next attempt. So check first.
        let records = self
            .parameters
            .fragmenter
            .count(data.len());
        let required_size = data
            .len()
            .saturating_add(records * EARLY_DATA_OVERHEAD);
        if required_size > out.len() {
            return Err(EncryptError::from(InsufficientSizeError { required_size }).into());
        }
        self.early_data(|mut transmit| {
            transmit
                .may_encrypt_early_data()
                .map(|mut early| early.encrypt(data, out))
        })
        .unwrap_or(Err(EarlyDataError::ExceededAllowedEarlyData))
    }
}
