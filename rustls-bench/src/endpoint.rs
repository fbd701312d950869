//! Both sides of a connection by rustls's unbuffered API, which two libraries have.

use std::ops::DerefMut;
use std::sync::Arc;

use rustls::{ClientConfig, HandshakeKind, ServerConfig};
use rustls_direct::unbuffered::UnbufferedConnectionCommon;
use testing::server_name;

use crate::provider::Provider;
use crate::transit_buffer::TransitBuffer;

/// What connections are made of, shared by all of them.
pub(crate) struct HandshakeConfigs {
    pub(crate) provider: Provider,
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
}

impl HandshakeConfigs {
    /// The same for connections that give their keys away. Others keep more then.
    pub(crate) fn with_secret_extraction(mut self) -> Self {
        Arc::make_mut(&mut self.client).enable_secret_extraction = true;
        Arc::make_mut(&mut self.server).enable_secret_extraction = true;
        self
    }
}

/// A library, or a way to use it.
pub(crate) trait HandshakeImplementation {
    type Client: Endpoint;
    type Server: Endpoint;

    fn client(configs: &HandshakeConfigs) -> Self::Client;

    fn server(configs: &HandshakeConfigs) -> Self::Server;
}

/// One side of a connection.
pub(crate) trait Endpoint {
    /// What there is of it when the handshake is over and data could be sent.
    type Idle;

    /// Does all that can be done with what has come, and says whether the handshake is complete.
    fn go_on(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool;

    fn handshake_kind(&self) -> Option<HandshakeKind>;

    fn finish(self) -> Self::Idle;
}

pub(crate) struct Direct;

pub(crate) struct Rustls023;

/// Ours, with the records' contexts let go when the handshake is over, and the peer's certificates too if they are not
/// kept.
pub(crate) struct DirectReleased<const KEEPS_CERTIFICATES: bool>;

/// A side that lets go in the end.
pub(crate) struct Released<C, const KEEPS_CERTIFICATES: bool>(C);

/// The same program over two libraries: only the paths differ.
macro_rules! library {
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

        side!($library, $library::client::UnbufferedClientConnection);
        side!($library, $library::server::UnbufferedServerConnection);
    };
}

macro_rules! side {
    ($library:ident, $connection:ty) => {
        impl Endpoint for $connection {
            type Idle = Self;

            fn go_on(
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
                        // There may be a ticket behind the handshake.
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

library!(Direct, rustls_direct);
library!(Rustls023, rustls);

impl<const KEEPS: bool> HandshakeImplementation for DirectReleased<KEEPS> {
    type Client = Released<<Direct as HandshakeImplementation>::Client, KEEPS>;
    type Server = Released<<Direct as HandshakeImplementation>::Server, KEEPS>;

    fn client(configs: &HandshakeConfigs) -> Self::Client {
        Released(Direct::client(configs))
    }

    fn server(configs: &HandshakeConfigs) -> Self::Server {
        Released(Direct::server(configs))
    }
}

impl<C, Data, const KEEPS: bool> Endpoint for Released<C, KEEPS>
where
    C: Endpoint + DerefMut<Target = UnbufferedConnectionCommon<Data>>,
{
    type Idle = C;

    fn go_on(&mut self, incoming: &mut TransitBuffer, outgoing: &mut TransitBuffer) -> bool {
        self.0.go_on(incoming, outgoing)
    }

    fn handshake_kind(&self) -> Option<HandshakeKind> {
        Endpoint::handshake_kind(&self.0)
    }

    fn finish(mut self) -> C {
        self.0.release_ciphers();
        if !KEEPS {
            self.0.take_peer_certificates();
        }
        self.0
    }
}
