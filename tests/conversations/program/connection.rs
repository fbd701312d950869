//! What do client and server connections share that the library has no trait for?

use std::num::NonZeroUsize;

use rustls::Error;

use super::super::tls::client::{ClientConnectionData, EarlyDataError, UnbufferedClientConnection};
use super::super::tls::server::{ServerConnectionData, UnbufferedServerConnection};
use super::super::tls::unbuffered::{
    AppDataRecord, EncodeError, EncryptError, InsufficientSizeError, ReadEarlyData,
    TransmitTlsData, UnbufferedConnectionCommon, UnbufferedStatus,
};
use crate::application::{Extracted, Extraction};
use crate::trace::Refusal;

/// A connection of either role.
pub(super) trait Connection: Sized + 'static {
    type Data;

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data>;

    fn common(&self) -> &UnbufferedConnectionCommon<Self::Data>;

    /// The number of tickets that a client has received.
    fn tickets_received(&self) -> Option<u32>;

    fn peek_early_data(read: &ReadEarlyData<'_, '_, Self::Data>) -> Option<NonZeroUsize>;

    /// Passes the next record of early data to `take`.
    fn next_early_data(
        read: &mut ReadEarlyData<'_, '_, Self::Data>,
        take: impl FnOnce(Result<AppDataRecord<'_>, Error>),
    );

    fn may_encrypt_early_data(transmit: &mut TransmitTlsData<'_, Self::Data>) -> bool;

    fn encrypt_early_data(
        transmit: &mut TransmitTlsData<'_, Self::Data>,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, EarlyDataError>;

    fn extract(self, how: Extraction) -> Result<Extracted, Error>;
}

impl Connection for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }

    fn common(&self) -> &UnbufferedConnectionCommon<Self::Data> {
        self
    }

    fn tickets_received(&self) -> Option<u32> {
        Some(self.tls13_tickets_received())
    }

    fn peek_early_data(_: &ReadEarlyData<'_, '_, Self::Data>) -> Option<NonZeroUsize> {
        panic!("a client is sent no early data");
    }

    fn next_early_data(
        _: &mut ReadEarlyData<'_, '_, Self::Data>,
        _: impl FnOnce(Result<AppDataRecord<'_>, Error>),
    ) {
        panic!("a client is sent no early data");
    }

    fn may_encrypt_early_data(transmit: &mut TransmitTlsData<'_, Self::Data>) -> bool {
        transmit
            .may_encrypt_early_data()
            .is_some()
    }

    fn encrypt_early_data(
        transmit: &mut TransmitTlsData<'_, Self::Data>,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, EarlyDataError> {
        transmit
            .may_encrypt_early_data()
            .ok_or(EarlyDataError::ExceededAllowedEarlyData)?
            .encrypt(data, out)
    }

    fn extract(self, how: Extraction) -> Result<Extracted, Error> {
        match how {
            #[allow(deprecated, reason = "the deprecated call is still supported")]
            Extraction::Secrets => self
                .dangerous_extract_secrets()
                .map(Extracted::new),
            Extraction::Kernel => self
                .dangerous_into_kernel_connection()
                .map(Extracted::with_kernel),
        }
    }
}

impl Connection for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }

    fn common(&self) -> &UnbufferedConnectionCommon<Self::Data> {
        self
    }

    fn tickets_received(&self) -> Option<u32> {
        None
    }

    fn peek_early_data(read: &ReadEarlyData<'_, '_, Self::Data>) -> Option<NonZeroUsize> {
        read.peek_len()
    }

    fn next_early_data(
        read: &mut ReadEarlyData<'_, '_, Self::Data>,
        take: impl FnOnce(Result<AppDataRecord<'_>, Error>),
    ) {
        take(
            read.next_record()
                .expect("an announced record"),
        );
    }

    fn may_encrypt_early_data(_: &mut TransmitTlsData<'_, Self::Data>) -> bool {
        false
    }

    fn encrypt_early_data(
        _: &mut TransmitTlsData<'_, Self::Data>,
        _: &[u8],
        _: &mut [u8],
    ) -> Result<usize, EarlyDataError> {
        panic!("a server sends no early data");
    }

    fn extract(self, how: Extraction) -> Result<Extracted, Error> {
        match how {
            #[allow(deprecated, reason = "the deprecated call is still supported")]
            Extraction::Secrets => self
                .dangerous_extract_secrets()
                .map(Extracted::new),
            Extraction::Kernel => self
                .dangerous_into_kernel_connection()
                .map(Extracted::with_kernel),
        }
    }
}

/// A reason why nothing was sealed.
pub(super) trait Refused {
    fn refusal(self) -> Refusal;
}

impl Refused for EncodeError {
    fn refusal(self) -> Refusal {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => {
                Refusal::Room(required_size)
            }
            other => Refusal::Other(format!("{other:?}")),
        }
    }
}

impl Refused for EncryptError {
    fn refusal(self) -> Refusal {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => {
                Refusal::Room(required_size)
            }
            other => Refusal::Other(format!("{other:?}")),
        }
    }
}

impl Refused for EarlyDataError {
    fn refusal(self) -> Refusal {
        match self {
            Self::Encrypt(error) => error.refusal(),
            other => Refusal::Other(format!("{other:?}")),
        }
    }
}
