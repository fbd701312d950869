//! What both sides are made of, for each kind of handshake.

use std::sync::Arc;

use rustls::HandshakeKind;
use rustls::client::{Resumption, Tls12Resumption};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache};
use serde::{Deserialize, Serialize};
use testing::Setup;

use crate::endpoint::HandshakeConfigs;
use crate::provider::Provider;

/// A kind of handshake.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HandshakeMode {
    /// Neither side remembers anything.
    Full,
    /// The server remembers the session.
    Resume,
    /// The server has put the session into a ticket.
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

/// Sessions that are remembered at once, at the most.
const SESSIONS: usize = 32;

/// With a memory of their own.
pub(crate) fn configs(provider: Provider, setup: &Setup, kind: HandshakeMode) -> HandshakeConfigs {
    let configs = setup.configs();
    let (mut client, mut server) = (configs.client, configs.server);
    // Each handshake needs one, and leaves one behind.
    server.send_tls13_tickets = 1;
    let resumption = Resumption::in_memory_sessions(SESSIONS);
    match kind {
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
    HandshakeConfigs {
        provider,
        client: client.into(),
        server: server.into(),
    }
}
