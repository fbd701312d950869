//! What the getters of a connection report of its handshake.

use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, CommonState, HandshakeKind, NamedGroup, ProtocolVersion};
#[cfg(feature = "std")]
use rustls_direct::split::{Reader, Writer};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;

/// The answers of a connection's getters.
#[derive(Clone, Debug, PartialEq)]
pub struct Negotiated {
    pub version: Option<ProtocolVersion>,
    pub suite: Option<CipherSuite>,
    pub group: Option<NamedGroup>,
    pub kind: Option<HandshakeKind>,
    pub alpn: Option<Vec<u8>>,
    pub peer_certificates: Option<Vec<CertificateDer<'static>>>,
}

/// Asks the getters, which connections of rustls-direct and of rustls have alike.
macro_rules! ask {
    ($negotiated:ident, $conn:expr) => {
        $negotiated {
            version: $conn.protocol_version(),
            suite: $conn
                .negotiated_cipher_suite()
                .map(|suite| suite.suite()),
            group: $conn
                .negotiated_key_exchange_group()
                .map(|group| group.name()),
            kind: $conn.handshake_kind(),
            alpn: $conn
                .alpn_protocol()
                .map(<[u8]>::to_vec),
            peer_certificates: $conn
                .peer_certificates()
                .map(<[_]>::to_vec),
        }
    };
}

impl Negotiated {
    /// Asks a connection of rustls-direct.
    pub fn by<Data>(conn: &UnbufferedConnectionCommon<Data>) -> Self {
        ask!(Self, conn)
    }

    /// Asks a reader or a writer.
    #[cfg(feature = "std")]
    pub fn by_half(half: &impl Half) -> Self {
        half.negotiated()
    }

    /// Asks a connection of rustls.
    pub fn by_rustls(conn: &CommonState) -> Self {
        ask!(Self, conn)
    }
}

/// A reader or writer.
#[cfg(feature = "std")]
pub trait Half {
    fn negotiated(&self) -> Negotiated;
}

#[cfg(feature = "std")]
impl Half for Reader {
    fn negotiated(&self) -> Negotiated {
        ask!(Negotiated, self)
    }
}

#[cfg(feature = "std")]
impl Half for Writer {
    fn negotiated(&self) -> Negotiated {
        ask!(Negotiated, self)
    }
}
