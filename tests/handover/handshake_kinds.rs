//! Which kinds of handshakes are there?

use std::sync::Arc;

use rustls::server::NoServerSessionStorage;
use rustls::{HandshakeKind, NamedGroup};
use testing::{Configs, Role, Setup};

use crate::exchange_data;

/// A kind of handshake.
pub(crate) struct Kind {
    name: &'static str,
    /// The kind that rustls reports.
    pub(crate) is: HandshakeKind,
    /// Returns configs whose next handshake is of this kind. The role is ours in the handshakes before it.
    prepare: fn(&Setup, Role) -> Configs,
    tls13_only: bool,
}

const fn kind(name: &'static str, is: HandshakeKind, prepare: fn(&Setup, Role) -> Configs) -> Kind {
    Kind {
        name,
        is,
        prepare,
        tls13_only: false,
    }
}

const fn kind_of_tls13(
    name: &'static str,
    is: HandshakeKind,
    prepare: fn(&Setup, Role) -> Configs,
) -> Kind {
    Kind {
        tls13_only: true,
        ..kind(name, is, prepare)
    }
}

/// All kinds.
pub(crate) const KINDS: [Kind; 13] = [
    kind("full", HandshakeKind::Full, |setup, _| setup.configs()),
    kind("of tiny records", HandshakeKind::Full, |setup, _| {
        with_tiny_records(setup).configs()
    }),
    kind(
        "with client authentication",
        HandshakeKind::Full,
        |setup, _| {
            setup
                .clone()
                .with_client_auth()
                .configs()
        },
    ),
    kind("with long chains", HandshakeKind::Full, |setup, _| {
        with_long_chains(setup).configs()
    }),
    kind(
        "with long chains in tiny records",
        HandshakeKind::Full,
        |setup, role| {
            let setup = with_long_chains(setup);
            let (mut configs, with_tiny_records) =
                (setup.configs(), with_tiny_records(&setup).configs());
            match role {
                Role::Client => configs.server = with_tiny_records.server,
                Role::Server => configs.client = with_tiny_records.client,
            }
            configs
        },
    ),
    kind("without tickets", HandshakeKind::Full, |setup, _| {
        let mut configs = setup.configs();
        configs.server.send_tls13_tickets = 0;
        configs.server.session_storage = Arc::new(NoServerSessionStorage {});
        configs
    }),
    kind(
        "resumed from a session id",
        HandshakeKind::Resumed,
        |setup, role| after_a_connection(setup.configs(), role),
    ),
    kind(
        "resumed from a ticket",
        HandshakeKind::Resumed,
        |setup, role| after_a_connection(with_tickets(setup), role),
    ),
    kind(
        "resumed of tiny records",
        HandshakeKind::Resumed,
        |setup, role| after_a_connection(with_tickets(&with_tiny_records(setup)), role),
    ),
    kind(
        "resumed with client authentication",
        HandshakeKind::Resumed,
        |setup, role| {
            let setup = setup.clone().with_client_auth();
            after_a_connection(with_tickets(&setup), role)
        },
    ),
    kind_of_tls13(
        "with HelloRetryRequest",
        HandshakeKind::FullWithHelloRetryRequest,
        |setup, _| with_hello_retry(setup),
    ),
    kind_of_tls13(
        "resumed with HelloRetryRequest",
        HandshakeKind::Resumed,
        |setup, role| {
            let known = after_a_connection(setup.configs(), role);
            let mut configs = with_hello_retry(setup);
            configs.server.session_storage = known.server.session_storage;
            configs.client = known.client;
            configs
        },
    ),
    kind_of_tls13("with half-RTT data", HandshakeKind::Full, |setup, _| {
        let mut configs = setup.configs();
        configs.server.send_half_rtt_data = true;
        configs
    }),
];

/// With messages so long that rustls needs more than 64 KiB of input if the records are tiny.
pub(crate) fn with_long_chains(setup: &Setup) -> Setup {
    setup
        .clone()
        .with_client_auth()
        .with_chains_of(45_000)
}

/// With the smallest records that rustls makes: 27 bytes of content.
pub(crate) fn with_tiny_records(setup: &Setup) -> Setup {
    setup.clone().with_max_fragment_size(32)
}

/// With a client that first tries another group than the server's only one.
pub(crate) fn with_hello_retry(setup: &Setup) -> Configs {
    const GROUPS: &[NamedGroup] = &[NamedGroup::X25519, NamedGroup::secp256r1];
    let of = |groups| {
        setup
            .clone()
            .with_groups(groups)
            .configs()
    };
    let mut configs = of(&GROUPS[1..]);
    configs.client = of(GROUPS).client;
    configs
}

/// With a server that keeps sessions in tickets instead of in its memory.
pub(crate) fn with_tickets(setup: &Setup) -> Configs {
    let mut configs = setup.configs();
    configs.server.ticketer = setup.ticketer();
    configs.server.session_storage = Arc::new(NoServerSessionStorage {});
    configs
}

/// Completes and ends a connection with `configs`. The next connection with them resumes its session.
pub(crate) fn after_a_connection(configs: Configs, role: Role) -> Configs {
    let (mut direct, mut peer) = configs.connected(role);
    assert_ne!(direct.negotiated().kind, Some(HandshakeKind::Resumed));
    exchange_data(&mut *direct, &mut peer);
    configs
}

impl Kind {
    /// Configs whose next handshake is of this kind, if `setup` has it.
    pub(crate) fn configs(&self, setup: &Setup, role: Role) -> Option<Configs> {
        (setup.is_tls13() || !self.tls13_only).then(|| (self.prepare)(setup, role))
    }
}

/// Runs `test` with every kind of handshake, each of `setups`, and every role of ours.
pub(crate) fn each_kind(setups: &[Setup], mut test: impl FnMut(&Kind, &Configs, Role)) {
    assert!(!setups.is_empty());
    for kind in &KINDS {
        for setup in setups {
            for role in Role::BOTH {
                if let Some(configs) = kind.configs(setup, role) {
                    println!("{} {role:?}, {}", setup.name(), kind.name);
                    test(kind, &configs, role);
                }
            }
        }
    }
}
