//! The getters that both halves have.

use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
use rustls::{Error, HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use super::reader::Reader;
use super::writer::Writer;
use crate::cipher::RecordSource;
use crate::observer::check_output;

/// Both halves have the same getters.
macro_rules! getters {
    ($($half:ty),*) => {$(
        impl $half {
            /// Whether records are sealed and opened in the caller's buffers, by implementations of
            /// [`encrypt_into`](crate::cipher::MessageEncrypter::encrypt_into) and its counterpart. False after this
            /// half has failed. See [`CommonState::is_direct`](crate::unbuffered::CommonState::is_direct).
            pub fn is_direct(&self) -> bool {
                self.record_source().is_some_and(RecordSource::is_direct)
            }

            /// The implementation that seals and opens records. `None` after this half has failed. See
            /// [`CommonState::record_source`](crate::unbuffered::CommonState::record_source).
            pub fn record_source(&self) -> Option<RecordSource> {
                self.failure().is_none().then(|| self.source())
            }

            /// The certificate chain that the peer sent, its own certificate first.
            pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
                self.shared.negotiated.peer_certificates.as_deref()
            }

            /// The application protocol that ALPN has selected.
            pub fn alpn_protocol(&self) -> Option<&[u8]> {
                self.shared.negotiated.alpn_protocol.as_deref()
            }

            /// The server name that the client asked for. `None` if it asked for none, and on a client.
            pub fn server_name(&self) -> Option<&str> {
                self.shared.negotiated.server_name.as_deref()
            }

            /// The negotiated cipher suite.
            pub fn negotiated_cipher_suite(&self) -> Option<SupportedCipherSuite> {
                self.shared.negotiated.suite
            }

            /// The negotiated key exchange group.
            pub fn negotiated_key_exchange_group(&self) -> Option<&'static dyn SupportedKxGroup> {
                self.shared.negotiated.key_exchange_group
            }

            /// The negotiated version of TLS.
            pub fn protocol_version(&self) -> Option<ProtocolVersion> {
                self.shared.negotiated.protocol_version
            }

            /// The kind of handshake: full, full with a HelloRetryRequest, or a resumption.
            pub fn handshake_kind(&self) -> Option<HandshakeKind> {
                self.shared.negotiated.handshake_kind
            }

            /// Fills `output` with keying material that only the two peers can derive, and returns it. RFC 5705, RFC
            /// 8446 s7.5.
            ///
            /// `label` says what the bytes are for. In TLS 1.2 an empty `context` differs from none.
            ///
            /// # Errors
            ///
            /// - `Other`: `output` is empty or too long, or `label` or `context` is too long.
            /// - The error that this half has failed with.
            pub fn export_keying_material<T: AsMut<[u8]>>(
                &self,
                mut output: T,
                label: &[u8],
                context: Option<&[u8]>,
            ) -> Result<T, Error> {
                check_output(output.as_mut())?;
                if let Some(error) = self.failure() {
                    return Err(error.clone());
                }
                let suite = self.shared.negotiated.suite;
                self.secrets.export(suite, output.as_mut(), label, context)?;
                Ok(output)
            }
        }
    )*};
}

getters!(Reader, Writer);

impl Reader {
    fn failure(&self) -> Option<&Error> {
        self.failed.as_ref()
    }

    fn source(&self) -> RecordSource {
        self.receiver.source()
    }
}

impl Writer {
    fn failure(&self) -> Option<&Error> {
        self.sender.error()
    }

    fn source(&self) -> RecordSource {
        self.sender.source()
    }
}
