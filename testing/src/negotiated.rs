//! What the two sides of a handshake say of it.

use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, CommonState, HandshakeKind, NamedGroup, ProtocolVersion};
#[cfg(feature = "std")]
use rustls_direct::split::{Reader, Writer};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;

/// What a connection's getters say.
#[derive(Clone, Debug, PartialEq)]
pub struct Negotiated {
    pub version: Option<ProtocolVersion>,
    pub suite: Option<CipherSuite>,
    pub group: Option<NamedGroup>,
    pub kind: Option<HandshakeKind>,
    pub alpn: Option<Vec<u8>>,
    pub peer_certificates: Option<Vec<CertificateDer<'static>>>,
}

/// One of ours and one of rustls's have the same getters.
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
    /// As one of ours says.
    pub fn by<Data>(conn: &UnbufferedConnectionCommon<Data>) -> Self {
        ask!(Self, conn)
    }

    /// As one half of ours says.
    #[cfg(feature = "std")]
    pub fn by_half(half: &impl Half) -> Self {
        half.negotiated()
    }

    /// As one of rustls's says.
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
