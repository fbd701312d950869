//! What the two sides of a handshake say of it.

use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, CommonState, HandshakeKind, NamedGroup, ProtocolVersion};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;

/// What a connection's getters say.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    pub version: Option<ProtocolVersion>,
    pub suite: Option<CipherSuite>,
    pub group: Option<NamedGroup>,
    pub kind: Option<HandshakeKind>,
    pub alpn: Option<Vec<u8>>,
    pub peer_certificates: Option<Vec<CertificateDer<'static>>>,
}

/// One of ours and one of rustls's have the same getters.
macro_rules! ask {
    ($conn:expr) => {
        Self {
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

impl Agreed {
    /// As one of ours says.
    pub fn by<Data>(conn: &UnbufferedConnectionCommon<Data>) -> Self {
        ask!(conn)
    }

    /// As one of rustls's says.
    pub fn by_rustls(conn: &CommonState) -> Self {
        ask!(conn)
    }
}
