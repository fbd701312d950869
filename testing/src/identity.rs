//! Certificates, generated anew by each program.

use std::sync::OnceLock;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SignatureAlgorithm};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A self-signed certificate for `localhost` and 127.0.0.1, and its key.
#[derive(Debug)]
pub struct Identity {
    pub certificate_pem: String,
    pub key_pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    pub fn ecdsa() -> &'static Self {
        static ECDSA: OnceLock<Identity> = OnceLock::new();
        ECDSA.get_or_init(|| Self::new(&PKCS_ECDSA_P256_SHA256))
    }

    pub fn rsa() -> &'static Self {
        static RSA: OnceLock<Identity> = OnceLock::new();
        RSA.get_or_init(|| Self::new(&PKCS_RSA_SHA256))
    }

    fn new(algorithm: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()])
                .and_then(|params| params.self_signed(&key))
                .expect("a certificate");
        Self {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            certificate: certificate.der().clone(),
            key: key.serialize_der(),
        }
    }

    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Returns the certificate repeatedly, until the chain is at least `bytes` long.
    ///
    /// It is its own issuer, so the repetitions are superfluous, which is allowed. RFC 8446 s4.4.2.
    pub fn chain(&self, bytes: usize) -> Vec<CertificateDer<'static>> {
        let times = bytes
            .div_ceil(self.certificate.len())
            .max(1);
        vec![self.certificate(); times]
    }

    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.clone()).expect("a PKCS #8 key")
    }
}
