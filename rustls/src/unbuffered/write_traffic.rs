//! The state in which application data can be sealed.

use alloc::boxed::Box;
use core::marker::PhantomData;

use rustls::Error;
use rustls::unbuffered::EncryptError;

use super::machine::{CommonState, Phase};
use super::owed::rustls_error;
use crate::traffic::{Gathered, Reservation, Traffic, WriteError, Written};

/// Seals application data.
pub struct WriteTraffic<'c, Data> {
    conn: &'c mut CommonState,
    data: PhantomData<Data>,
}

impl<'c, Data> WriteTraffic<'c, Data> {
    #[inline(always)]
    pub(super) fn new(conn: &'c mut CommonState) -> Self {
        Self {
            conn,
            data: PhantomData,
        }
    }

    /// Seals `application_data` at the front of `outgoing_tls`, and returns the number of bytes written.
    ///
    /// They are whole records, each with as much content as the config's `max_fragment_size` allows. `outgoing_tls`
    /// after them is untouched. If there is no data, nothing is written.
    ///
    /// # Errors
    ///
    /// - `InsufficientSize`: `outgoing_tls` is too short. It gives the length that is needed. Nothing was written, and
    ///   no sequence number was spent.
    /// - `EncryptExhausted`: one of three reasons, which [`write`](Self::write) tells apart.
    ///   [`KeyExhausted`](WriteError::KeyExhausted): the key has sealed as many records as it may.
    ///   [`Closed`](WriteError::Closed): close_notify was sealed. [`Failed`](WriteError::Failed): the connection has
    ///   failed. Nothing was written, except if the provider has failed to seal one of the records: then no byte of
    ///   this call may be sent.
    #[inline]
    pub fn encrypt(
        &mut self,
        application_data: &[u8],
        outgoing_tls: &mut [u8],
    ) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic
                .sender
                .encrypt_one(application_data, outgoing_tls),
            _ => None,
        }
        .map_or_else(
            || encrypt_any(self.conn, application_data, outgoing_tls),
            Ok,
        )
    }

    /// As [`encrypt`](Self::encrypt), with `padding` zero bytes in each record, which hide the length of the data. RFC
    /// 8446 s5.4.
    ///
    /// A record gets fewer if content and padding would exceed 2^14 bytes.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `PaddingUnsupported` in TLS 1.2, and `HandshakeNotComplete` during the handshake.
    pub fn encrypt_padded(
        &mut self,
        application_data: &[u8],
        padding: usize,
        outgoing_tls: &mut [u8],
    ) -> Result<usize, WriteError> {
        let traffic = traffic(self.conn)?;
        traffic.sender.encrypt(
            &mut traffic.key_schedule,
            application_data,
            padding,
            outgoing_tls,
        )
    }

    /// Seals as many whole records of `data` as fit into `outgoing_tls`, and returns how many bytes were sealed and
    /// written.
    ///
    /// `data` may be gathered from several slices. Otherwise as [`encrypt`](Self::encrypt).
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `InsufficientSize` is returned only if `outgoing_tls` has no room for one record, and
    /// `HandshakeNotComplete` during the handshake.
    #[inline]
    pub fn write<'a>(
        &mut self,
        data: impl Into<Gathered<'a>>,
        outgoing_tls: &mut [u8],
    ) -> Result<Written, WriteError> {
        let traffic = traffic(self.conn)?;
        traffic
            .sender
            .write(&mut traffic.key_schedule, data.into(), 0, outgoing_tls)
    }

    /// Finds the place in `outgoing_tls` for the content of the next record, to which the caller writes up to `len`
    /// bytes.
    ///
    /// # Errors
    ///
    /// See [`WriteError`]. `ContentTooLong` if `len` is more than one record holds, and `HandshakeNotComplete` during
    /// the handshake.
    #[inline]
    pub fn reserve<'a>(
        &'a mut self,
        len: usize,
        outgoing_tls: &'a mut [u8],
    ) -> Result<Reservation<'a>, WriteError> {
        let traffic = traffic(self.conn)?;
        Reservation::new(
            &mut traffic.sender,
            &mut traffic.key_schedule,
            None,
            len,
            outgoing_tls,
        )
    }

    /// Seals a close_notify at the front of `outgoing_tls`, and returns the number of bytes written. A second call
    /// seals nothing. RFC 8446 s6.1.
    ///
    /// # Errors
    ///
    /// As [`encrypt`](Self::encrypt). If `outgoing_tls` is too short, writing has ended nevertheless, and the
    /// close_notify comes as [`EncodeTlsData`](super::EncodeTlsData). During the handshake this returns 0, and the
    /// close_notify comes as `EncodeTlsData` after the messages of the handshake.
    pub fn queue_close_notify(&mut self, outgoing_tls: &mut [u8]) -> Result<usize, EncryptError> {
        match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic
                .sender
                .close_notify(&mut traffic.key_schedule, outgoing_tls)
                .map_err(EncryptError::from),
            Phase::Handshake(handshake) => {
                handshake.begin_to_close();
                Ok(0)
            }
            Phase::Failed(_) => Err(EncryptError::EncryptExhausted),
        }
    }

    /// Replaces the sending key by the next one (TLS 1.3), and asks the peer to do the same. RFC 8446 s4.6.3.
    ///
    /// The KeyUpdate comes as [`EncodeTlsData`](super::EncodeTlsData). It does not ask the peer if an earlier request
    /// was not answered. A connection also replaces a key by itself, when the key has sealed as many records as it may.
    ///
    /// # Errors
    ///
    /// - `HandshakeNotComplete`: before the handshake is complete, and, as in rustls, in TLS 1.2, which has no key
    ///   update. The split writer's `refresh_traffic_keys` returns [`WriteError::KeyUpdateUnsupported`].
    /// - `Other`: after close_notify.
    /// - The error that the connection has failed with.
    pub fn refresh_traffic_keys(self) -> Result<(), Error> {
        let traffic = match &mut self.conn.phase {
            Phase::Traffic(traffic) => traffic,
            Phase::Handshake(_) => return Err(Error::HandshakeNotComplete),
            Phase::Failed(error) => return Err(error.clone()),
        };
        traffic
            .sender
            .owe_refresh()
            .map_err(rustls_error)?;
        self.conn.flush_first = true;
        Ok(())
    }
}

/// Seals whatever does not make one record that can be sealed at once. During the handshake, rustls seals.
#[inline(never)]
fn encrypt_any(
    conn: &mut CommonState,
    application_data: &[u8],
    outgoing_tls: &mut [u8],
) -> Result<usize, EncryptError> {
    match &mut conn.phase {
        Phase::Traffic(_) if application_data.is_empty() => Ok(0),
        Phase::Traffic(traffic) => traffic
            .sender
            .encrypt(&mut traffic.key_schedule, application_data, 0, outgoing_tls)
            .map_err(EncryptError::from),
        Phase::Handshake(handshake) => handshake.encrypt(application_data, outgoing_tls),
        Phase::Failed(_) => Err(EncryptError::EncryptExhausted),
    }
}

#[inline]
fn traffic(conn: &mut CommonState) -> Result<&mut Traffic, WriteError> {
    match &mut conn.phase {
        Phase::Traffic(traffic) => Ok(traffic),
        phase => Err(no_traffic(phase)),
    }
}

#[cold]
fn no_traffic(phase: &Phase) -> WriteError {
    match phase {
        Phase::Failed(error) => WriteError::Failed(Box::new(error.clone())),
        _ => WriteError::HandshakeNotComplete,
    }
}
