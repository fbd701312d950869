//! rustls's own conversion: a connection gives its keys away, and AEAD contexts are made of them.
//!
//! A program that wants to seal and open records itself adds at least this to a handshake.

use aws_lc_rs::aead as aws_lc;
use ring::aead as ring;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::kernel::KernelConnection;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::{ConnectionTrafficSecrets, Error, ExtractedSecrets, HandshakeKind};

use crate::endpoint::{Endpoint, HandshakeImplementation, Rustls023};
use crate::handshake_configs::HandshakeConfigs;
use crate::provider::Provider;
use crate::transit_buffer::TransitBuffer;

/// rustls with a conversion at the end of the handshake. The configs need `enable_secret_extraction`.
pub(crate) struct KernelConversion;

impl HandshakeImplementation for KernelConversion {
    type Client = ConvertingEndpoint<UnbufferedClientConnection>;
    type Server = ConvertingEndpoint<UnbufferedServerConnection>;

    fn client(configs: &HandshakeConfigs) -> Self::Client {
        ConvertingEndpoint {
            rustls: Rustls023::client(configs),
            provider: configs.provider,
        }
    }

    fn server(configs: &HandshakeConfigs) -> Self::Server {
        ConvertingEndpoint {
            rustls: Rustls023::server(configs),
            provider: configs.provider,
        }
    }
}

/// A rustls connection. [`finish`](Endpoint::finish) converts it.
pub(crate) struct ConvertingEndpoint<C> {
    rustls: C,
    provider: Provider,
}

impl<C: IntoKernel> Endpoint for ConvertingEndpoint<C> {
    type Idle = (C::Kernel, [AeadContext; 2]);

    fn process(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool {
        self.rustls.process(incoming, outgoing)
    }

    fn handshake_kind(&self) -> Option<HandshakeKind> {
        self.rustls.handshake_kind()
    }

    fn finish(self) -> Self::Idle {
        convert(self.rustls, self.provider)
    }
}

/// Converts a connection whose handshake is complete, and makes an AEAD context for each direction.
pub(crate) fn convert<C: IntoKernel>(
    connection: C,
    provider: Provider,
) -> (C::Kernel, [AeadContext; 2]) {
    let (ExtractedSecrets { tx, rx }, kernel) = connection
        .into_kernel()
        .expect("the config allows it");
    let contexts = [tx, rx].map(|(_, secrets)| AeadContext::new(provider, &secrets));
    (kernel, contexts)
}

/// A rustls connection of either role.
pub(crate) trait IntoKernel: Endpoint {
    type Kernel;

    fn into_kernel(self) -> Result<(ExtractedSecrets, Self::Kernel), Error>;
}

impl IntoKernel for UnbufferedClientConnection {
    type Kernel = KernelConnection<ClientConnectionData>;

    fn into_kernel(self) -> Result<(ExtractedSecrets, Self::Kernel), Error> {
        self.dangerous_into_kernel_connection()
    }
}

impl IntoKernel for UnbufferedServerConnection {
    type Kernel = KernelConnection<ServerConnectionData>;

    fn into_kernel(self) -> Result<(ExtractedSecrets, Self::Kernel), Error> {
        self.dangerous_into_kernel_connection()
    }
}

/// A key of one direction, ready to seal or open.
#[expect(
    clippy::large_enum_variant,
    dead_code,
    reason = "only the time to make one is measured"
)]
pub(crate) enum AeadContext {
    AwsLcRs(aws_lc::LessSafeKey),
    Ring(ring::LessSafeKey),
}

impl AeadContext {
    fn new(provider: Provider, secrets: &ConnectionTrafficSecrets) -> Self {
        use ConnectionTrafficSecrets::*;
        let (aws_lc, ring, key) = match secrets {
            Aes128Gcm { key, .. } => (&aws_lc::AES_128_GCM, &ring::AES_128_GCM, key),
            Aes256Gcm { key, .. } => (&aws_lc::AES_256_GCM, &ring::AES_256_GCM, key),
            Chacha20Poly1305 { key, .. } => {
                (&aws_lc::CHACHA20_POLY1305, &ring::CHACHA20_POLY1305, key)
            }
            _ => panic!("an unknown AEAD"),
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
