//! The two sides of a connection, through the unbuffered API that rustls-direct and rustls share.

use std::ops::DerefMut;
use std::sync::Arc;

use rustls::HandshakeKind;
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::server_name;

use crate::handshake_configs::HandshakeConfigs;
use crate::transit_buffer::TransitBuffer;

/// A library whose handshakes are measured, or a way to use one.
pub(crate) trait HandshakeImplementation {
    type Client: Endpoint;
    type Server: Endpoint;

    fn client(configs: &HandshakeConfigs) -> Self::Client;

    fn server(configs: &HandshakeConfigs) -> Self::Server;
}

/// One side of a connection.
pub(crate) trait Endpoint {
    /// The connection after the handshake, ready to seal and open records.
    type Idle;

    /// Processes all of `incoming`, and returns whether the handshake is complete.
    fn process(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool;

    fn handshake_kind(&self) -> Option<HandshakeKind>;

    /// Ends the measured part of the handshake.
    fn finish(self) -> Self::Idle;
}

pub(crate) struct Direct;

pub(crate) struct Rustls023;

/// `Direct` that releases its AEAD contexts after the handshake, and the peer's certificates too unless
/// `KEEPS_CERTIFICATES`.
pub(crate) struct DirectReleased<const KEEPS_CERTIFICATES: bool>;

/// An endpoint of [`DirectReleased`]. [`finish`](Endpoint::finish) releases the AEAD contexts.
pub(crate) struct ReleasingEndpoint<C, const KEEPS_CERTIFICATES: bool>(C);

/// Implements the traits for a library: only the paths differ.
macro_rules! implement_handshakes {
    ($name:ident, $library:ident) => {
        impl HandshakeImplementation for $name {
            type Client = $library::client::UnbufferedClientConnection;
            type Server = $library::server::UnbufferedServerConnection;

            fn client(configs: &HandshakeConfigs) -> Self::Client {
                Self::Client::new(Arc::clone(&configs.client), server_name()).expect("a connection")
            }

            fn server(configs: &HandshakeConfigs) -> Self::Server {
                Self::Server::new(Arc::clone(&configs.server)).expect("a connection")
            }
        }

        implement_endpoint!($library, $library::client::UnbufferedClientConnection);
        implement_endpoint!($library, $library::server::UnbufferedServerConnection);
    };
}

macro_rules! implement_endpoint {
    ($library:ident, $connection:ty) => {
        impl Endpoint for $connection {
            type Idle = Self;

            fn process(
                &mut self,
                incoming: &mut TransitBuffer,
                outgoing: &mut TransitBuffer,
            ) -> bool {
                use $library::unbuffered::{ConnectionState, UnbufferedStatus};
                loop {
                    let UnbufferedStatus { discard, state } =
                        self.process_tls_records(incoming.filled());
                    let mut stopped = None;
                    match state.expect("a handshake") {
                        ConnectionState::EncodeTlsData(mut data) => {
                            outgoing.append(|room| data.encode(room).expect("room for it"));
                        }
                        ConnectionState::TransmitTlsData(data) => data.done(),
                        ConnectionState::BlockedHandshake => stopped = Some(false),
                        ConnectionState::WriteTraffic(_) => stopped = Some(true),
                        state => panic!("unexpected {state:?}"),
                    }
                    incoming.discard(discard);
                    match stopped {
                        // A ticket may follow the handshake.
                        Some(true) if !incoming.is_empty() => {}
                        Some(complete) => return complete,
                        None => {}
                    }
                }
            }

            fn handshake_kind(&self) -> Option<HandshakeKind> {
                (**self).handshake_kind()
            }

            fn finish(self) -> Self {
                self
            }
        }
    };
}

implement_handshakes!(Direct, rustls_direct);
implement_handshakes!(Rustls023, rustls);

impl<const KEEPS_CERTIFICATES: bool> HandshakeImplementation
    for DirectReleased<KEEPS_CERTIFICATES>
{
    type Client =
        ReleasingEndpoint<<Direct as HandshakeImplementation>::Client, KEEPS_CERTIFICATES>;
    type Server =
        ReleasingEndpoint<<Direct as HandshakeImplementation>::Server, KEEPS_CERTIFICATES>;

    fn client(configs: &HandshakeConfigs) -> Self::Client {
        ReleasingEndpoint(Direct::client(configs))
    }

    fn server(configs: &HandshakeConfigs) -> Self::Server {
        ReleasingEndpoint(Direct::server(configs))
    }
}

impl<C, Data, const KEEPS_CERTIFICATES: bool> Endpoint for ReleasingEndpoint<C, KEEPS_CERTIFICATES>
where
    C: Endpoint + DerefMut<Target = UnbufferedConnectionCommon<Data>>,
{
    type Idle = C;

    fn process(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool {
        self.0.process(incoming, outgoing)
    }

    fn handshake_kind(&self) -> Option<HandshakeKind> {
        Endpoint::handshake_kind(&self.0)
    }

    fn finish(mut self) -> C {
        self.0.release_ciphers();
        if !KEEPS_CERTIFICATES {
            self.0.take_peer_certificates();
        }
        self.0
    }
}
