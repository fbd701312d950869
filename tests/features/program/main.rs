//! A program with some features of rustls and of rustls-direct. `tests/features/main.rs` builds it with all
//! combinations, and reads the lines that it prints: `name: outcome`.

use std::panic;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};
use rustls_direct::client::UnbufferedClientConnection;
use rustls_direct::server::UnbufferedServerConnection;
use rustls_direct::unbuffered::{
    ConnectionState, RecordSource, UnbufferedConnectionCommon, UnbufferedStatus,
};

fn main() {
    // The panic's own message is printed to standard error.
    match panic::catch_unwind(|| {
        ClientConfig::builder()
            .crypto_provider()
            .key_provider
    }) {
        Ok(keys) => println!("builder: {keys:?}"),
        Err(_) => println!("builder: panics"),
    }
    #[cfg(feature = "aws_lc_rs")]
    println!(
        "aws_lc_rs: {:?}",
        records_of(rustls::crypto::aws_lc_rs::default_provider())
    );
    #[cfg(feature = "ring")]
    println!(
        "ring: {:?}",
        records_of(rustls::crypto::ring::default_provider())
    );
    #[cfg(not(any(feature = "aws_lc_rs", feature = "ring")))]
    let _ = records_of;
}

/// The source of the records of connections with the suites of `provider`, in both versions.
fn records_of(provider: CryptoProvider) -> RecordSource {
    let provider = Arc::new(provider);
    let [tls13, tls12] = [&TLS13, &TLS12].map(|version| records_in(&provider, version));
    assert_eq!(tls13, tls12);
    tls13
}

fn records_in(
    provider: &Arc<CryptoProvider>,
    version: &'static SupportedProtocolVersion,
) -> RecordSource {
    let client_config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .expect("a known version")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptsAnyServer(provider.clone())))
        .with_no_client_auth();
    let server_config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .expect("a known version")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(UnverifiedServer(provider.clone())));
    let name = ServerName::try_from("localhost").expect("a name");
    let mut client =
        UnbufferedClientConnection::new(Arc::new(client_config), name).expect("a client");
    let mut server = UnbufferedServerConnection::new(Arc::new(server_config)).expect("a server");

    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    while client.is_handshaking() || server.is_handshaking() {
        advance(&mut client, &mut to_client, &mut to_server);
        advance(&mut server, &mut to_server, &mut to_client);
    }
    advance(&mut client, &mut to_client, &mut to_server);

    let ConnectionState::WriteTraffic(mut write) = ready(client.process_tls_records(&mut []))
    else {
        panic!("the client cannot write");
    };
    let mut tls = [0; 100];
    let len = write
        .encrypt(b"data", &mut tls)
        .expect("room for it");
    let ConnectionState::ReadTraffic(mut read) = ready(server.process_tls_records(&mut tls[..len]))
    else {
        panic!("the server has nothing to read");
    };
    let record = read
        .next_record()
        .expect("a record")
        .expect("no error");
    assert_eq!(record.payload, b"data");

    let source = client
        .record_source()
        .expect("a complete handshake");
    assert_eq!(server.record_source(), Some(source));
    source
}

/// Advances the connection as far as its input allows.
fn advance<Data>(
    conn: &mut UnbufferedConnectionCommon<Data>,
    incoming: &mut Vec<u8>,
    outgoing: &mut Vec<u8>,
) {
    loop {
        let UnbufferedStatus { discard, state } = conn.process_tls_records(incoming);
        let continues = match state.expect("no error") {
            ConnectionState::EncodeTlsData(mut data) => {
                let mut tls = [0; 20_000];
                let len = data
                    .encode(&mut tls)
                    .expect("room for it");
                outgoing.extend_from_slice(&tls[..len]);
                true
            }
            ConnectionState::TransmitTlsData(data) => {
                data.done();
                true
            }
            _ => false,
        };
        incoming.drain(..discard);
        if !continues {
            return;
        }
    }
}

fn ready<'c, 'i, Data>(status: UnbufferedStatus<'c, 'i, Data>) -> ConnectionState<'c, 'i, Data> {
    status.state.expect("no error")
}

/// A server with a certificate that is never verified, and a known key.
#[derive(Debug)]
struct UnverifiedServer(Arc<CryptoProvider>);

impl ResolvesServerCert for UnverifiedServer {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // PKCS #8 for Ed25519, RFC 8410 s7, except for the 32 bytes of the key.
        let mut key = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        key.extend([7; 32]);
        let key = self
            .0
            .key_provider
            .load_private_key(PrivatePkcs8KeyDer::from(key).into())
            .expect("a key");
        let certificate = CertificateDer::from(vec![0]);
        Some(Arc::new(CertifiedKey::new(vec![certificate], key)))
    }
}

/// A client that accepts every certificate: the peer's identity does not matter here.
#[derive(Debug)]
struct AcceptsAnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptsAnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0
            .signature_verification_algorithms
            .supported_schemes()
    }
}
