//! The configs of both sides for each kind of handshake.

use std::sync::Arc;

use rustls::client::{Resumption, Tls12Resumption};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache};
use rustls::{ClientConfig, HandshakeKind, ServerConfig};
use serde::{Deserialize, Serialize};
use testing::Setup;

use crate::provider::Provider;

/// How a handshake begins: with a full key exchange, or with a session that it resumes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HandshakeMode {
    /// No session is resumed.
    Full,
    /// The server finds the session in its memory.
    Resume,
    /// The server reads the session from the client's ticket.
    Ticket,
}

impl HandshakeMode {
    pub(crate) const ALL: [Self; 3] = [Self::Full, Self::Resume, Self::Ticket];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Resume => "resumed",
            Self::Ticket => "ticket",
        }
    }

    pub(crate) fn expected(self) -> HandshakeKind {
        match self {
            Self::Full => HandshakeKind::Full,
            Self::Resume | Self::Ticket => HandshakeKind::Resumed,
        }
    }
}

/// The configs of both sides. All connections of an implementation share them.
pub(crate) struct HandshakeConfigs {
    pub(crate) provider: Provider,
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
}

/// Maximum number of sessions that a side remembers.
const SESSIONS: usize = 32;

impl HandshakeConfigs {
    /// Returns configs for one mode, with session stores of their own.
    pub(crate) fn new(provider: Provider, setup: &Setup, mode: HandshakeMode) -> Self {
        let configs = setup.configs();
        let (mut client, mut server) = (configs.client, configs.server);
        // Each handshake uses up one ticket, so each sends one.
        server.send_tls13_tickets = 1;
        let resumption = Resumption::in_memory_sessions(SESSIONS);
        match mode {
            HandshakeMode::Full => {
                client.resumption = Resumption::disabled();
                server.session_storage = Arc::new(NoServerSessionStorage {});
                server.send_tls13_tickets = 0;
            }
            HandshakeMode::Resume => {
                client.resumption = resumption.tls12_resumption(Tls12Resumption::SessionIdOnly);
                server.session_storage = ServerSessionMemoryCache::new(SESSIONS);
            }
            HandshakeMode::Ticket => {
                client.resumption = resumption;
                server.session_storage = Arc::new(NoServerSessionStorage {});
                server.ticketer = setup.ticketer();
            }
        }
        Self {
            provider,
            client: client.into(),
            server: server.into(),
        }
    }

    /// Allows the extraction of secrets. Only the implementations that need it get it: others may keep more because of
    /// it.
    pub(crate) fn with_secret_extraction(mut self) -> Self {
        Arc::make_mut(&mut self.client).enable_secret_extraction = true;
        Arc::make_mut(&mut self.server).enable_secret_extraction = true;
        self
    }
}
