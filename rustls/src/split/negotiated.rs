//! What the handshake agreed on, for either half to be asked.

use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::CertificateDer;
use rustls::{Error, HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use super::{Reader, Writer};
use crate::cipher::RecordSource;
use crate::observer::check_output;

/// Both halves have the same, and none of it of its own.
macro_rules! getters {
    ($($half:ty),*) => {$(
        impl $half {
            /// Whether records are sealed and opened by implementations of
            /// [`encrypt_into`](crate::cipher::MessageEncrypter::encrypt_into) and its counterpart, until this half fails: see
            /// [`is_direct`](crate::unbuffered::UnbufferedConnectionCommon::is_direct).
            pub fn is_direct(&self) -> bool {
                self.record_source().is_some_and(RecordSource::is_direct)
            }

            /// The implementation that seals and opens records, and `None` once this half has failed: see
            /// [`record_source`](crate::unbuffered::UnbufferedConnectionCommon::record_source).
            pub fn record_source(&self) -> Option<RecordSource> {
                self.failure().is_none().then(|| self.source())
            }

            /// The certificates that the peer showed, its own first.
            pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
                self.shared.negotiated().peer_certificates.as_deref()
            }

            /// The application protocol agreed on by ALPN.
            pub fn alpn_protocol(&self) -> Option<&[u8]> {
                self.shared.negotiated().alpn_protocol.as_deref()
            }

            /// The name that the client asked for. `None` if it asked for none, and on a client.
            pub fn server_name(&self) -> Option<&str> {
                self.shared.negotiated().server_name.as_deref()
            }

            /// The cipher suite agreed on.
            pub fn negotiated_cipher_suite(&self) -> Option<SupportedCipherSuite> {
                self.shared.negotiated().suite
            }

            /// The key exchange group agreed on.
            pub fn negotiated_key_exchange_group(&self) -> Option<&'static dyn SupportedKxGroup> {
                self.shared.negotiated().key_exchange_group
            }

            /// The version agreed on.
            pub fn protocol_version(&self) -> Option<ProtocolVersion> {
                self.shared.negotiated().protocol_version
            }

            /// Whether the handshake was a full one, one with HelloRetryRequest, or a resumption.
            pub fn handshake_kind(&self) -> Option<HandshakeKind> {
                self.shared.negotiated().handshake_kind
            }

            /// Derives `output.len()` bytes that the peer can derive as well, and nobody else. RFC 5705, RFC 8446 s7.5.
            ///
            /// `label` says what they are for. In TLS 1.2 a `context` that is empty is not the same as none.
            ///
            /// # Errors
            ///
            /// - `Other`, if `output` is empty or too long, or `label` or `context` is too long.
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
                self.shared.export(output.as_mut(), label, context)?;
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
