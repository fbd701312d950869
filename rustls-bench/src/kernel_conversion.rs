//! rustls's own way out: its connection is converted, and contexts are made of the keys that come out.
//!
//! It is the least that anybody has to add to a handshake who wants to seal and open records without rustls.

use aws_lc_rs::aead as aws_lc;
use ring::aead as ring;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::kernel::KernelConnection;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::{ConnectionTrafficSecrets, Error, ExtractedSecrets, HandshakeKind};

use crate::endpoint::{Endpoint, HandshakeConfigs, HandshakeImplementation, Rustls023};
use crate::provider::Provider;
use crate::transit_buffer::TransitBuffer;

/// rustls with its connections converted. They need `enable_secret_extraction` in their configs.
pub(crate) struct KernelConversion;

impl HandshakeImplementation for KernelConversion {
    type Client = ConvertibleEndpoint<UnbufferedClientConnection>;
    type Server = ConvertibleEndpoint<UnbufferedServerConnection>;

    fn client(configs: &HandshakeConfigs) -> Self::Client {
        ConvertibleEndpoint(Rustls023::client(configs), configs.provider)
    }

    fn server(configs: &HandshakeConfigs) -> Self::Server {
        ConvertibleEndpoint(Rustls023::server(configs), configs.provider)
    }
}

/// A connection of rustls that is to be converted in the end.
pub(crate) struct ConvertibleEndpoint<C>(C, Provider);

impl<C: IntoKernel> Endpoint for ConvertibleEndpoint<C> {
    type Idle = (C::KernelConversion, [Context; 2]);

    fn go_on(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool {
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
pub(crate) fn convert<C: IntoKernel>(
    connection: C,
    provider: Provider,
) -> (C::KernelConversion, [Context; 2]) {
    let (ExtractedSecrets { tx, rx }, kernel) = connection
        .convert()
        .expect("the config allows it");
    let contexts = [tx, rx].map(|(_, secrets)| Context::new(provider, &secrets));
    (kernel, contexts)
}

/// rustls's connection of either role.
pub(crate) trait IntoKernel: Endpoint {
    type KernelConversion;

    fn convert(self) -> Result<(ExtractedSecrets, Self::KernelConversion), Error>;
}

impl IntoKernel for UnbufferedClientConnection {
    type KernelConversion = KernelConnection<ClientConnectionData>;

    fn convert(self) -> Result<(ExtractedSecrets, Self::KernelConversion), Error> {
        self.dangerous_into_kernel_connection()
    }
}

impl IntoKernel for UnbufferedServerConnection {
    type KernelConversion = KernelConnection<ServerConnectionData>;

    fn convert(self) -> Result<(ExtractedSecrets, Self::KernelConversion), Error> {
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
