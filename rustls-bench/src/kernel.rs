//! rustls's own way out: its connection is converted, and contexts are made of the keys that come out.
//!
//! It is the least that anybody has to add to a handshake who wants to seal and open records without rustls.

use aws_lc_rs::aead as aws_lc;
use ring::aead as ring;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::kernel::KernelConnection;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::{ConnectionTrafficSecrets, Error, ExtractedSecrets, HandshakeKind};

use crate::provider::Provider;
use crate::unbuffered::{Configs, Library, Rustls023, Side};
use crate::wire::Wire;

/// rustls with its connections converted. They need `enable_secret_extraction` in their configs.
pub(crate) struct Kernel;

impl Library for Kernel {
    type Client = Converted<UnbufferedClientConnection>;
    type Server = Converted<UnbufferedServerConnection>;

    fn client(configs: &Configs) -> Self::Client {
        Converted(Rustls023::client(configs), configs.provider)
    }

    fn server(configs: &Configs) -> Self::Server {
        Converted(Rustls023::server(configs), configs.provider)
    }
}

/// A connection of rustls that is to be converted in the end.
pub(crate) struct Converted<C>(C, Provider);

impl<C: Convert> Side for Converted<C> {
    type Idle = (C::Kernel, [Context; 2]);

    fn go_on(&mut self, incoming: &mut Wire, outgoing: &mut Wire) -> bool {
        self.0.go_on(incoming, outgoing)
    }

    fn handshake_kind(&self) -> Option<HandshakeKind> {
        self.0.handshake_kind()
    }

    fn finish(self) -> Self::Idle {
        convert(self.0, self.1)
    }
}

/// What is left of a connection whose handshake is complete, and a context for each direction.
pub(crate) fn convert<C: Convert>(connection: C, provider: Provider) -> (C::Kernel, [Context; 2]) {
    let (ExtractedSecrets { tx, rx }, kernel) = connection
        .convert()
        .expect("the config allows it");
    let contexts = [tx, rx].map(|(_, secrets)| Context::new(provider, &secrets));
    (kernel, contexts)
}

/// rustls's connection of either role.
pub(crate) trait Convert: Side {
    type Kernel;

    fn convert(self) -> Result<(ExtractedSecrets, Self::Kernel), Error>;
}

impl Convert for UnbufferedClientConnection {
    type Kernel = KernelConnection<ClientConnectionData>;

    fn convert(self) -> Result<(ExtractedSecrets, Self::Kernel), Error> {
        self.dangerous_into_kernel_connection()
    }
}

impl Convert for UnbufferedServerConnection {
    type Kernel = KernelConnection<ServerConnectionData>;

    fn convert(self) -> Result<(ExtractedSecrets, Self::Kernel), Error> {
        self.dangerous_into_kernel_connection()
    }
}

/// What seals or opens, of one direction.
#[expect(
    clippy::large_enum_variant,
    dead_code,
    reason = "to be made is all it is for"
)]
pub(crate) enum Context {
    AwsLcRs(aws_lc::LessSafeKey),
    Ring(ring::LessSafeKey),
}

impl Context {
    fn new(provider: Provider, secrets: &ConnectionTrafficSecrets) -> Self {
        use ConnectionTrafficSecrets::*;
        let (aws_lc, ring, key) = match secrets {
            Aes128Gcm { key, .. } => (&aws_lc::AES_128_GCM, &ring::AES_128_GCM, key),
            Aes256Gcm { key, .. } => (&aws_lc::AES_256_GCM, &ring::AES_256_GCM, key),
            Chacha20Poly1305 { key, .. } => {
                (&aws_lc::CHACHA20_POLY1305, &ring::CHACHA20_POLY1305, key)
            }
            _ => panic!("an AEAD that is not known here"),
        };
        match provider {
            Provider::AwsLcRs => aws_lc::UnboundKey::new(aws_lc, key.as_ref())
                .map(|key| Self::AwsLcRs(aws_lc::LessSafeKey::new(key)))
                .expect("a key of the suite"),
            Provider::Ring => ring::UnboundKey::new(ring, key.as_ref())
                .map(|key| Self::Ring(ring::LessSafeKey::new(key)))
                .expect("a key of the suite"),
        }
    }
}
