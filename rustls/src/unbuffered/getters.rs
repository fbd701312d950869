//! The getters of a connection, and the calls that free its memory.

use alloc::vec::Vec;

#[cfg(feature = "std")]
use rustls::Error;
use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
use rustls::{HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use super::machine::{CommonState, Phase};
use crate::cipher::RecordSource;
#[cfg(feature = "std")]
use crate::observer::check_output;

impl CommonState {
    /// Whether records are sealed and opened in the caller's buffers, by implementations of
    /// [`encrypt_into`](crate::cipher::MessageEncrypter::encrypt_into) and its counterpart.
    ///
    /// False during the handshake, when rustls seals and opens, and after the connection has failed. With a crypto
    /// provider that rustls-direct does not know, it is false after the handshake too:
    /// [`record_source`](Self::record_source) says why.
    pub fn is_direct(&self) -> bool {
        self.record_source()
            .is_some_and(RecordSource::is_direct)
    }

    /// The implementation that seals and opens records: a library, or, with the reason, the objects that a crypto
    /// provider has for rustls.
    ///
    /// `None` during the handshake, when rustls seals and opens, and after the connection has failed.
    ///
    /// ```no_run
    /// # use rustls_direct::client::UnbufferedClientConnection;
    /// # fn connected(conn: &UnbufferedClientConnection) {
    /// if let Some(source) = conn.record_source().filter(|source| !source.is_direct()) {
    ///     eprintln!("records are slow: {source}");
    /// }
    /// # }
    /// ```
    pub fn record_source(&self) -> Option<RecordSource> {
        match &self.phase {
            Phase::Traffic(traffic) => Some(traffic.sender.source()),
            _ => None,
        }
    }

    /// Whether the handshake is not complete. Stays true if the handshake has failed.
    pub fn is_handshaking(&self) -> bool {
        match &self.phase {
            Phase::Handshake(_) => true,
            _ => self.negotiated.is_handshaking,
        }
    }

    /// Whether the connection has bytes for the peer, to be encoded.
    pub fn wants_write(&self) -> bool {
        match &self.phase {
            Phase::Handshake(handshake) if handshake.common_state().wants_write() => true,
            Phase::Traffic(traffic) if traffic.sender.owes() => true,
            _ => self.has_outgoing(),
        }
    }

    /// Whether the caller should read more input.
    ///
    /// False after the peer's close_notify, while an opened record waits to be taken and, during the handshake, while
    /// there are bytes to be encoded.
    pub fn wants_read(&self) -> bool {
        match &self.phase {
            Phase::Handshake(handshake) => {
                handshake.common_state().wants_read() && !self.wants_write()
            }
            Phase::Traffic(traffic) => {
                self.unread.is_none() && !traffic.receiver.received_close_notify()
            }
            Phase::Failed(_) => !self.is_handshaking() || !self.wants_write(),
        }
    }

    /// Fills `output` with keying material that only the two peers can derive, and returns it. RFC 5705, RFC 8446 s7.5.
    ///
    /// `label` says what the bytes are for. In TLS 1.2 an empty `context` differs from none.
    ///
    /// # Errors
    ///
    /// - `HandshakeNotComplete`.
    /// - `Other`: `output` is empty or too long, or `label` or `context` is too long.
    /// - The error that the connection has failed with.
    #[cfg(feature = "std")]
    pub fn export_keying_material<T: AsMut<[u8]>>(
        &self,
        mut output: T,
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<T, Error> {
        check_output(output.as_mut())?;
        if let Phase::Failed(error) = &self.phase {
            return Err(error.clone());
        }
        let (Some(exporter), Some(suite)) = (&self.negotiated.exporter, self.negotiated.suite)
        else {
            return Err(Error::HandshakeNotComplete);
        };
        exporter.export(suite, output.as_mut(), label, context)?;
        Ok(output)
    }

    /// Frees most of the memory of an idle connection: the ciphers that records are sealed and opened with.
    ///
    /// The next record in each direction makes its cipher again from the key, which takes less than 200 ns with
    /// aws-lc-rs. Nothing else changes. Before the handshake is complete, this does nothing.
    ///
    /// ```no_run
    /// # use rustls_direct::client::UnbufferedClientConnection;
    /// # fn idle(conn: &mut UnbufferedClientConnection) {
    /// conn.release_ciphers(); // nothing has come for a while
    /// # }
    /// ```
    pub fn release_ciphers(&mut self) {
        if let Phase::Traffic(traffic) = &mut self.phase {
            traffic.sender.release_cipher();
            traffic.receiver.release_cipher();
        }
    }

    /// Moves the peer's certificate chain out of the connection, its own certificate first. From now on
    /// [`peer_certificates`](Self::peer_certificates) is `None`.
    ///
    /// `None` before the handshake is complete. A chain takes more memory than the rest of an idle connection. In TLS
    /// 1.3 a client keeps another copy inside rustls, for session tickets that may come.
    pub fn take_peer_certificates(&mut self) -> Option<Vec<CertificateDer<'static>>> {
        self.negotiated
            .peer_certificates
            .take()
            .map(Vec::from)
    }

    /// The certificate chain that the peer sent, its own certificate first.
    pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .peer_certificates(),
            _ => self
                .negotiated
                .peer_certificates
                .as_deref(),
        }
    }

    /// The application protocol that ALPN has selected.
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.common_state().alpn_protocol(),
            _ => self.negotiated.alpn_protocol.as_deref(),
        }
    }

    /// The negotiated cipher suite.
    pub fn negotiated_cipher_suite(&self) -> Option<SupportedCipherSuite> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .negotiated_cipher_suite(),
            _ => self.negotiated.suite,
        }
    }

    /// The negotiated key exchange group. `None` before the handshake is complete.
    pub fn negotiated_key_exchange_group(&self) -> Option<&'static dyn SupportedKxGroup> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .negotiated_key_exchange_group(),
            _ => self.negotiated.key_exchange_group,
        }
    }

    /// The negotiated version of TLS.
    pub fn protocol_version(&self) -> Option<ProtocolVersion> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .protocol_version(),
            _ => self.negotiated.protocol_version,
        }
    }

    /// The kind of handshake: full, full with a HelloRetryRequest, or a resumption.
    pub fn handshake_kind(&self) -> Option<HandshakeKind> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake
                .common_state()
                .handshake_kind(),
            _ => self.negotiated.handshake_kind,
        }
    }

    #[cfg(feature = "std")]
    pub(crate) fn server_name(&self) -> Option<&str> {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.server_name(),
            _ => self.negotiated.server_name.as_deref(),
        }
    }

    pub(crate) fn tickets_received(&self) -> u32 {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.tickets_received(),
            Phase::Traffic(traffic) => {
                let before = self.negotiated.tickets_received;
                before.saturating_add(traffic.receiver.tickets_received())
            }
            Phase::Failed(_) => self.negotiated.tickets_received,
        }
    }

    pub(crate) fn is_early_data_accepted(&self) -> bool {
        match &self.phase {
            Phase::Handshake(handshake) => handshake.accepted_early_data,
            _ => self.negotiated.accepted_early_data,
        }
    }
}
